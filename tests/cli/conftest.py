"""Commands run in this process against servers that really listen."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest
import typer.main
from tests.cli.standin import StandIn
from tests.support import server

from clockhouse.cli import main

COMMAND = typer.main.get_command(main.app)  # made once, and not anew for each command that is run


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


class Run(Protocol):
    def __call__(self, *arguments: str) -> Ended: ...


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command in an empty folder; standard input is no terminal."""
    for variable in ("CLOCKHOUSE_SERVER", "CLOCKHOUSE_TOKEN", "CLOCKHOUSE_DATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(main, "app", COMMAND)

    def run_one(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["clockhouse", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main.run()
        said = capsys.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, said.out, said.err)

    return run_one


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, run: Run) -> Iterator[StandIn]:
    """A server with answers made up by the test; commands find it."""
    with StandIn.listening() as listening:
        monkeypatch.setenv("CLOCKHOUSE_SERVER", listening.base_url)
        yield listening


@pytest.fixture(scope="session")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    with server.running(tmp_path_factory.mktemp("server") / "data") as running:
        yield running


@pytest.fixture
def at_server(real_server: server.Server, run: Run, monkeypatch: pytest.MonkeyPatch) -> server.Server:
    """The real server, found by its data directory as on the server's own machine."""
    monkeypatch.setenv("CLOCKHOUSE_DATA", str(real_server.data))
    return real_server
