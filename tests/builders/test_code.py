"""Reading a task's code without running it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from clockhouse.builders import code
from clockhouse.builders.base import Entry

CONFIGURED = """
from clockhouse.kit import TaskConfig, setting
class Config(TaskConfig):
    url: str = setting("What to call")
def main(config: Config) -> None:
    pass
"""


def read(folder: Path, files: Mapping[str, str | bytes]) -> code.Code:
    source = folder / "source"
    source.mkdir()
    for path, text in files.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    return code.read(source)


@pytest.mark.parametrize(
    ("files", "entry"),
    [
        (["main.py", "other.py"], "main.py"),
        (["task.py"], "task.py"),
        (["task.py", "lib/part.py"], "task.py"),
        (["lib/only.py"], "lib/only.py"),
    ],
)
def test_the_entry_is_main_or_the_only_file(tmp_path: Path, files: list[str], entry: str) -> None:
    found = read(tmp_path, dict.fromkeys(files, "x = 1\n"))
    assert found.entry == Entry(entry, None)
    assert found.problems == ()


@pytest.mark.parametrize("files", [[], ["README.md"], ["a.py", "b.py"], ["lib/a.py", "lib/b.py"]])
def test_no_clear_entry_is_explained(tmp_path: Path, files: list[str]) -> None:
    found = read(tmp_path, dict.fromkeys(files, "x = 1\n"))
    assert found.entry is None
    assert "main.py" in found.problems[0].message


def test_configuration_is_read_from_the_entry_alone(tmp_path: Path) -> None:
    found = read(tmp_path, {"main.py": CONFIGURED, "other.py": CONFIGURED.replace("url", "port")})
    assert found.entry == Entry("main.py", "main")
    assert [setting.name for setting in found.settings] == ["url"]


def test_every_file_must_be_python_and_the_entry_comes_first(tmp_path: Path) -> None:
    found = read(tmp_path, {"a/broken.py": "x = = 1\n", "main.py": "y = (\n", "z.py": "z = 1\n"})
    assert [(problem.path, problem.line) for problem in found.problems] == [("main.py", 1), ("a/broken.py", 1)]


def test_nothing_is_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    read(tmp_path, {"main.py": f"open({str(trace)!r}, 'w')\n", "lib.py": "raise SystemExit(3)\n"})
    assert not trace.exists()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"x = 1\ny = '\xff'\n", 2),
        (b"# -*- coding: klingon -*-\n", 1),
    ],
)
def test_a_file_that_is_no_text_is_a_problem(tmp_path: Path, content: bytes, line: int) -> None:
    found = read(tmp_path, {"main.py": content})
    assert [(problem.path, problem.line) for problem in found.problems] == [("main.py", line)]
    assert "UTF-8" in found.problems[0].message


@pytest.mark.parametrize("content", [b"# coding: latin-1\nx = '\xe4'\n", b"\xef\xbb\xbfx = 1\n"])
def test_a_file_may_name_its_encoding(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, {"main.py": content}).problems == ()


@pytest.mark.parametrize("source", ["(" * 5000, "x = " + "-" * 200_000 + "1", "a\0b"])
def test_code_that_breaks_parsers_is_a_problem(tmp_path: Path, source: str) -> None:
    assert read(tmp_path, {"main.py": source}).problems != ()


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    found = read(tmp_path, {"main.py": CONFIGURED, "data.py": "x = (" + " " * 500_000})
    assert (found.entry, found.problems) == (Entry("main.py", "main"), ())


def test_a_task_that_is_too_large_says_so(tmp_path: Path) -> None:
    [problem] = read(tmp_path, {"main.py": "x = 1 " + " " * 500_000}).problems
    assert (problem.path, "larger than 500 kB" in problem.message) == ("main.py", True)
