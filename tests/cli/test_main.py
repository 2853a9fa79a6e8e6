"""How the command ends: its exit codes, and what it says on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.standin import Asked, StandIn, Talk
from tests.support.server import free_port

import clockhouse

COMMAND = [sys.executable, "-c", "from clockhouse.cli.main import run; run()"]
HEAVY = ("httpx", "rich", "uvicorn", "fastapi", "sqlalchemy", "pydantic", "clockhouse.task", "clockhouse.app")
DUE = {"id": "e1", "environment": "development", "due_at": "2026-11-22T08:00:00Z", "queued_at": "2026-11-22T08:00:00Z"}


def line(seq: int, text: str = "hello", stream: str = "stdout") -> dict[str, object]:
    return {"seq": seq, "at": "2026-11-22T08:00:00Z", "stream": stream, "level": None, "text": text}


def start(*arguments: str, server: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments, "--server", server],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_version_is_the_packages(run: Run) -> None:
    assert run("--version").out == f"clockhouse {clockhouse.__version__}\n"


def test_help_has_an_example(run: Run) -> None:
    assert "Example: clockhouse deploy" in run("deploy", "--help").out


@pytest.mark.slow
def test_help_does_not_wait_for_what_it_does_not_need() -> None:
    code = f"import sys, clockhouse.cli.main; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.slow
def test_without_the_servers_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError('No module named typer', name='typer')\n")
    path = f"{tmp_path}{os.pathsep}{Path(clockhouse.__file__).parents[1]}"
    ended = subprocess.run(COMMAND, capture_output=True, text=True, env={"PYTHONPATH": path})
    assert ended.returncode == 1
    assert "clockhouse[server]" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("deploy",),
        ("deploy", "nonsense"),
        ("deploy", "a/b", "--every", "10x"),
        ("deploy", "a/b", "--set", "x"),
        ("executions", "A B"),
        ("executions", "--state", "unheard-of"),
        ("pause", "a/b"),
        ("component", "push", "a/b"),
    ],
)
def test_what_is_written_wrong_ends_with_2(run: Run, stand_in: StandIn, arguments: tuple[str, ...]) -> None:
    stand_in.says("GET", "/projects/a/components/b/environments", [])
    stand_in.says("GET", "/projects/a/components/b/builds", [])
    ended = run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "Error: " in ended.err


def test_a_refusal_is_a_sentence_with_its_fields_below(run: Run, stand_in: StandIn) -> None:
    stand_in.refuses("POST", "/projects", 422, "invalid", "Some values need another.", slug="Taken.\x1b[2J")
    ended = run("project", "create", "Shop")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "Some values need another.\n  slug: Taken.\\x1b[2J\n"


def test_a_refusal_of_one_value_is_said_once(run: Run, stand_in: StandIn) -> None:
    stand_in.refuses("POST", "/projects", 422, "invalid", "It is taken.", slug="It is taken.")
    assert run("project", "create", "Shop").err == "It is taken.\n"


def test_nobody_listening_is_a_sentence(run: Run) -> None:
    ended = run("project", "list", "--server", f"http://127.0.0.1:{free_port()}")
    assert ended.code == 1
    assert ended.err.startswith("Clockhouse does not answer at http://127.0.0.1:")


def test_a_folder_that_cannot_be_written_is_a_sentence(run: Run, stand_in: StandIn, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("a file")
    stand_in.says("GET", "/projects/a/components/b/source", {"commit": {"sha": "0" * 40, "message": "m"}, "files": []})
    ended = run("component", "pull", "a/b", "b/c")
    assert ended.code == 1
    assert ended.err.count("\n") == 1


def test_nothing_is_deleted_when_nobody_can_be_asked(
    run: Run, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(os.devnull) as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        ended = run("project", "delete", "shop")
    assert ended.code == 2
    assert "--yes" in ended.err
    assert stand_in.asked == []


def test_json_is_the_answer_and_nothing_else(run: Run, stand_in: StandIn) -> None:
    stand_in.says("POST", "/session/link", {"url": "http://x/sign-in#token=é"})
    assert run("sign-in", "--json").out == '{\n  "url": "http://x/sign-in#token=é"\n}\n'


def test_a_long_log_is_read_page_by_page(run: Run, stand_in: StandIn) -> None:
    def page(asked: Asked, talk: Talk) -> None:
        first = asked.query["after"] == "0"
        stand_in.says("GET", "page", {"lines": [line(7 if first else 9)], "complete": not first, "more": first})
        stand_in.answers["GET", "page"](asked, talk)

    stand_in.streams("/executions/e1/log", page)
    assert run("logs", "e1").out.count("hello") == 2
    assert [asked.query["after"] for asked in stand_in.asked] == ["0", "7"]


def test_a_failed_build_is_shown_again_without_building(run: Run, stand_in: StandIn) -> None:
    commit = {"sha": "0" * 40, "message": "Break it"}
    problem = {"message": "invalid syntax", "path": "main.py", "line": 3, "excerpt": "def main(:\n         ^"}
    build = {"number": 4, "status": "failed", "commit": commit, "problem": problem}
    stand_in.says("POST", "/projects/a/components/b/builds", build, 201)
    ended = run("build", "a/b")
    assert ended.code == 1
    assert ended.err == "Build 4 of 0000000 Break it failed.\nmain.py:3: invalid syntax\ndef main(:\n         ^\n"


def test_what_is_built_from_the_beginning_is_not_asked_to_be(run: Run, stand_in: StandIn) -> None:
    stand_in.says("POST", "/projects/a/components", {"project": "a", "slug": "b"}, 201)
    assert "It is being built: clockhouse builds a/b" in run("component", "create", "a", "B", "--image", "x:1").out
    assert "Build it: clockhouse build a/b" in run("component", "create", "a", "B").out


def test_what_was_built_before_says_how_to_build_it_once_more(run: Run, stand_in: StandIn) -> None:
    build = {"number": 4, "status": "succeeded"}
    stand_in.says("POST", "/projects/a/components/b/builds", build, 201)
    told = run("build", "a/b", "--no-wait").out
    assert told == "Build 4 is of this commit, and succeeded. To build it once more, add --again.\n"


@pytest.mark.parametrize(("status", "said"), [("running", "is being cancelled"), ("cancelled", "was cancelled")])
def test_a_build_is_cancelled_and_none_begun(run: Run, stand_in: StandIn, status: str, said: str) -> None:
    stand_in.says("POST", "/projects/a/components/b/builds/4/cancel", {"number": 4, "status": status})
    ended = run("build", "a/b", "--cancel", "4")
    assert ended.code == 0
    assert ended.out.startswith(f"Build 4 {said}. Its log: ")
    assert "logs a/b --build 4" in ended.out
    assert len(stand_in.asked) == 1
    assert run("build", "a/b", "--cancel", "4", "--retry", "3").code == 2


def test_the_log_of_a_build_is_read_later(run: Run, stand_in: StandIn) -> None:
    page = {"lines": [line(1)], "complete": True, "more": False}
    commit = {"sha": "0" * 40, "message": "Break it"}
    problem = {"message": "There is no such image.", "path": None, "line": None, "excerpt": None}
    build = {"number": 4, "status": "failed", "commit": commit, "problem": problem}
    stand_in.says("GET", "/projects/a/components/b/builds/4/log", page)
    stand_in.says("GET", "/projects/a/components/b/builds/4", build)
    told = run("logs", "a/b", "--build", "4")
    assert "hello" in told.out
    assert told.err == "Build 4 of 0000000 Break it failed.\nThere is no such image.\n"
    assert run("logs", "e1", "--build", "4").code == 2


@pytest.mark.slow
def test_a_components_log_goes_on_with_its_next_executions_until_ctrl_c(stand_in: StandIn) -> None:
    later = [
        {**DUE, "id": "e3", "queued_at": "2026-11-22T08:00:20Z"},
        {**DUE, "id": "e2", "queued_at": "2026-11-22T08:00:10Z"},
        {**DUE, "id": "older", "queued_at": "2026-11-22T07:00:00Z"},
    ]
    ended = {"state": "succeeded", "duration_s": 1.0, "reason": None}

    def listed(asked: Asked, talk: Talk) -> None:
        stand_in.says("GET", "page", {"items": [DUE] if asked.query["limit"] == "1" else [*later, DUE]})
        stand_in.answers["GET", "page"](asked, talk)

    def log(asked: Asked, talk: Talk) -> None:
        talk.begin()
        talk.event("lines", [line(1, asked.path.split("/")[2])])
        talk.event("end", ended)

    stand_in.streams("/executions", listed)
    for name in ("e1", "e2", "e3"):
        stand_in.streams(f"/executions/{name}/log/stream", log)
    following = start("logs", "a/b", "--follow", server=stand_in.base_url)
    assert following.stdout is not None
    assert [following.stdout.readline().split()[-1] for _ in range(3)] == ["e1", "e2", "e3"]
    following.send_signal(signal.SIGINT)
    out, err = following.communicate(timeout=20)
    assert (following.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert "GET /executions/older/log/stream" not in stand_in.paths()


@pytest.mark.slow
def test_ctrl_c_leaves_an_execution_running_and_says_how_to_stop_it(stand_in: StandIn) -> None:
    over = threading.Event()

    def log(_: Asked, talk: Talk) -> None:
        talk.begin()
        talk.event("lines", [line(1)])
        over.wait(30)

    stand_in.says("POST", "/projects/a/components/b/environments/development/run", {"id": "e1"}, 201)
    stand_in.streams("/executions/e1/log/stream", log)
    running = start("run", "a/b", "--follow", server=stand_in.base_url)
    assert running.stdout is not None
    assert "hello" in running.stdout.readline()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)
    over.set()
    assert running.returncode == 130
    assert "clockhouse execution stop e1" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_reader_that_has_gone_is_no_error_worth_words(stand_in: StandIn) -> None:
    lines = [line(number, "x" * 1000) for number in range(1, 1001)]
    stand_in.says("GET", "/executions/e1/log", {"lines": lines, "complete": True, "more": False})
    reading = start("logs", "e1", server=stand_in.base_url)
    assert reading.stdout is not None
    assert reading.stderr is not None
    reading.stdout.close()
    assert reading.stderr.read() == ""
    reading.stderr.close()
    reading.wait(20)
