"""What a command may do that runs the code of what is being built."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from clockhouse.builders import confine
from clockhouse.builders.command import confined

TELLS = "import sys; sys.path.insert(0, sys.argv[1]); import confine; print(confine.confine(['/tmp'], [], []))"


def can_confine() -> bool:
    folder = str(Path(confine.__file__).parent)
    told = subprocess.run([sys.executable, "-I", "-c", TELLS, folder], capture_output=True, text=True, check=True)
    return told.stdout.strip() == "True"


@pytest.fixture(scope="module", autouse=True)
def landlock() -> None:
    if not can_confine():
        pytest.skip("this system has no Landlock")


@pytest.fixture
def run(tmp_path: Path):
    """What a line of shell says and how it ends, with `mine` to write to and without `private`."""
    for name in ("mine", "private", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "private/key").write_text("sealed")
    (tmp_path / "other/shared").write_text("kept")

    def run(line: str) -> tuple[int, str]:
        command = confined(["sh", "-c", line], writable=[tmp_path / "mine"], hidden=[tmp_path / "private"])
        told = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path / "mine", check=False)
        return told.returncode, told.stdout

    return run


def test_it_writes_where_it_may_and_nowhere_else(run, tmp_path: Path) -> None:
    code, said = run("echo a > file && mkdir in && echo b > /dev/null && cat file ../other/shared")
    assert (code, said) == (0, "a\nkept")
    for line in ("echo x > ../other/shared", "echo x > ../other/new", "rm ../other/shared", "mv file ../other/moved"):
        assert run(line)[0] != 0
    assert run("ln ../other/shared mine-now && echo x > mine-now")[0] != 0, "not by way of a link, either"
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["shared"]
    assert (tmp_path / "other/shared").read_text() == "kept"


def test_it_does_not_see_what_is_hidden(run) -> None:
    assert run("cat ../private/key")[0] != 0
    assert run("ls ../private")[0] != 0
    assert run("ln -s ../private/key link; cat link")[0] != 0


def test_it_starts_programs_that_are_confined_with_it(run) -> None:
    program = "open('../other/shared', 'w')"
    assert run(f'{sys.executable} -c "print(1 + 1)"') == (0, "2\n")
    assert run(f'{sys.executable} -c "{program}"')[0] != 0


def test_it_signals_nobody_outside(run) -> None:
    with subprocess.Popen(["sleep", "60"]) as outside:
        run(f"kill -9 {outside.pid}")
        still_there = outside.poll() is None
        os.kill(outside.pid, signal.SIGKILL)
    if can_scope():
        assert still_there


def can_scope() -> bool:
    import ctypes

    return int(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint32(1))) >= 6


def test_what_is_hidden_is_so_within_what_is_writable_too(tmp_path: Path) -> None:
    (tmp_path / "private/mine").mkdir(parents=True)
    (tmp_path / "private/key").write_text("sealed")
    (tmp_path / "beside").mkdir()
    hidden, writable = [tmp_path / "private"], [Path("/"), tmp_path / "private/mine"]
    for line, is_good in (("cat key", False), ("echo x > mine/a", True), ("echo x > ../beside/a", True)):
        command = confined(["sh", "-c", line], writable=writable, hidden=hidden)
        ended = subprocess.run(command, capture_output=True, cwd=tmp_path / "private", check=False)
        assert (ended.returncode == 0) is is_good, line
