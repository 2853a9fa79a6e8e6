"""Templates: what the source of a component that is started from scratch begins as.

A template is a folder: `template.toml` (order, group, title, summary, connectors), `explanation.md` (what it does, what
it needs, what to configure, how to change it), and, under `source/`, the files of the component.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from clockhouse.errors import NotFound


@dataclass(frozen=True, slots=True)
class Template:
    """`files` has the text of each file by its path; `explanation` is a page of Markdown, `connectors` are titles."""

    key: str
    title: str
    summary: str
    group: str
    connectors: tuple[str, ...]
    explanation: str
    order: int
    files: dict[str, str]


@cache
def every() -> tuple[Template, ...]:
    """All templates, the most used first."""
    folders = (folder for folder in files(__name__).iterdir() if folder.joinpath("template.toml").is_file())
    return tuple(sorted(map(_template, folders), key=lambda template: template.order))


def get(key: str) -> Template:
    found = next((template for template in every() if template.key == key), None)
    if found is None:
        known = ", ".join(template.key for template in every())
        raise NotFound(f"There is no template “{key}”. There are: {known}.")
    return found


def _template(folder: Traversable) -> Template:
    about = tomllib.loads(folder.joinpath("template.toml").read_text(encoding="utf-8"))
    return Template(
        key=folder.name.replace("_", "-"),
        title=about["title"],
        summary=about["summary"],
        group=about["group"],
        connectors=tuple(about["connectors"]),
        explanation=folder.joinpath("explanation.md").read_text(encoding="utf-8").strip(),
        order=about["order"],
        files={
            file.name: file.read_text(encoding="utf-8")
            for file in folder.joinpath("source").iterdir()
            if file.is_file() and not file.name.endswith(".pyc")
        },
    )
