"""Where a Python project begins: a Procfile line, a main.py, a console script, a module or its only file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from clockhouse.builders.base import Problem

USUAL = "main.py"
PROCFILE = "Procfile"
_PROJECT = "pyproject.toml"
_LINE = re.compile(r"([A-Za-z0-9_-]+)\s*:\s*(\S.*)")
_CALL = re.compile(r"\w+(\.\w+)*:\w+(\.\w+)*")
_PREFERRED = ("task", "job", "worker", "clock")
_SHOWN = 5

Read = Callable[[str], str | None]


class Form(StrEnum):
    """What kind of thing is started."""

    FILE = "file"
    MODULE = "module"
    SCRIPT = "script"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Start:
    """`target` is a file's path, a module's dotted name, a console script's name, or a command line.

    `path` is the file of the source that begins, where that is known; `said` tells a person.
    """

    form: Form
    target: str
    path: str | None
    said: str
    call: str = ""  # of a console script: module:function


def find(paths: Collection[str], read: Read) -> Start | Problem:
    """Where the project of these files begins. `read` gives a file's text, None when it can't be read."""
    files = sorted(path for path in paths if path.endswith(".py"))
    if PROCFILE in paths:
        return _of_procfile(read(PROCFILE) or "")
    if USUAL in files:
        return Start(Form.FILE, USUAL, USUAL, f"{USUAL} is run")
    if script := _console_script(read(_PROJECT)):
        name, target = script
        path = _file_of(target.partition(":")[0], files)
        return Start(Form.SCRIPT, name, path, f"The console script {name} is run", target)
    top = [path for path in files if "/" not in path]
    for candidates in (top, files):
        if len(candidates) == 1:
            only = candidates[0]
            return Start(Form.FILE, only, only, f"{only} is run: it is the only Python file")
    modules = [path for path in files if re.fullmatch(r"(src/)?\w+/__main__\.py", path)]
    if len(modules) == 1:
        name = modules[0].removeprefix("src/").partition("/")[0]
        return Start(Form.MODULE, name, modules[0], f"The module {name} is run (python -m {name})")
    return _unclear(top or files)


def _of_procfile(text: str) -> Start | Problem:
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            return Problem("A line of a Procfile is a name, a colon and a command.", PROCFILE, number, line)
        found[match[1]] = match[2]
    tasks = {name: command for name, command in found.items() if name not in ("web", "release")}
    for name in _PREFERRED:
        if name in tasks:
            return _command(name, tasks[name])
    if len(tasks) == 1:
        return _command(*tasks.popitem())
    names = ", ".join(found) or "none"
    return Problem(
        f"It is not clear which line of the Procfile to run: there are {names}. Name the one to run “task”.", PROCFILE
    )


def _command(name: str, command: str) -> Start:
    return Start(Form.COMMAND, command, None, f"The line “{name}” of the Procfile is run: {command}")


def _console_script(project: str | None) -> tuple[str, str] | None:
    """The one console script of a pyproject.toml, or the one that is named like the project."""
    if project is None:
        return None
    try:
        table = tomllib.loads(project).get("project", {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return None  # the dependencies are read from it, too, which tells what is wrong
    scripts = table.get("scripts") if isinstance(table, dict) else None
    if not isinstance(scripts, dict):
        return None
    named = {name: target for name, target in scripts.items() if _CALL.fullmatch(str(target))}
    chosen = next(iter(named)) if len(named) == 1 else str(table.get("name"))
    return (chosen, named[chosen]) if chosen in named else None


def _file_of(module: str, files: Collection[str]) -> str | None:
    path = module.replace(".", "/")
    places = (f"{root}{path}{end}" for root in ("", "src/") for end in (".py", "/__init__.py"))
    return next((place for place in places if place in files), None)


def _unclear(files: Collection[str]) -> Problem:
    if not files:
        return Problem(f"There is no Python file to run. Add {USUAL} with the code of the task.")
    names = ", ".join(list(files)[:_SHOWN])
    return Problem(f"It is not clear which file to run: there is no {USUAL}, but {names}. Name one of them {USUAL}.")
