"""An environment on agents: what is deployed there runs on another machine, whatever happens to either side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.stories.conftest import connected
from tests.stories.prepared import built, saved
from tests.support import agent as agents
from tests.support import server as servers
from tests.support.agent import Agent
from tests.support.engine import SOURCE
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = pytest.mark.slow

WHERE = "import os; print('in', os.getcwd(), 'for', os.environ.get('TASK_CODE', '')[:6])"
FOREVER = "import os, signal; print('pid', os.getpid(), flush=True); signal.pause()"


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

    def deploy(self, code: str, **limits: Any) -> None:
        self.client.post(
            f"{self.component}/deployments",
            {"environment": "development", "configuration": {"code": code}, "schedules": [], **limits},
        )

    def run(self, code: str, **limits: Any) -> str:
        """Deploys that code and starts it; the execution's id."""
        self.deploy(code, **limits)
        return str(self.client.post(f"{self.component}/environments/development/run", {})["id"])

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
        client.post("/environments/development/data-plane", {"data_plane": "agents"})
        yield Shop(server, client, component)


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
