"""Every example of the guide to scheduling runs, and prints what the guide shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.generated import ROOT

GUIDE = ROOT / "docs" / "guides" / "scheduling.md"
_COMMON = "How the examples are written"  # the chapter whose example each later one starts with
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    scripts: tuple[str, ...]  # executed one after the other, in one program
    tests: tuple[str, ...]  # executed by pytest
    shown: str  # what the scripts are to print


def chapters() -> list[Chapter]:
    found = []
    common = ""
    for text in GUIDE.read_text(encoding="utf-8").split("\n## ")[1:]:
        title = text.partition("\n")[0]
        blocks = [(language, code) for language, code in _BLOCK.findall(text)]
        code = [code for language, code in blocks if language == "python"]
        scripts = [each for each in code if "def test_" not in each]
        if common and scripts:
            scripts.insert(0, common)
        if title == _COMMON:
            common = scripts[0]
        shown = "".join(code for language, code in blocks if language == "text")
        found.append(Chapter(title, tuple(scripts), tuple(each for each in code if "def test_" in each), shown))
    return [chapter for chapter in found if chapter.scripts or chapter.tests]


def _marked(chapter: Chapter) -> object:
    marks = [pytest.mark.slow]
    if "PGHOST" in "".join(chapter.scripts):
        marks.append(pytest.mark.postgres)
    return pytest.param(chapter, id=chapter.title, marks=marks)


@pytest.mark.parametrize("chapter", [_marked(chapter) for chapter in chapters()])
def test_what_a_chapter_shows_is_what_happens(chapter: Chapter, request: pytest.FixtureRequest, tmp_path: Path):
    environment = {}
    if "PGHOST" in "".join(chapter.scripts):
        port = request.getfixturevalue("postgres").port
        environment = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "postgres"}
    script = tmp_path / "chapter.py"
    script.write_text("\n".join(chapter.scripts), encoding="utf-8")
    ended = _python(str(script), environment=environment)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == chapter.shown


@pytest.mark.slow
def test_its_tests_pass(tmp_path: Path):
    tests = [test for chapter in chapters() for test in chapter.tests]
    file = tmp_path / "test_guide.py"
    file.write_text("\n\n".join(tests), encoding="utf-8")
    ended = _python("-m", "pytest", "-q", "-p", "no:cacheprovider", str(file), folder=tmp_path)
    assert ended.returncode == 0, ended.stdout
    assert f"{len(re.findall('^def test_', file.read_text(), flags=re.MULTILINE))} passed" in ended.stdout


def test_every_chapter_with_code_shows_what_it_prints():
    prints = [chapter for chapter in chapters() if re.search(r"\bprint\(|\bsay\(", "".join(chapter.scripts[1:]))]
    assert [chapter.title for chapter in prints if not chapter.shown] == []


@pytest.mark.slow
def test_the_example_of_the_readme_runs():
    blocks = _BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    [example] = [code for language, code in blocks if language == "python"]
    command = [sys.executable, "-W", "error", "-u", "-c", example]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        still_runs = running.poll() is None
        running.kill()
    assert (said, still_runs) == ("every ten seconds\n", True)


def _python(
    *arguments: str, environment: dict[str, str] | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        env=os.environ | (environment or {}),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
