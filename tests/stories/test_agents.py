"""An environment on agents: what is deployed there runs on another machine, whatever happens to either side."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.stories.conftest import connected
from tests.stories.prepared import built, saved
from tests.support import agent as agents
from tests.support import server as servers
from tests.support.agent import Agent
from tests.support.engine import SOURCE
from tests.support.server import Server, free_port
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = pytest.mark.slow

WHERE = "import os; print('in', os.getcwd(), 'for', os.environ.get('TASK_CODE', '')[:6])"
FOREVER = "import os, signal; print('pid', os.getpid(), flush=True); signal.pause()"

COUNTING = """
import pathlib, signal
flag, count = pathlib.Path({!r}), 0
while not flag.exists():
    print("line", count := count + 1, flush=True)
    signal.sigtimedwait([], 0.05)
"""


def until_exists(path: Path) -> str:
    return f"""
import pathlib, signal
print("waiting", flush=True)
while not pathlib.Path({str(path)!r}).exists():
    signal.sigtimedwait([], 0.05)
print("done", flush=True)
"""


@dataclass(slots=True)
class Shop:
    """A server on whose environments agents work, with a component that does what its configuration says."""

    server: Server
    client: Client
    component: str
    environment: str = "development"

    def deploy(self, code: str, **limits: Any) -> None:
        self.client.post(
            f"{self.component}/deployments",
            {"environment": self.environment, "configuration": {"code": code}, "schedules": [], **limits},
        )

    def run(self, code: str, **limits: Any) -> str:
        """Deploys that code and starts it; the execution's id."""
        self.deploy(code, **limits)
        return str(self.client.post(f"{self.component}/environments/{self.environment}/run", {})["id"])

    def get(self, execution: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/executions/{execution}")
        return found

    def ended(self, execution: str, within: float = 30) -> dict[str, Any]:
        eventually(lambda: self.get(execution)["finished_at"], within=within)
        return self.get(execution)

    def log(self, execution: str) -> list[str]:
        return [line["text"] for line in self.client.get(f"/executions/{execution}/log")["lines"]]

    def says(self, execution: str, text: str) -> None:
        eventually(lambda: text in "\n".join(self.log(execution)), within=30)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("agents")


@pytest.fixture(scope="module")
def shop(data: Path) -> Iterator[Shop]:
    with servers.running(data / "server", "--executions", "0") as server, connected(server) as client:
        component = saved(client, "shop", "task", {"main.py": SOURCE})
        assert built(client, component)["status"] == "succeeded"
        for environment in ("development", "production"):
            client.post(f"/environments/{environment}/data-plane", {"data_plane": "agents"})
        yield Shop(server, client, component)


@pytest.fixture
def empty(shop: Shop) -> Shop:
    """The same, with an environment that has no agent yet."""
    return replace(shop, environment="production")


@pytest.fixture(scope="module")
def token(shop: Shop) -> str:
    return str(shop.client.post("/agents", {"name": "rack-1", "environment": "development"})["token"])


@pytest.fixture(scope="module")
def agent(shop: Shop, token: str, data: Path) -> Iterator[Agent]:
    with agents.running(token, data / "agent", shop.server.base_url) as running:
        yield running


def test_what_is_deployed_runs_on_the_agent_and_its_lines_arrive(shop: Shop, agent: Agent) -> None:
    execution = shop.run(WHERE)
    assert shop.ended(execution)["state"] == "succeeded"
    [line] = shop.log(execution)
    assert line.startswith(f"in {agent.data}/executions/")
    [known] = shop.client.get("/agents")
    assert (known["name"], known["environment"], known["running"]) == ("rack-1", "development", 0)
    assert known["seen_at"] is not None


def test_a_time_out_and_a_stop_end_it_there(shop: Shop, agent: Agent) -> None:
    late = shop.ended(shop.run(FOREVER, time_out_s=0.5))
    assert (late["state"], late["reason"]["code"]) == ("timed_out", "time_out")
    execution = shop.run(FOREVER)
    shop.says(execution, "pid")
    shop.client.post(f"/executions/{execution}/stop")
    stopped = shop.ended(execution)
    assert (stopped["state"], stopped["reason"]["sentence"]) == ("cancelled", "admin stopped it.")


def test_an_agent_that_was_killed_finds_what_it_ran_as_soon_as_it_is_started_again(
    empty: Shop, data: Path, tmp_path: Path
) -> None:
    token = add(empty, "rack-2")
    flag = tmp_path / "flag"
    again = {"retry": {"attempts": 2, "delay_s": 0}}
    with agents.running(token, data / "killed", empty.server.base_url) as first:
        execution = empty.run(f"{until_exists(flag)}\nprint('attempt over')", **again)
        empty.says(execution, "waiting")
        first.process.kill()
        first.process.wait()
    flag.touch()
    with agents.running(token, data / "killed", empty.server.base_url):
        ended = empty.ended(execution)
    assert (ended["state"], ended["attempt"]) == ("succeeded", 2)
    [before] = ended["attempts"]
    assert (before["state"], before["reason"]["code"]) == ("lost", "server_lost")
    assert empty.log(execution) == ["waiting", "waiting", "done", "attempt over"]


def test_an_agent_that_is_stopped_waits_for_what_it_runs(empty: Shop, data: Path, tmp_path: Path) -> None:
    token = add(empty, "rack-3")
    with agents.running(token, data / "drained", empty.server.base_url) as drained:
        execution = empty.run(until_exists(tmp_path / "flag"))
        empty.says(execution, "waiting")
        drained.process.send_signal(signal.SIGTERM)
        assert drained.process.stdout is not None
        assert any("Stopping once one execution" in line for line in drained.process.stdout)
        (tmp_path / "flag").touch()
        assert drained.process.wait(30) == 0
    assert empty.get(execution)["state"] == "succeeded"


def test_an_agent_that_is_removed_ends_what_it_runs_and_says_why(empty: Shop, data: Path) -> None:
    token = add(empty, "rack-4")
    with agents.running(token, data / "removed", empty.server.base_url) as removed:
        execution = empty.run(FOREVER)
        empty.says(execution, "pid")
        pid = int(empty.log(execution)[0].split()[1])
        empty.client.delete("/agents/rack-4")
        assert removed.process.wait(30) == 1
        assert "token is not known here" in removed.said.read_text()
        assert not Path(f"/proc/{pid}").exists()


def test_a_token_that_nobody_knows_is_refused_at_the_start(shop: Shop, data: Path) -> None:
    with pytest.raises(RuntimeError, match="token is not known here"), ExitStack() as stack:
        stack.enter_context(agents.running("unknown", data / "refused", shop.server.base_url))


@pytest.mark.long
def test_servers_may_come_and_go_while_an_agent_works(empty: Shop, data: Path, tmp_path: Path) -> None:
    """The last story: it ends with another server."""
    nobody, flag = f"http://127.0.0.1:{free_port()}", tmp_path / "flag"
    with agents.running(add(empty, "rack-5"), data / "stays", nobody, empty.server.base_url):
        execution = empty.run(COUNTING.format(str(flag)))
        empty.says(execution, "line 3")
        empty.server.process.kill()
        empty.server.process.wait()
        port = int(empty.server.base_url.rpartition(":")[2])
        with (
            servers.running(empty.server.data, "--executions", "0", port=port) as server,
            connected(server) as client,
        ):
            shop = replace(empty, server=server, client=client)
            shop.says(execution, "line 60")
            flag.touch()
            ended = shop.ended(execution)
            lines = client.get(f"/executions/{execution}/log", limit=5000)["lines"]
    assert (ended["state"], ended["attempt"]) == ("succeeded", 1)
    assert [line["text"] for line in lines] == [f"line {number}" for number in range(1, len(lines) + 1)]


def add(shop: Shop, name: str) -> str:
    return str(shop.client.post("/agents", {"name": name, "environment": shop.environment})["token"])
