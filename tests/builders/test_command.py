"""Child processes of a build."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from clockhouse.builders.base import LINE_MAX_BYTES
from clockhouse.builders.command import started


def run(
    script: str, folder: Path, *, environment: Mapping[str, str] | None = None, left_s: float = 60
) -> tuple[list[str], int | None]:
    async def collect() -> tuple[list[str], int | None]:
        lines: list[str] = []
        async with started(["/bin/sh", "-c", script], folder=folder, environment=environment or {}) as child:
            while (texts := await child.read(left_s=left_s)) is not None:
                lines += texts
            return lines, child.exit_code

    return asyncio.run(collect())


def test_both_streams_arrive_as_lines_with_the_exit_code(tmp_path: Path) -> None:
    assert run("echo a; echo b >&2; printf 'c\\r\\n\\nd'; exit 3", tmp_path) == (["a", "b", "c", "", "d"], 3)


def test_silence_is_no_line(tmp_path: Path) -> None:
    assert run("exit 0", tmp_path) == ([], 0)


def test_a_signal_is_a_negative_exit_code(tmp_path: Path) -> None:
    assert run("kill -9 $$", tmp_path) == ([], -9)


def test_a_long_line_comes_in_pieces(tmp_path: Path) -> None:
    size = LINE_MAX_BYTES * 5 + 7
    lines, _ = run(f"head -c {size} /dev/zero | tr '\\0' x; echo; echo end", tmp_path)
    assert "".join(lines[:-1]) == "x" * size
    assert max(map(len, lines)) == LINE_MAX_BYTES
    assert lines[-1] == "end"


def test_what_is_no_text_is_replaced(tmp_path: Path) -> None:
    assert run("printf 'a\\377b\\0c\\n'", tmp_path) == (["a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"], 0)


def test_the_environment_is_exactly_what_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SECRET", "hidden")
    lines, _ = run("/usr/bin/env", tmp_path, environment={"GIVEN": "yes"})
    assert {line for line in lines if not line.startswith(("PWD=", "SHLVL=", "_=", "OLDPWD="))} == {"GIVEN=yes"}


def test_a_process_left_in_the_background_does_not_hold_up_the_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    lines, code = run(f"exec 3>{pipe}; sleep 600 & echo done", tmp_path, environment={"PATH": os.defpath})
    assert (lines, code) == (["done"], 0)
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""  # the end: the one in the background is gone too
    os.close(reader)


def test_no_output_in_time_raises_and_ends_the_process(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(TimeoutError):
        run(f"exec 3>{pipe}; sleep 600", tmp_path, environment={"PATH": os.defpath}, left_s=0)
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_a_program_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    async def start() -> None:
        async with started([tmp_path / "missing"], folder=tmp_path, environment={}):
            pass

    with pytest.raises(FileNotFoundError):
        asyncio.run(start())


@pytest.mark.slow
def test_a_flood_is_read_whole(tmp_path: Path) -> None:
    program = "for n in range(200_000): print(n)"
    lines, _ = run(f"exec {sys.executable} -c '{program}'", tmp_path)
    assert lines == [str(number) for number in range(200_000)]
