"""Python projects that begin elsewhere than in a file, and the version of Python that they ask for."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.builders.test_python import BACKEND, BUILD_SYSTEM, build

from clockhouse.builders import pythons
from clockhouse.builders.base import Built, Entry, Failed, Line, Problem
from clockhouse.builders.pythons import Wanted

SAYS = "import sys\ndef say():\n    print('said', *sys.argv[1:])\n"


def output(folder: Path, files: Mapping[str, str]) -> str:
    """What the built project says when it is executed as an execution would be."""
    built = build(folder, files)[-1]
    assert isinstance(built, Built), built
    artifact, work = folder / "artifacts" / "one", folder / "work"
    work.mkdir()
    command = [artifact / "environment/bin/python", artifact / "source" / built.entry.path]
    return subprocess.run(command, cwd=work, env={}, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_a_procfile_line_finds_the_source_and_leaves_it_alone(tmp_path: Path) -> None:
    report = "from pathlib import Path\nprint(Path('data.txt').read_text())\nPath('out.txt').write_text('done')\n"
    files = {"Procfile": "task: python report.py && pwd\n", "report.py": report, "data.txt": "17"}
    assert output(tmp_path, files) == f"17\n{tmp_path / 'work'}\n"
    assert not (tmp_path / "artifacts/one/source/out.txt").exists()


@pytest.mark.slow
def test_a_module_in_src_is_run(tmp_path: Path) -> None:
    files = {"src/shop/__main__.py": "from shop.part import X\nprint(__name__, X)\n", "src/shop/part.py": "X = 1\n"}
    assert output(tmp_path, files) == "__main__ 1\n"


@pytest.mark.slow
def test_a_console_script_is_run_with_its_project_installed(tmp_path: Path) -> None:
    project = '[project]\nname = "local-part"\nversion = "1.5"\nscripts = { say = "local_part:say" }\n'
    backend = BACKEND.format(seen="seen.json")
    files = {"pyproject.toml": project + BUILD_SYSTEM, "backend.py": backend, "other.py": "x = 1\n"}
    assert output(tmp_path, files) == "said\n"


@pytest.mark.slow
@pytest.mark.parametrize(("file", "text"), [(".python-version", "3.99"), ("pyproject.toml", "requires-python = ")])
def test_a_python_that_cannot_be_had_is_a_sentence_with_its_line(tmp_path: Path, file: str, text: str) -> None:
    content = f"{text}\n" if file == ".python-version" else f'[project]\nname = "x"\n{text}">=3.99"\n'
    failed = build(tmp_path, {"main.py": "x = 1\n", file: content})[-1]
    assert isinstance(failed, Failed)
    assert "is installed on this server" in failed.problem.message
    assert (failed.problem.path, failed.problem.line) == (file, 1 if file == ".python-version" else 3)


@pytest.mark.slow
def test_the_python_that_is_asked_for_is_taken(tmp_path: Path) -> None:
    events = build(tmp_path, {"main.py": "x = 1\n", ".python-version": "3.11\n"})
    assert isinstance(events[-1], Built)
    said = [event.text for event in events if isinstance(event, Line) and event.step == "Environment"]
    assert said[-1].startswith("Python 3.11.")
    assert said[-1].endswith("for “3.11” (.python-version)")
    assert events[-1].entry == Entry("main.py", None)


@pytest.mark.parametrize(
    ("asked", "spec"),
    [
        ("3.12", "==3.12.*,>=3.11"),
        ("cpython-3.12.4", "==3.12.4,>=3.11"),
        (">=3.9, <4", ">=3.9,<4,>=3.11"),
        ("~=3.12", "~=3.12,>=3.11"),
        ("system", None),
        ("3.12 --index-url x", None),
    ],
)
def test_the_version_is_read(tmp_path: Path, asked: str, spec: str | None) -> None:
    (tmp_path / ".python-version").write_text(f"# chosen\n{asked}\n")
    found = pythons.wanted_by(tmp_path)
    if spec is None:
        assert isinstance(found, Problem)
    else:
        assert found == Wanted(spec, asked, ".python-version", 2)


@pytest.mark.slow
def test_a_lock_file_comes_before_everything_else(tmp_path: Path) -> None:
    project = '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.11"\n'
    lock = 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n\n[[package]]\nname = "x"\nversion = "1"\n'
    files = {
        "main.py": "x = 1\n",
        "pyproject.toml": project,
        "uv.lock": lock + 'source = { virtual = "." }\n',
        "requirements.txt": "there-is-no-such-package-at-all\n",
    }
    assert isinstance(build(tmp_path, files)[-1], Built)
