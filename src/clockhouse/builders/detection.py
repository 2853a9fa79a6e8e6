"""What kind of source a folder holds, told from the names of its files and a few of them, with what was seen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from clockhouse.builders import start
from clockhouse.builders.base import Problem
from clockhouse.builders.start import Read
from clockhouse.model import image
from clockhouse.model.source import SourceKind

DOCKERFILES = ("Dockerfile", "Containerfile")
BALLERINA = "Ballerina.toml"
IMAGE = image.FILE
PYTHON = ("uv.lock", "pylock.toml", "pyproject.toml", "requirements.txt", "Procfile", "main.py")
READ = frozenset({"Procfile", "pyproject.toml"})  # the files whose text matters; all others count by their names
_PLACES_MAX = 50
_NAMES = {
    SourceKind.DOCKERFILE: "a Dockerfile",
    SourceKind.IMAGE: "a ready image",
    SourceKind.BALLERINA: "Ballerina",
    SourceKind.PYTHON: "Python",
}


@dataclass(frozen=True, slots=True)
class Detection:
    """`kind` is None when nothing that can be built was found; `saw` are the sentences that explain it."""

    kind: SourceKind | None
    saw: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return " ".join(self.saw)


def detect(paths: Collection[str], read: Read, wanted: SourceKind | None = None) -> Detection:
    """What the folder of these files (paths below it, parts separated by /) is built as.

    A Dockerfile comes before image.toml, that before Ballerina.toml, and that before everything of Python's; `wanted`
    overrides that.
    """
    saw = {kind: _seen(kind, paths) for kind in _NAMES}
    found = [kind for kind, names in saw.items() if names]
    if wanted is not None:
        return Detection(wanted, (f"It is built as {_NAMES[wanted]}, as chosen.", *_details(wanted, paths, read)))
    if not found:
        return Detection(None, _nothing(paths))
    kind, *others = found
    sentences = [f"{_listed(saw[kind])} {_was(saw[kind])} found, so it is built as {_NAMES[kind]}."]
    sentences += _details(kind, paths, read)
    if others:
        more = [name for other in others for name in saw[other]]
        sentences.append(f"{_listed(more)} {_was(more)} found, too: choose {_NAMES[others[0]]} to build it as that.")
    return Detection(kind, tuple(sentences))


def places(paths: Collection[str]) -> dict[str, SourceKind]:
    """The directories that hold something to build ("" is the root), in order, at most 50.

    A main.py or a requirements.txt deeper inside a Python project is a part of that one, not a place of its own.
    """
    found: dict[str, SourceKind] = {}
    marks = {**dict.fromkeys(PYTHON, SourceKind.PYTHON), BALLERINA: SourceKind.BALLERINA, IMAGE: SourceKind.IMAGE}
    marks |= dict.fromkeys(DOCKERFILES, SourceKind.DOCKERFILE)
    order = [*DOCKERFILES, IMAGE, BALLERINA, *PYTHON]
    marked = [path for path in paths if path.rpartition("/")[2] in marks]
    for path in sorted(marked, key=lambda each: (each.count("/"), order.index(each.rpartition("/")[2]), each)):
        directory, _, name = path.rpartition("/")
        inside = any(found.get(parent) is SourceKind.PYTHON for parent in _parents(directory) if parent)
        if directory not in found and not (inside and marks[name] is SourceKind.PYTHON):
            found[directory] = marks[name]
    return dict(sorted(found.items())[:_PLACES_MAX])


def _parents(directory: str) -> list[str]:
    parts = directory.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def _seen(kind: SourceKind, paths: Collection[str]) -> list[str]:
    if kind is SourceKind.DOCKERFILE:
        return [name for name in DOCKERFILES if name in paths]
    if kind in (SourceKind.BALLERINA, SourceKind.IMAGE):
        name = BALLERINA if kind is SourceKind.BALLERINA else IMAGE
        return [name] if name in paths else []
    named = [name for name in PYTHON if name in paths]
    return named or sorted(path for path in paths if path.endswith(".py") and "/" not in path)[:3]


def _details(kind: SourceKind, paths: Collection[str], read: Read) -> list[str]:
    if kind is not SourceKind.PYTHON:
        return []
    found = start.find(paths, read)
    return [found.message if isinstance(found, Problem) else f"{found.said}."]


def _nothing(paths: Collection[str]) -> tuple[str, ...]:
    wanted = "There is no Dockerfile, no Ballerina.toml and nothing of Python here."
    elsewhere = [f"{directory} ({kind})" for directory, kind in places(paths).items() if directory]
    if elsewhere:
        return wanted, f"But there is something to build in {', '.join(elsewhere[:5])}: choose that directory."
    return wanted, "Add one of Dockerfile, Ballerina.toml, pyproject.toml, requirements.txt, Procfile or main.py."


def _listed(names: Collection[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _was(names: Collection[str]) -> str:
    return "was" if len(names) == 1 else "were"
