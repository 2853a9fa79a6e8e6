"""`run` finds the configuration, says all that is missing at once, and ends as the task ends."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import clockhouse

HEAD = """
import logging, os, sys
from clockhouse.kit import Secret, TaskConfig, run, setting
class Config(TaskConfig):
    url: str = setting("Address")
    count: int = setting("How many", default=3, minimum=1)
    words: list[str] = setting("Words", default=["a"])
    token: Secret | None = setting("Token")
"""
SHOW = HEAD + "def main(c: Config): print(c.url, c.count, c.words, c.token and c.token.reveal())\nrun(main)\n"


@pytest.fixture
def script(tmp_path):
    environment = {"PYTHONPATH": str(Path(clockhouse.__file__).parents[1])}

    def start(source, **variables):
        (tmp_path / "main.py").write_text(source)
        command = [sys.executable, "-S", "main.py"]
        environment.update(variables)
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=tmp_path, stdin=subprocess.DEVNULL
        )

    return start


def test_variables_fill_the_configuration(script):
    done = script(SHOW, TASK_URL='"as it is"', TASK_COUNT="5", TASK_WORDS='["b", "c"]', TASK_TOKEN="t")

    assert (done.stdout, done.stderr, done.returncode) == ("\"as it is\" 5 ['b', 'c'] t\n", "", 0)


def test_a_variable_may_name_the_file_that_has_the_value(script, tmp_path):
    (tmp_path / "token").write_bytes(b"a\r\nb\n")
    show = HEAD + "def main(c: Config): print(c.url, repr(c.token.reveal()))\nrun(main)\n"

    assert script(show, TASK_URL="u", TASK_TOKEN_FILE="token").stdout == "u 'a\\r\\nb\\n'\n"
    assert "token cannot be read from its file none" in script(show, TASK_URL="u", TASK_TOKEN_FILE="none").stderr


def test_a_local_file_fills_what_the_variables_leave(script, tmp_path):
    (tmp_path / "task.local.toml").write_text('url = "local"\ncount = 7\ntoken = "t"\n')

    assert script(SHOW, TASK_COUNT="5").stdout == "local 5 ['a'] t\n"


def test_all_that_is_wrong_is_said_in_one_message(script, tmp_path):
    (tmp_path / "task.local.toml").write_text("words = 5\n")

    done = script(SHOW, TASK_COUNT="0", URL="not this one")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "This task's configuration is not complete:",
        "  url has no value: set TASK_URL, or url in task.local.toml",
        "  count must be at least 1, not 0",
        "  words must be a list of texts",
    ]


def test_a_local_file_that_is_none_is_said(script, tmp_path):
    (tmp_path / "task.local.toml").write_text("url = ")

    done = script(SHOW, TASK_COUNT="0")

    assert done.returncode == 2
    assert "task.local.toml can't be read" in done.stderr


def test_a_secret_is_not_shown_when_it_is_wrong(script):
    source = (
        HEAD.replace('setting("Token")', 'setting("Token", pattern="[0-9]+")') + "def main(c: Config): ...\nrun(main)"
    )

    done = script(source, TASK_URL="x", TASK_TOKEN="hunter2")

    assert done.returncode == 2
    assert "token must match" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("main", "code", "said"),
    [
        ("def main(): print('plain')", 0, "plain\n"),
        ("async def main(c: Config): print('async', c.url)", 0, "async x\n"),
        ("def main(c: 'Config'): print('named', c.url)", 0, "named x\n"),
        ("def main(): sys.exit(7)", 7, ""),
        ("def main(c=None): print('optional', c)", 0, "optional None\n"),
    ],
)
def test_main_may_be_written_in_several_ways(script, main, code, said):
    done = script(f"{HEAD}{main}\nrun(main)\n", TASK_URL="x")

    assert (done.returncode, done.stdout, done.stderr) == (code, said, "")


def test_an_exception_is_a_traceback_without_the_kit(script):
    done = script(HEAD + "def main(): raise ValueError('no')\nif __name__ == '__main__':\n    run(main)\n")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ValueError: no"
    assert [line for line in done.stderr.splitlines() if "File" in line and "main.py" not in line] == []


def test_a_main_that_asks_for_what_it_can_not_have_is_told(script):
    done = script(HEAD + "def main(c): ...\nrun(main)\n")

    assert done.returncode == 1
    assert "def main(config: Config)" in done.stderr


@pytest.mark.parametrize(
    ("level", "lines"),
    [(None, ["INFO i", "ERROR e"]), ("debug", ["DEBUG d", "INFO i", "ERROR e"]), ("ERROR", ["ERROR e"])],
)
def test_the_log_goes_to_standard_error(script, level, lines):
    source = HEAD + "def main(): [logging.log(n, t) for n, t in ((10, 'd'), (20, 'i'), (40, 'e'))]\nrun(main)\n"

    done = script(source, **({} if level is None else {"TASK_LOG_LEVEL": level}))

    assert done.stderr.splitlines() == lines


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_person_at_a_terminal_is_asked(tmp_path):
    (tmp_path / "main.py").write_text(SHOW.replace("Secret | None", "Secret"))
    ours, theirs = pty.openpty()
    environment = {"PYTHONPATH": str(Path(clockhouse.__file__).parents[1])}
    command = [sys.executable, "-S", "main.py"]
    options = {"stdin": theirs, "stdout": subprocess.PIPE, "stderr": theirs, "start_new_session": True}
    with subprocess.Popen(command, env=environment, cwd=tmp_path, **options) as process:
        os.close(theirs)
        said = b""
        while b"(url): " not in said:
            said += os.read(ours, 1000)
        os.write(ours, b"typed\n")
        while b"(token): " not in said:
            said += os.read(ours, 1000)
        os.write(ours, b"hidden\n")
        out, _ = process.communicate()
    os.close(ours)

    assert out == b"typed 3 ['a'] hidden\n"
    assert b"hidden" not in said
