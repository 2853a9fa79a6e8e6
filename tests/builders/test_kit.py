"""What a task gets of Clockhouse: the libraries of the connectors that it imports, from the server or an index."""

from __future__ import annotations

import asyncio
import subprocess
import tomllib
from pathlib import Path

import pytest

from clockhouse.builders import kit, seal
from clockhouse.builders.base import Built, Event, Failed, Line, Order
from clockhouse.builders.python import PythonBuilder
from clockhouse.connectors import libraries
from clockhouse.task.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
POSTS = 'from clockhouse.connectors import slack\n\nslack.WebhookClient\nprint("can post")\n'


@pytest.mark.parametrize(
    ("text", "extras"),
    [
        ("from clockhouse.connectors import slack, sql as database\n", ["http", "sql"]),
        ("from clockhouse.connectors.github import Client\n", ["http"]),
        ("import clockhouse.connectors.s3\n", ["s3"]),
        ("def main():\n    from clockhouse.connectors import (\n        sftp,\n    )\n", ["sftp"]),
        ("from clockhouse.connectors import email\n", []),
        ("from clockhouse.connectors import ConnectorError\n", []),
        ("# from clockhouse.connectors import sql\n", []),
        ("from .connectors import sql\n", []),
        ("from other.connectors import sql\n", []),
        ("from clockhouse.connectors import sql (\n", []),
    ],
)
def test_the_imports_of_a_source_tell_what_it_needs(tmp_path: Path, text: str, extras: list[str]) -> None:
    (tmp_path / "main.py").write_text("import json\n")
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "other.py").write_text(text)

    assert kit.extras_of(tmp_path) == extras


def test_a_file_that_is_too_large_or_no_text_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "large.py").write_text("from clockhouse.connectors import sql\n" + "#" * 500_000)
    (tmp_path / "odd.py").write_bytes(b"\xff\xfe connectors \x00")

    assert kit.extras_of(tmp_path) == []


def test_the_extras_of_the_distribution_are_what_connectors_stand_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]

    assert {name: tuple(optional[name]) for name in libraries.EXTRAS} == libraries.EXTRAS
    assert set(libraries.EXTRAS["http"]) <= set(optional["server"])


def test_only_pure_python_that_nothing_else_asked_for_is_carried() -> None:
    found = kit.carried(["httpx>=0.28"], [])

    assert found is not None
    assert {"httpx", "httpcore", "h11", "certifi"} <= {each.name for each in found}
    assert kit.carried(["httpx>=0.28"], ["anyio"]) is None
    assert kit.carried(["sqlalchemy>=2"], []) is None
    assert kit.carried(["no-such-distribution"], []) is None


def build(folder: Path, files: dict[str, str]) -> list[Event]:
    def check_out(source: Path) -> None:
        source.mkdir(exist_ok=True)
        for name, text in files.items():
            (source / name).write_text(text)

    async def collect() -> list[Event]:
        builder = PythonBuilder(SystemClock(), folder / "cache")
        return [event async for event in builder.build(Order("one", check_out, folder / "artifact"))]

    return asyncio.run(collect())


@pytest.mark.slow
def test_a_task_that_imports_a_connector_runs_without_naming_its_library_or_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    events = build(tmp_path, {"main.py": POSTS})

    assert isinstance(events[-1], Built)
    assert any(isinstance(event, Line) and "httpx " in event.text for event in events)
    python = tmp_path / "artifact" / "environment" / "bin" / "python"
    code = "import httpx, runpy; runpy.run_path('main.py')"
    done = subprocess.run(
        [python, "-c", code], cwd=tmp_path / "artifact" / "source", capture_output=True, text=True, check=True, env={}
    )
    assert done.stdout == "can post\n"
    record = seal.read(tmp_path / "artifact")
    assert record is not None
    assert record.digest == events[-1].digest


@pytest.mark.slow
def test_a_library_that_cannot_be_installed_is_told_as_the_connectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    events = build(tmp_path, {"main.py": "from clockhouse.connectors import s3\n"})

    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.problem.message.startswith("The libraries of connectors (boto3) cannot be installed.")
