"""An environment on a Docker Engine: what is deployed there runs in containers, which outlive the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.stories.conftest import connected
from tests.stories.prepared import built, saved
from tests.support import server as servers
from tests.support.docker import Engine
from tests.support.server import Server, free_port
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.docker]

DOCKERFILE = """
FROM {base}
LABEL clockhouse.setting.do="text What to do" clockhouse.setting.token="secret What opens it"
USER 10001
ENTRYPOINT ["sh", "-c", "eval \\"$TASK_DO\\""]
"""
PYTHON = """
from clockhouse.kit import Secret, TaskConfig, setting

class Config(TaskConfig):
    token: Secret = setting("What opens it")

def main(config: Config) -> None:
    import os
    print("as", os.getuid(), "with", len(config.token.reveal()), "characters")
"""


@dataclass(slots=True)
class Shop:
    """A server with a Docker Engine, on which an environment runs."""

    data: Path
    options: tuple[str, ...]
    port: int
    server: Server
    client: Client

    def deploy(self, component: str, configuration: dict[str, Any], **limits: Any) -> None:
        values = {**configuration, "token": "open sesame"}
        wish = {"environment": "development", "configuration": values, "schedules": [], **limits}
        self.client.post(f"{component}/deployments", wish)

    def run(self, component: str, do: str, **limits: Any) -> str:
        """Deploys it with what to do and starts it; the execution's id."""
        self.deploy(component, {"do": do}, **limits)
        return self.start(component)

    def start(self, component: str) -> str:
        return str(self.client.post(f"{component}/environments/development/run", {})["id"])

    def get(self, execution: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/executions/{execution}")
        return found

    def ended(self, execution: str) -> dict[str, Any]:
        eventually(lambda: self.get(execution)["finished_at"], within=60)
        return self.get(execution)

    def log(self, execution: str) -> list[str]:
        return [line["text"] for line in self.client.get(f"/executions/{execution}/log")["lines"]]

    def says(self, execution: str, text: str) -> None:
        eventually(lambda: text in self.log(execution), within=30)


@contextmanager
def opened(data: Path, options: tuple[str, ...], port: int) -> Iterator[Shop]:
    with servers.running(data, *options, port=port) as server, connected(server) as client:
        yield Shop(data, options, port, server, client)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("docker")


@pytest.fixture(scope="module")
def shop(docker_engine: Engine, python_image: str, data: Path) -> Iterator[Shop]:
    options = ("--docker-host", docker_engine.address.url, "--docker-python-image", python_image)
    options += ("--docker-network", "none", "--docker-memory", "32")
    with opened(data / "shop", options, free_port()) as shop:
        shop.client.post("/environments/development/data-plane", {"data_plane": "docker"})
        yield shop


@pytest.fixture(scope="module")
def component(shop: Shop, busybox: str) -> str:
    """One that does what its configuration says, built from a Dockerfile."""
    path = saved(shop.client, "images", "shell", {"Dockerfile": DOCKERFILE.format(base=busybox)})
    build = built(shop.client, path)
    assert build["status"] == "succeeded", build
    assert "2/4 LABEL" in " ".join(step["name"] for step in build["steps"])
    return path


def test_a_dockerfile_runs_as_a_container(shop: Shop, component: str) -> None:
    execution = shop.run(component, "id -u; cat $TASK_TOKEN_FILE | wc -c; echo oh no >&2; exit 3")
    ended = shop.ended(execution)
    assert (ended["state"], ended["exit_code"]) == ("failed", 3)
    assert ended["reason"]["sentence"].endswith("oh no")
    assert shop.log(execution)[0] == "10001"
    assert ended["peak_bytes"] is None or ended["peak_bytes"] > 0  # it may be over before it is looked at


def test_a_python_build_runs_in_an_image_made_of_it(shop: Shop) -> None:
    path = saved(shop.client, "pythons", "task", {"main.py": PYTHON})
    assert built(shop.client, path)["status"] == "succeeded"
    shop.deploy(path, {})
    execution = shop.start(path)
    ended = shop.ended(execution)
    assert (ended["state"], shop.log(execution)) == ("succeeded", ["as 10001 with 11 characters"])
    assert ended["cpu_s"] > 0, "a Python that starts takes some time, and is looked at meanwhile"


def test_what_uses_too_much_memory_says_so(shop: Shop, component: str) -> None:
    ended = shop.ended(shop.run(component, "exec tail /dev/zero"))
    assert (ended["state"], ended["reason"]["code"]) == ("failed", "out_of_memory")


def test_a_time_out_and_a_stop_end_it(shop: Shop, component: str, docker_engine: Engine) -> None:
    late = shop.ended(shop.run(component, "exec sleep 60", time_out_s=0.5))
    assert (late["state"], late["reason"]["code"]) == ("timed_out", "time_out")
    execution = shop.run(component, "trap 'echo bye; exit 0' TERM; echo here; while :; do sleep 0.1; done")
    shop.says(execution, "here")
    shop.client.post(f"/executions/{execution}/stop")
    stopped = shop.ended(execution)
    assert (stopped["state"], stopped["reason"]["code"]) == ("cancelled", "stopped")
    assert shop.log(execution) == ["here", "bye"]
    eventually(lambda: docker_engine.left() == [])


def test_servers_that_are_started_again_go_on_with_what_runs(docker_engine: Engine, busybox: str, data: Path) -> None:
    options = ("--docker-host", docker_engine.address.url, "--docker-network", "none", "--drain", "0")
    folder, port = data / "again", free_port()
    count = "n=0; while [ $n -lt 60 ]; do n=$((n+1)); echo $n; sleep 0.1; done; exit 7"
    with opened(folder, options, port) as first:
        first.client.post("/environments/development/data-plane", {"data_plane": "docker"})
        path = saved(first.client, "images", "shell", {"Dockerfile": DOCKERFILE.format(base=busybox)})
        assert built(first.client, path)["status"] == "succeeded"
        execution = first.run(path, count)
        first.says(execution, "5")
    with opened(folder, options, port) as second:
        second.says(execution, "25")
        second.server.process.kill()
    with opened(folder, options, port) as third:
        ended = third.ended(execution)
        assert (ended["state"], ended["exit_code"], ended["attempt"]) == ("failed", 7, 1), ended["reason"]
        assert third.log(execution) == [str(line) for line in range(1, 61)]
        eventually(lambda: docker_engine.left() == [])
