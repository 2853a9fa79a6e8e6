"""A ready image as a source: `image.toml` names it, and what is different about it here."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from clockhouse.builders import dockerfile_text
from clockhouse.builders.base import Problem, Setting
from clockhouse.builders.detection import IMAGE
from clockhouse.builders.dockerfile_plan import Plan
from clockhouse.builders.making import Stopped
from clockhouse.model import image
from clockhouse.model.recipe import Recipe

KIND = "image"
_KEYS = {"image", "command", "user", "settings"}
_USER = re.compile(r"[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?")


def plan(source: Path, recipe: Recipe) -> Plan:  # noqa: ARG001  as every planner is asked
    """A Dockerfile on top of the image. Raises Stopped when the file says no such thing."""
    file = source / IMAGE
    if not file.is_file():
        raise Stopped(Problem(f"There is no {IMAGE} in the source. Add one, or choose the directory that has it."))
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        told = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        raise Stopped(Problem(f"{IMAGE} cannot be read: {error}.", IMAGE, int(at[1]) if at else None)) from error
    reference = _reference(told, text)
    lines = [f"FROM {reference}", *_user(told, text), *_command(told, text)]
    return Plan(
        IMAGE,
        "\n".join([*lines, ""]),
        f"The image {reference}",
        None,
        is_in_source=False,
        settings=_settings(told, text),
        base=reference,
        moves=image.moves(reference),
        remedy=f'Add the line `user = "10001"` to {IMAGE}.',
        kind=KIND,
    )


def _reference(told: dict[str, Any], text: str) -> str:
    if unknown := sorted(told.keys() - _KEYS):
        _stop(f"It knows no {unknown[0]!r}, only {', '.join(sorted(_KEYS))}.", text, unknown[0])
    reference = told.get("image")
    missing = 'It names no image. Write image = "registry.example.org/reports:1.4".'
    fault = missing if not isinstance(reference, str) else image.fault(reference)
    if fault is not None:
        _stop(fault, text, "image")
    return str(reference)


def _user(told: dict[str, Any], text: str) -> list[str]:
    user = told.get("user")
    if user is None:
        return []
    if not isinstance(user, str) or not _USER.fullmatch(user):
        _stop('The user is a name or a number, perhaps with a group: user = "10001".', text, "user")
    return [f"USER {user}"]


def _command(told: dict[str, Any], text: str) -> list[str]:
    command = told.get("command")
    if command is None:
        return []
    if not isinstance(command, list) or not all(isinstance(word, str) for word in command):
        _stop('The command is a list of texts: command = ["report", "--daily"].', text, "command")
    return [f"CMD {json.dumps(command)}"]


def _settings(told: dict[str, Any], text: str) -> tuple[Setting, ...]:
    settings = told.get("settings", {})
    if not isinstance(settings, dict) or not all(isinstance(value, str) for value in settings.values()):
        _stop('Settings are texts by name: [settings], then url = "text Address to check".', text, "[settings]")
    found = dockerfile_text.settings({f"{dockerfile_text.SETTING}{name}": value for name, value in settings.items()})
    if isinstance(found, Problem):
        raise Stopped(Problem(found.message, IMAGE))
    return found


def _stop(message: str, text: str, begins: str) -> None:
    lines = text.splitlines()
    line = next((number for number, each in enumerate(lines, 1) if each.lstrip().startswith(begins)), None)
    raise Stopped(Problem(f"{IMAGE} cannot be used: {message}", IMAGE, line, lines[line - 1] if line else None))
