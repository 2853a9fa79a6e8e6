"""Which Python a project asks for, and what there is of it in a virtual environment."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from clockhouse.builders.base import Problem

_LEAST = (3, 11)  # what the kit needs
_VERSION_FILE = ".python-version"
_PROJECT = "pyproject.toml"
_CHOSEN = "the build settings"
_PLAIN = re.compile(r"(?:cpython-?|python-?)?(\d+)\.(\d+)(\.\d+)?", re.IGNORECASE)
_COMPARED = re.compile(r"\s*(===?|~=|!=|<=?|>=?)\s*[0-9][0-9A-Za-z.*]*\s*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`spec` is for uv, `asked` as it is written in line `line` of `path`, or in the build settings."""

    spec: str
    asked: str
    path: str | None
    line: int | None

    @property
    def said(self) -> str:
        return f"“{self.asked}” ({self.path or _CHOSEN})"

    def missing(self) -> Problem:
        who = "The project asks" if self.path else "The build settings ask"
        message = (
            f"{who} for Python {self.asked}, and none like it of {_named(_LEAST)} or later is installed "
            f"on this server. Install it there, or change {self.path or _CHOSEN}."
        )
        return Problem(message, self.path, self.line, self.asked if self.path else None)


def wanted_by(source: Path, chosen: str | None = None) -> Wanted | Problem | None:
    """What was chosen, or else `.python-version` or `requires-python` of pyproject.toml says; None when none does."""
    if chosen is not None:
        return _wanted(chosen, None, None)
    file = source / _VERSION_FILE
    if file.is_file():
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        for number, line in enumerate(lines, 1):
            if line.strip() and not line.lstrip().startswith("#"):
                return _wanted(line.strip(), _VERSION_FILE, number)
    return _of_project(source / _PROJECT)


def version_of(environment: Path) -> str:
    """The whole version of a virtual environment's Python, as it says itself; "" when it does not."""
    text = (environment / "pyvenv.cfg").read_text(encoding="utf-8")
    found = re.search(r"^version_info\s*=\s*(\S+)", text, re.MULTILINE)
    return found[1] if found else ""


def packages(environment: Path) -> Path:
    """Where the packages of a virtual environment are. Raises OSError when it has no such folder."""
    for folder in sorted((environment / "lib").glob("python3.*")):
        return folder / "site-packages"
    raise FileNotFoundError(2, "There is no Python in it", str(environment))


def _of_project(file: Path) -> Wanted | Problem | None:
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        project = tomllib.loads(text).get("project")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None  # its dependencies are read, too, which tells what is wrong
    asked = project.get("requires-python") if isinstance(project, dict) else None
    if not isinstance(asked, str):
        return None
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.lstrip().startswith("requires-python")]
    return _wanted(asked, _PROJECT, lines[0] if lines else 1)


def _wanted(asked: str, path: str | None, line: int | None) -> Wanted | Problem:
    least = f">={_named(_LEAST)}"
    if plain := _PLAIN.fullmatch(asked):
        number = f"{plain[1]}.{plain[2]}"
        return Wanted(f"=={number}{plain[3] or '.*'},{least}", asked, path, line)
    if all(_COMPARED.fullmatch(part) for part in asked.split(",")):
        return Wanted(f"{asked.replace(' ', '')},{least}", asked, path, line)
    message = f"“{asked}” is no version of Python that Clockhouse understands. Write it like 3.11 or >=3.11,<4."
    return Problem(message, path, line, asked)


def _named(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
