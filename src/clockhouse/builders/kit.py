"""What a task gets of Clockhouse: the packages that it may import, and the libraries its connectors stand on."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.metadata import Distribution
from importlib.util import cache_from_source
from pathlib import Path

from clockhouse.connectors import libraries
from clockhouse.kit import syntax

PARTS = ("__init__.py", "py.typed", "kit", "task", "connectors")  # what a task may import of us
CARRIED = "http"  # the extra whose libraries the server has, too, and which are small

_CONNECTORS = "clockhouse.connectors"
_FILE_MAX_BYTES = 500_000  # as for all that is read of a source
_FILES_MAX_BYTES = 10_000_000
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def copy(kit: Path, to: Path) -> list[str]:
    """Put what a task may import of us into `to`, in place of what is there; which parts there were."""
    if to.exists():
        shutil.rmtree(to)  # a dependency of this name: the platform and its kit must be of one version
    to.mkdir(parents=True)
    copied = []
    for name in PARTS:
        part = kit / name
        if part.is_dir():
            shutil.copytree(part, to / name, ignore=shutil.ignore_patterns("__pycache__"))
            copied.append(name)
        elif part.is_file():
            shutil.copy2(part, to / name)
    return copied


def extras_of(source: Path) -> list[str]:
    """The extras of Clockhouse that the Python files below `source` need for the connectors they import, in order."""
    left, found = _FILES_MAX_BYTES, set()
    for path in sorted(path for path in source.rglob("*.py") if path.is_file()):
        size = path.stat().st_size
        if size > min(left, _FILE_MAX_BYTES):
            continue
        left -= size
        text = path.read_bytes()
        if b"connectors" in text:
            found |= {extra for name in _imported(text) if (extra := libraries.needed_by(name)) is not None}
    return sorted(found)


def requirements_of(extras: Iterable[str]) -> list[str]:
    """What has to be installed for these extras."""
    return sorted({each for extra in extras for each in libraries.EXTRAS[extra]})


def carried(requirements: Iterable[str], taken: Iterable[str]) -> list[Distribution] | None:
    """The server's own distributions that these requirements come to, when a task can have copies of them.

    None when one is missing here, is not pure Python, or is among the names that are `taken` there: then they have to
    be installed. What the server itself runs with needs no package index, and is known to work.
    """
    there, found = set(taken), dict[str, Distribution]()
    waiting = [_named(each) for each in requirements]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            here = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            return None
        if name in there or not here.files or "Root-Is-Purelib: true" not in (here.read_text("WHEEL") or ""):
            return None
        found[name] = here
        waiting += [_named(each) for each in here.requires or () if _is_for_here(each)]
    return [found[name] for name in sorted(found)]


def carry(distributions: Iterable[Distribution], packages: Path) -> list[Path]:
    """Copy distributions into a folder of packages, with what is compiled of them. Raises OSError.

    Their folders and files of code are given, for what is not.
    """
    tops = set()
    for distribution in distributions:
        for file in distribution.files or ():
            if ".." in file.parts or "__pycache__" in file.parts or file.name == "direct_url.json":
                continue
            here, place = Path(str(file.locate())), packages / file
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(here, place)  # with its time, by which Python knows whether the compiled one is of it
            if file.suffix != ".py":
                continue
            tops.add(packages / file.parts[0])
            compiled = Path(cache_from_source(str(here)))
            if compiled.is_file():
                (place.parent / "__pycache__").mkdir(exist_ok=True)
                shutil.copy2(compiled, place.parent / "__pycache__" / compiled.name)
    return sorted(tops)


def _imported(text: bytes) -> Iterator[str]:
    """The connectors that a source imports, anywhere in it; nothing of one that Python can't read."""
    try:
        module = syntax.module(text.decode())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(module):
        match node:
            case ast.Import(names=names):
                places = [alias.name for alias in names]
            case ast.ImportFrom(module=str(place), names=names, level=0):
                places = [place, *(f"{place}.{alias.name}" for alias in names)]
            case _:
                continue
        for place in places:
            if place.startswith(_CONNECTORS + "."):
                yield place.split(".")[2]


def _named(requirement: str) -> str:
    found = _NAME.match(requirement)
    return re.sub(r"[._-]+", "-", found[0]).lower() if found else requirement


def _is_for_here(requirement: str) -> bool:
    """Whether a requirement is one without any extra; one for another Python is missing here, or does no harm."""
    _, _, condition = requirement.partition(";")
    if "extra" in condition:
        return False
    try:
        metadata.distribution(_named(requirement))
    except metadata.PackageNotFoundError:
        return not condition
    return True
