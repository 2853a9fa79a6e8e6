"""Recipes: what was chosen about how a component's source becomes an artifact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath

from clockhouse.errors import Invalid
from clockhouse.model.source import SourceKind

SHORTEST_TIME_OUT = timedelta(seconds=10)
LONGEST_TIME_OUT = timedelta(hours=6)
MOST_ARGUMENTS = 50
_VALUE_MAX = 4096  # characters
_PATH_MAX = 400
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_PYTHON = re.compile(r"3\.\d{1,2}(\.\d{1,3})?")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A component has one for its builds to come, and every build the one that it was made by.

    `kind` is None where it is detected. `directory` is below the repository's root ("" is the root) and `dockerfile`
    below that. `arguments` are for the ARGs of a Dockerfile: they are no secrets, for the image tells them. `python` is
    a version like 3.12. None leaves a choice to the source, or to the server.
    """

    kind: SourceKind | None = None
    directory: str = ""
    dockerfile: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    allow_root: bool = False
    python: str | None = None
    time_out: timedelta | None = None

    @property
    def wanted(self) -> SourceKind | None:
        """What it is built as, as far as that is chosen: who names a Dockerfile wants that built."""
        return SourceKind.DOCKERFILE if self.kind is None and self.dockerfile else self.kind


def check(recipe: Recipe) -> None:
    """Raises Invalid with a sentence for each choice that cannot be."""
    fields = {}
    if recipe.dockerfile is not None and not _is_inside(recipe.dockerfile):
        fields["dockerfile"] = "Write a path within the source, like docker/Dockerfile."
    for name, value in recipe.arguments.items():
        if _NAME.fullmatch(name) is None:
            fields[f"arguments.{name}"] = "A name has letters, digits and underscores, and begins with no digit."
        elif len(value) > _VALUE_MAX or "\0" in value:
            fields[f"arguments.{name}"] = f"A value has at most {_VALUE_MAX} characters."
    if len(recipe.arguments) > MOST_ARGUMENTS:
        fields["arguments"] = f"Give at most {MOST_ARGUMENTS} arguments."
    if recipe.python is not None and _PYTHON.fullmatch(recipe.python) is None:
        fields["python"] = "Write a version of Python like 3.12."
    if recipe.time_out is not None and not SHORTEST_TIME_OUT <= recipe.time_out <= LONGEST_TIME_OUT:
        fields["time_out_s"] = "Choose a time-out between 10 seconds and 6 hours, or none."
    if fields:
        raise Invalid("Some build settings need another value.", fields)


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return 0 < len(path) <= _PATH_MAX and not path.startswith("/") and ".." not in parts and path.isprintable()
