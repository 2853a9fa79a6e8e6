"""Differences: what a deployment has otherwise than the one before it in its environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum

from clockhouse.model.deployment import Container, Deployment, Limits, Watch
from clockhouse.model.schedule import Terms


class Part(StrEnum):
    RELEASE = "release"
    SETTING = "setting"
    SCHEDULE = "schedule"
    LIMIT = "limit"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise: `name` of a setting or of a field of the limits.

    `before` and `after` are a build's number, a setting's value, the terms of the schedules, a limit, or, of a pause,
    who paused it: before, too, where it stayed. None where there was or is none. Of secrets only the names are told.
    """

    part: Part
    name: str
    before: object = None
    after: object = None


def between(before: Deployment, after: Deployment) -> list[Change]:
    """What `after` has otherwise than `before`, the one that it took the place of, whose pause it keeps."""
    found: list[Change] = []
    if before.release.id != after.release.id:
        found.append(Change(Part.RELEASE, "build", before.release.build.number, after.release.build.number))
    found += _settings(before, after)
    earlier, later = _terms(before), _terms(after)
    if earlier != later:
        found.append(Change(Part.SCHEDULE, "schedules", earlier, later))
    found += _limits(before.limits, after.limits)
    found += _pause(before, after)
    return found


def _pause(before: Deployment, after: Deployment) -> Iterator[Change]:
    if before.pause is None or after.created_at < before.pause.at:
        return
    # What failed at its first occurrence is paused in the very step that brings the one before it back.
    came_back = before.watch is Watch.WENT_BACK and after.created_at == before.pause.at
    yield Change(Part.PAUSE, "pause", None if came_back else before.pause.by, before.pause.by)


def _settings(before: Deployment, after: Deployment) -> Iterator[Change]:
    names = before.values.keys() | after.values.keys() | before.secret_names | after.secret_names
    for name in sorted(names):
        if name in before.secret_names or name in after.secret_names:
            if _secret(before, name) != _secret(after, name):
                yield Change(Part.SETTING, name)
            continue
        was, now = before.values.get(name), after.values.get(name)
        if was != now or isinstance(was, bool) != isinstance(now, bool):
            yield Change(Part.SETTING, name, was, now)
    for name in sorted(before.files.keys() | after.files.keys()):
        if before.files.get(name) != after.files.get(name):
            yield Change(Part.SETTING, f"{name} (as a file)", before.files.get(name), after.files.get(name))


def _secret(deployment: Deployment, name: str) -> tuple[str | None, ...]:
    """What tells a secret from another one: where it is kept, or its fingerprint, as far as there is one."""
    if name not in deployment.secret_names:
        return ("none",)
    return (deployment.references.get(name), deployment.fingerprints.get(name))


def _terms(deployment: Deployment) -> tuple[Terms, ...]:
    return tuple(schedule.terms for schedule in deployment.schedules)


def _limits(before: Limits, after: Limits) -> Iterator[Change]:
    for name in ("time_out", "retry", "at_once"):
        if getattr(before, name) != getattr(after, name):
            yield Change(Part.LIMIT, name, getattr(before, name), getattr(after, name))
    for each in fields(Container):
        was, now = getattr(before.container, each.name), getattr(after.container, each.name)
        if was != now:
            yield Change(Part.LIMIT, f"container.{each.name}", was, now)
