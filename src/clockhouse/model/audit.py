"""The audit trail: who did what to which object, when, from where, with which outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clockhouse.errors import Invalid

LEAST_DAYS, MOST_DAYS = 30, 36_500

Fact = str | int | float | bool | None


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    REFUSED = "refused"  # somebody was not who they said, or may not
    FAILED = "failed"  # they may, but it was not possible


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the trail; it never changes. `project` and `environment` are slugs, also of what is gone."""

    id: str
    at: datetime
    actor: str
    action: str  # like `deployment.created`
    object: str  # like `shop/health-check`
    facts: Mapping[str, Fact]
    project: str | None
    environment: str | None
    address: str | None  # where the request came from
    way: str | None  # by a browser, a token, the system itself
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None: any. `action` and `thing` stand for all that begins with them, up to a `.` or a `/`."""

    text: str | None = None  # somewhere in it, whatever its case
    actor: str | None = None
    action: str | None = None
    thing: str | None = None
    project: str | None = None
    environment: str | None = None
    outcome: Outcome | None = None
    start: datetime | None = None  # from it on
    end: datetime | None = None  # before it
    within: Mapping[str, datetime] | None = None  # of these projects alone, each from an instant on


def check_days(days: int | None) -> None:
    """Raises Invalid for days that no trail is kept for; None is for ever."""
    if days is not None and not LEAST_DAYS <= days <= MOST_DAYS:
        sentence = f"Choose {LEAST_DAYS} to {MOST_DAYS} days, or keep all."
        raise Invalid(sentence, {"days": sentence})
