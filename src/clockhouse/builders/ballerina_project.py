"""What a Ballerina project says of itself, and what the compiler says of it."""

from __future__ import annotations

import keyword
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clockhouse.builders import seal
from clockhouse.builders.base import Problem
from clockhouse.builders.configurables import Configurable

FILE = "Ballerina.toml"
PROGRAM = f"{seal.COMPILED}/program.jar"
_TEXT_MAX_BYTES = 1024 * 1024  # of a source: a larger one is data, and declares nothing
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_VERSION = re.compile(r"\d+\.\d+\.\d+[A-Za-z0-9.-]*")
_ERROR = re.compile(r"ERROR \[(?P<path>[^:\]]+):\((?P<line>\d+):\d+[^\]]*\)?\]\s*(?P<said>.*)")
_TYPES = {"text": "str", "integer": "int", "number": "float", "flag": "bool", "json": "str"}


@dataclass(frozen=True, slots=True)
class Project:
    """What Ballerina.toml says of a project. `distribution` is the version of Ballerina that it was made with."""

    organization: str
    name: str
    version: str
    distribution: str | None


def read_project(source: Path) -> Project | Problem:
    """What the Ballerina.toml in a folder says, or what is wrong with it."""
    file = source / FILE
    if not file.is_file():
        return Problem(f"There is no {FILE} in the directory. Choose the directory of a Ballerina package.")
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        package = tomllib.loads(text).get("package")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        return Problem(f"{FILE} cannot be read: {error}.", FILE, int(at[1]) if at else None)
    if package is None:
        package = {}
    if not isinstance(package, dict):
        return Problem(f"{FILE} should have a table [package].", FILE)
    organization, name = str(package.get("org", "")), str(package.get("name", ""))
    for key, value in (("org", organization), ("name", name)):
        if _NAME.fullmatch(value) is None:
            return Problem(f"{FILE} should give the package a {key} of letters, digits and underscores.", FILE)
    distribution = package.get("distribution")
    known = isinstance(distribution, str) and _VERSION.fullmatch(distribution)
    return Project(organization, name, str(package.get("version", "0.1.0")), str(distribution) if known else None)


def name_of(each: Configurable) -> str:
    """What a value is called in a form: its path, with underscores; a module's name comes first."""
    name = "_".join([*([each.module.replace(".", "_")] if each.module else []), *each.path])
    return f"{name}_" if keyword.iskeyword(name) or name.startswith("_") else name


def task(project: Project, wanted: Sequence[Configurable]) -> str | Problem:
    """The source of the task that starts the program: its settings are the program's configurable variables."""
    names = [name_of(each) for each in wanted]
    for each, name in zip(wanted, names, strict=True):
        if names.count(name) > 1 or len({other for other in names if other.upper() == name.upper()}) > 1:
            return Problem(f"Two configurable values would be called {name}. Rename one of them.", line=each.line)
    fields = "".join(f"    {name}: {_field(each)}\n" for name, each in zip(names, wanted, strict=True)) or "    pass\n"
    places = places_of(project, wanted)
    return (
        f'"""Starts the Ballerina program {project.organization}/{project.name}."""\n\n'
        "from pathlib import Path\nfrom typing import Literal\n\nimport ballerina_start\n\n"
        "from clockhouse.kit import Secret, TaskConfig, run, setting\n\n"
        f"PROGRAM = Path(__file__).parent / {PROGRAM!r}\nPLACES = {places!r}\n\n\n"
        f"class Config(TaskConfig):\n{fields}\n\n"
        "def main(config: Config) -> None:\n"
        "    values = {name: getattr(config, name) for name in PLACES}\n"
        "    opened = {n: v.reveal() if isinstance(v, Secret) else v for n, v in values.items()}\n"
        "    ballerina_start.start(opened, PLACES, PROGRAM)\n\n\n"
        'if __name__ == "__main__":\n    run(main)\n'
    )


def places_of(project: Project, wanted: Sequence[Configurable]) -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Where in Config.toml the value of each setting belongs: its table, its path there and its type."""
    return {name_of(each): _place(project, each) for each in wanted}


def _place(project: Project, each: Configurable) -> tuple[str, tuple[str, ...], str]:
    module = f"{project.name}.{each.module}" if each.module else project.name
    return f"{project.organization}/{module}", each.path, each.type


def _field(each: Configurable) -> str:
    kind = _annotation(each)
    arguments = [repr(_described(each))]
    if not each.required:
        # What no form can show as it is, and what nobody should see, is left to the program's own default.
        is_shown = each.has_default and each.type != "json" and not each.is_secret
        arguments.append(f"default={each.default!r}" if is_shown else "default=None")
        if "default=None" in arguments:
            kind = f"{kind} | None"
    if each.minimum is not None:
        arguments.append(f"minimum={each.minimum}, maximum={each.maximum}")
    return f"{kind} = setting({', '.join(arguments)})"


def _annotation(each: Configurable) -> str:
    if each.is_secret:
        return "Secret"
    if each.type == "choice":
        return f"Literal[{', '.join(map(repr, each.choices))}]"
    if each.type == "list":
        return f"list[{_TYPES[each.item_type or 'text']}]"
    return _TYPES[each.type]


def _described(each: Configurable) -> str:
    if each.type != "json":
        return each.description
    return " ".join(part for part in (each.description, "As JSON.") if part)


def files_of(source: Path) -> list[Path]:
    """In order."""
    return sorted(path for path in source.rglob("*") if path.is_file())


def texts_of(source: Path) -> dict[str, str]:
    """The Ballerina sources in a folder, by path."""
    return {
        path.relative_to(source).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in files_of(source)
        if path.suffix == ".bal" and path.stat().st_size <= _TEXT_MAX_BYTES
    }


def explained(said: Sequence[str], source: Path) -> Problem:
    """The compiler's first error, with its line, of what it said."""
    for line in said:
        if match := _ERROR.search(line):
            path, number = match["path"], int(match["line"])
            file = source / path
            is_ours = (
                file.resolve().is_relative_to(source.resolve()) and file.is_file()
            )  # it is the output that says so
            lines = file.read_text(errors="replace").splitlines() if is_ours else []
            excerpt = lines[number - 1] if 1 <= number <= len(lines) else None
            return Problem(f"Ballerina cannot build this: {match['said']}.", path, number, excerpt)
    told = next((line for line in said if line.lower().startswith("error")), "the log says why")
    return Problem(f"`bal build` failed: {told.removeprefix('error: ')}.")
