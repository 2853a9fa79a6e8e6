"""Which Dockerfile is built of a source: one that is in it, or one that is written for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clockhouse.builders.base import Problem, Setting
from clockhouse.builders.detection import DOCKERFILES
from clockhouse.builders.making import Stopped
from clockhouse.model.recipe import Recipe

KIND = "dockerfile"
GENERATED = ".clockhouse.Dockerfile"  # the name of one that is written


@dataclass(frozen=True, slots=True)
class Plan:
    """`path` is the Dockerfile's in the context, or of what it was made of where that is not `is_in_source`.

    `context` are the files that it may copy from; None: there are none. `settings` are declared beside those of the
    image's labels. `base` is what is fetched beforehand: where the Engine does not have it, or in any case if it
    `moves`; `otherwise` says what to do where it cannot be. `remedy` says how not to run as root, `explain` may tell
    why a build failed, from its last lines. `files` go into the artifact, beside the source.
    """

    path: str
    text: str
    said: str
    context: Path | None
    is_in_source: bool = True
    settings: tuple[Setting, ...] = ()
    base: str | None = None
    moves: bool = False
    otherwise: str = "Correct its name, or load it into the Engine."
    remedy: str = "Add the line `USER 10001` at the end."
    explain: Callable[[Sequence[str]], Problem | None] = lambda _: None
    files: Mapping[str, str] = field(default_factory=dict)
    kind: str = KIND


Planner = Callable[[Path, Recipe], Plan]
"""Reads a source and says what to build; may block. Raises Stopped."""


def of_source(source: Path, recipe: Recipe) -> Plan:
    """The Dockerfile that was chosen, or that is found at the root."""
    names = (recipe.dockerfile,) if recipe.dockerfile else DOCKERFILES
    found = next((name for name in names if (source / name).is_file()), None)
    if found is None:
        missing = " or ".join(names)
        hint = "Correct its path in the build settings" if recipe.dockerfile else "Add one, or choose the directory"
        raise Stopped(Problem(f"There is no {missing} in the source. {hint}, then build again."))
    text = (source / found).read_text(encoding="utf-8", errors="replace")
    return Plan(found, text, "", source)
