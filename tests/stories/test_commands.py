"""The commands that the README and the first guide show, run as they are written there."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stories.conftest import connected
from tests.support import server as servers
from tests.support.application import Application
from tests.support.browser import ROOT
from tests.support.server import Server

pytestmark = pytest.mark.slow

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ENDS_WITHIN_S = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with the example: both guides are read beside a first start."""
    with servers.running(tmp_path_factory.mktemp("server") / "data", "--example") as running:
        yield running


@pytest.mark.parametrize("page", ["README.md", pytest.param("docs/start/first-task.md", marks=pytest.mark.long)])
def test_the_commands_of_a_page_lead_to_executions_in_both_environments(
    page: str, server: Server, application: Application, tmp_path: Path
) -> None:
    commands = [command for command in commands_of(ROOT / page) if command.startswith("clockhouse ")]
    assert len(commands) >= 6
    said = [run(command, server, application, tmp_path) for command in commands]

    assert any("Healthy: " in each for each in said)
    with connected(server) as client:
        cards = client.get("/projects/shop/components/health-check/environments")
        assert [card["deployment"]["schedules"][0]["words"] for card in cards] == ["Every 10 seconds", "Every minute"]
        done = client.get("/executions", project="shop", environment="development", state="succeeded")
        assert done["items"]
        client.delete("/projects/shop")


def commands_of(page: Path) -> list[str]:
    """The lines of its shell blocks, without remarks."""
    lines = "".join(_BLOCK.findall(page.read_text("utf-8"))).splitlines()
    return [line.partition("   #")[0].strip() for line in lines if line.strip()]


def run(command: str, server: Server, application: Application, folder: Path) -> str:
    """What a person types in a shell; only the address that is checked is the reader's own."""
    typed = re.sub(r"url=\S+", f"url={application.url}", command)
    process = subprocess.Popen(
        ["bash", "-euc", f"exec {typed}"],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
            "CLOCKHOUSE_DATA": str(server.data),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        if typed.endswith("logs shop/health-check --follow"):
            return _until(process, "Healthy: ")
        said, _ = process.communicate(timeout=_ENDS_WITHIN_S)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, f"{typed}\n{said}"
    return said


def _until(process: subprocess.Popen[str], words: str) -> str:
    """Reads what a command that goes on for ever says until it has said this; then presses Ctrl-C."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=_ENDS_WITHIN_S)
    assert process.returncode == 130, said + rest
    return said
