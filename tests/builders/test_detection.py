"""What kind of source a folder holds, and where a Python project begins."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from clockhouse.builders import detection, start
from clockhouse.builders.base import Problem
from clockhouse.builders.detection import Detection
from clockhouse.builders.start import Form, Start
from clockhouse.model.source import SourceKind

SCRIPTS = '[project]\nname = "shop"\nscripts = {{ {} }}\n'


def detect(files: Mapping[str, str], wanted: SourceKind | None = None) -> Detection:
    return detection.detect(files.keys(), files.get, wanted)


def begin(files: Mapping[str, str]) -> Start:
    found = start.find(files.keys(), files.get)
    assert isinstance(found, Start), found
    return found


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["Dockerfile", "Ballerina.toml", "main.py"], SourceKind.DOCKERFILE),
        (["Containerfile"], SourceKind.DOCKERFILE),
        (["Ballerina.toml", "main.bal", "requirements.txt"], SourceKind.BALLERINA),
        (["pyproject.toml", "src/shop/__init__.py"], SourceKind.PYTHON),
        (["requirements.txt", "task.py"], SourceKind.PYTHON),
        (["Procfile"], SourceKind.PYTHON),
        (["main.py"], SourceKind.PYTHON),
        (["task.py"], SourceKind.PYTHON),
        (["README.md"], None),
        ([], None),
    ],
)
def test_the_kind_is_told_from_names(names: list[str], kind: SourceKind | None) -> None:
    assert detect(dict.fromkeys(names, "")).kind is kind


def test_it_says_what_it_saw_and_what_else_there_is() -> None:
    found = detect({"Dockerfile": "FROM scratch", "pyproject.toml": "", "main.py": ""})
    assert found.saw == (
        "Dockerfile was found, so it is built as a Dockerfile.",
        "pyproject.toml and main.py were found, too: choose Python to build it as that.",
    )


def test_a_choice_overrides_what_is_found() -> None:
    found = detect({"Dockerfile": "", "main.py": ""}, SourceKind.PYTHON)
    assert found == Detection(SourceKind.PYTHON, ("It is built as Python, as chosen.", "main.py is run."))


def test_an_empty_place_names_the_directories_that_hold_something() -> None:
    found = detect({"README.md": "", "jobs/report/main.py": "", "api/Dockerfile": ""})
    assert found.kind is None
    assert "api (dockerfile), jobs/report (python)" in found.sentence


def test_the_places_of_a_monorepo_are_its_projects_not_their_parts() -> None:
    paths = ["a/main.py", "a/lib/requirements.txt", "b/Dockerfile", "c/d/Ballerina.toml", "b/app/main.py", "docs/x.md"]
    assert detection.places(paths) == {
        "a": SourceKind.PYTHON,
        "b": SourceKind.DOCKERFILE,
        "b/app": SourceKind.PYTHON,
        "c/d": SourceKind.BALLERINA,
    }


@pytest.mark.parametrize(
    ("files", "form", "target", "path"),
    [
        ({"main.py": "", "pyproject.toml": SCRIPTS.format('sell = "shop.cli:run"')}, Form.FILE, "main.py", "main.py"),
        ({"Procfile": "web: serve\nworker: python -m shop\n", "main.py": ""}, Form.COMMAND, "python -m shop", None),
        ({"Procfile": "# all\n\nreport: ./report --all\n"}, Form.COMMAND, "./report --all", None),
        (
            {"pyproject.toml": SCRIPTS.format('sell = "shop.cli:run"'), "src/shop/cli.py": "", "a.py": ""},
            Form.SCRIPT,
            "sell",
            "src/shop/cli.py",
        ),
        (
            {"pyproject.toml": SCRIPTS.format('shop = "shop:run", other = "x:y"'), "shop/__init__.py": "", "b.py": ""},
            Form.SCRIPT,
            "shop",
            "shop/__init__.py",
        ),
        (
            {"shop/__main__.py": "", "shop/a.py": "", "setup.py": "", "x.py": ""},
            Form.MODULE,
            "shop",
            "shop/__main__.py",
        ),
        ({"src/shop/__main__.py": "", "src/shop/a.py": ""}, Form.MODULE, "shop", "src/shop/__main__.py"),
        ({"lib/only.py": ""}, Form.FILE, "lib/only.py", "lib/only.py"),
    ],
)
def test_where_a_python_project_begins(files: dict[str, str], form: Form, target: str, path: str | None) -> None:
    found = begin(files)
    assert (found.form, found.target, found.path) == (form, target, path)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"Procfile": "a: x\nb: y\n"}, "Name the one to run “task”"),
        ({"Procfile": "just words\n"}, "a name, a colon and a command"),
        ({"Procfile": "web: serve\n"}, "there are web"),
        ({"a.py": "", "b.py": ""}, "main.py"),
        ({"pyproject.toml": "= broken"}, "There is no Python file"),
        ({"pyproject.toml": SCRIPTS.format('a = "x:y", b = "x:z"'), "a.py": "", "b.py": ""}, "main.py"),
    ],
)
def test_an_unclear_beginning_is_explained(files: dict[str, str], told: str) -> None:
    found = start.find(files.keys(), files.get)
    assert isinstance(found, Problem)
    assert told in found.message
