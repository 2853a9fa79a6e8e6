"""Dependencies: where they are named, and which line explains a failure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from clockhouse.builders import dependencies
from clockhouse.builders.base import Problem

PROJECT = '[project]\nname = "x"\nversion = "1"\n'


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({}, None),
        ({"requirements.txt": ""}, None),
        ({"requirements.txt": "\n  # nothing yet\n"}, None),
        ({"requirements.txt": "httpx\n"}, "requirements.txt"),
        ({"requirements.txt": "-r more.txt\n"}, "requirements.txt"),
        ({"pyproject.toml": PROJECT}, None),
        ({"pyproject.toml": "[tool.ruff]\n"}, None),
        ({"pyproject.toml": "project = 3\n"}, None),
        ({"pyproject.toml": f"{PROJECT}dependencies = []\n"}, None),
        ({"pyproject.toml": f'{PROJECT}dependencies = ["httpx"]\n'}, "pyproject.toml"),
        ({"pyproject.toml": f'{PROJECT}dynamic = ["dependencies"]\n'}, "pyproject.toml"),
        ({"requirements.txt": "httpx", "pyproject.toml": f'{PROJECT}dependencies = ["httpx"]\n'}, "requirements.txt"),
        ({"requirements.txt": "#", "pyproject.toml": f'{PROJECT}dependencies = ["httpx"]\n'}, "pyproject.toml"),
    ],
)
def test_the_file_that_names_dependencies_is_found(tmp_path: Path, files: dict[str, str], named: str | None) -> None:
    assert dependencies.declared_in(write(tmp_path, files)) == named


def test_a_project_file_that_is_no_toml_is_a_problem_with_its_line(tmp_path: Path) -> None:
    found = dependencies.declared_in(write(tmp_path, {"pyproject.toml": '[project]\nname = "x\n'}))
    assert isinstance(found, Problem)
    assert (found.path, found.line, found.excerpt) == ("pyproject.toml", 2, 'name = "x')


UNSOLVABLE = "error: No solution found when resolving dependencies"


@pytest.mark.parametrize(
    ("requirements", "output", "line"),
    [
        ("six\nno-such-thing\n", [UNSOLVABLE, "  cause: Because no-such-thing was not found and you require it"], 2),
        (
            "six\nidna == 99 # new\n",
            [UNSOLVABLE, "  cause: there is no version of idna==99 and you require idna==99"],
            2,
        ),
        ("six\nFoo_Bar>=1\n", [UNSOLVABLE, "  cause: Because foo-bar was not found and you require foo-bar>=1"], 2),
        ("six\nZope.Thing\n", [UNSOLVABLE, "  cause: Because zope-thing was not found"], 2),
        ("foo-bar\nfoo\n", [UNSOLVABLE, "  cause: Because foo was not found in the package registry"], 2),
        ("six>=2\nsix<1\n", [UNSOLVABLE, "  cause: you require six>=2 and six<1, which are incompatible"], 1),
        ("a\nb==1; python_version > '3'\n", [UNSOLVABLE, "  cause: no b==1 found for what a asks"], 2),
        ("six\n./lib/part\n", ["error: Distribution not found at: lib/part"], 2),
        ("six\n-e ./part/\n", ["error: Distribution not found at: part"], 2),
        ("six\nfoo bar\n", ["error: Couldn't parse requirement in `requirements.txt` at position 4"], 2),
        ("six\n--bogus\n", ["error: Unexpected '-': requirements.txt:2:1"], 2),
        ("six\n", ["error: No space left on device (os error 28)"], None),
        ("six\n", ["no word of an error"], None),
    ],
)
def test_a_failure_names_its_line(tmp_path: Path, requirements: str, output: list[str], line: int | None) -> None:
    source = write(tmp_path, {"requirements.txt": requirements})
    problem = dependencies.explain(["Resolving", *output], source, "requirements.txt")
    assert (problem.path, problem.line) == ("requirements.txt", line)


def test_a_failure_in_an_included_file_names_that_file(tmp_path: Path) -> None:
    source = write(tmp_path, {"requirements.txt": "-r more.txt\n-r requirements.txt\n", "more.txt": "six\nno-such\n"})
    problem = dependencies.explain([UNSOLVABLE, "  cause: no-such was not found"], source, "requirements.txt")
    assert (problem.path, problem.line, problem.excerpt) == ("more.txt", 2, "no-such")


def test_a_failure_in_a_project_file_names_the_line_of_the_dependency(tmp_path: Path) -> None:
    source = write(tmp_path, {"pyproject.toml": f'{PROJECT}dependencies = [\n  "six",\n  "idna==99",\n]\n'})
    problem = dependencies.explain([UNSOLVABLE, "  cause: no version of idna==99"], source, "pyproject.toml")
    assert (problem.path, problem.line) == ("pyproject.toml", 6)


def test_an_explanation_is_sentences_with_causes_and_hints(tmp_path: Path) -> None:
    output = [
        "error: an early one",
        "Retrying",
        "error: it failed:",
        "  cause: a reason",
        "     detail",
        "hint: try this",
    ]
    problem = dependencies.explain(output, write(tmp_path, {"requirements.txt": "six"}), "requirements.txt")
    assert problem.message == "The dependencies cannot be installed. It failed. A reason. Try this."


def test_a_very_long_explanation_is_cut(tmp_path: Path) -> None:
    output = ["error: " + "because " * 10_000]
    problem = dependencies.explain(output, write(tmp_path, {"requirements.txt": "six"}), "requirements.txt")
    assert len(problem.message) < 3000


def test_files_outside_the_source_are_not_read(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    write(tmp_path, {"secret.txt": "no-such\n"})
    write(source, {"requirements.txt": "-r ../secret.txt\n"})
    problem = dependencies.explain([UNSOLVABLE, "  cause: no-such was not found"], source, "requirements.txt")
    assert problem.line is None


def test_files_that_all_include_each_other_are_read_once(tmp_path: Path) -> None:
    names = ["requirements.txt", *(f"{number}.txt" for number in range(30))]
    files = {name: "".join(f"-r ./{other}\n" for other in names) + f"none-of-{name[:-4]}\n" for name in names}
    found = dependencies.explain(
        [f"{UNSOLVABLE}", "  cause: none-of-29 was not found"], write(tmp_path, files), names[0]
    )
    assert (found.line, found.excerpt) == (32, "none-of-29")
