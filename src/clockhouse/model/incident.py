"""Incidents: from the end that makes a condition true to the first that is well again, told once at each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from clockhouse.model.alert import Condition, End, NoSuccess
from clockhouse.model.execution import Reason, State
from clockhouse.model.message import Message


@dataclass(frozen=True, slots=True)
class Incident:
    """One that began, in one place. `began_at` is since when it has been bad, `opened_by` the execution that told.

    Nothing told of a silence: `opened_by` is None. `is_settled`: what opened it has ended by now; while it runs or
    waits on, nothing that goes well beside it ends the incident. `over_at` is None while it lasts; `ended_by` is None
    while it lasts and where it ended quietly.
    """

    began_at: datetime
    opened_by: str | None
    due_at: datetime | None
    reason: str
    is_settled: bool = True
    over_at: datetime | None = None
    ended_by: str | None = None

    @property
    def is_open(self) -> bool:
        return self.over_at is None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a condition stands in a place: so many bad ones in a row since `first_at`, or an incident.

    `since`: from when on a silence counts.
    """

    since: datetime
    bad: int = 0
    first_at: datetime | None = None
    incident: Incident | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One incident; `quiet` says why nobody was told that it ended, `opened_by` and `ended_by` are executions.

    An execution may be gone, for its age. `failures`: of one of failures that lasts, how many failed so far, at most
    1000 of them.
    """

    id: str
    alert: int
    project: str
    component: str
    environment: str
    sentence: str
    began_at: datetime
    noticed_at: datetime
    opened_by: str | None
    due_at: datetime | None
    reason: str
    over_at: datetime | None
    ended_by: str | None
    quiet: str | None
    messages: tuple[Message, ...]
    failures: int | None = None


def step(condition: Condition, standing: Standing, end: End) -> Standing:
    """How it stands after an end. An incident that is over by it is still there, and no longer with the next one."""
    if isinstance(condition, NoSuccess):
        return _after_silence(condition, expired(condition, _begun_anew(standing), end.ended_at), end)
    standing, verdict = _begun_anew(standing), condition.verdict(end)
    found = standing.incident
    if found is not None:
        if found.opened_by == end.id:
            found = replace(found, is_settled=True)
        if verdict is True and found.is_settled:
            found = replace(found, over_at=end.ended_at, ended_by=end.id)
        return replace(standing, incident=found)
    if verdict is None:
        return standing
    if verdict:
        return replace(standing, bad=0, first_at=None)
    first_at = standing.first_at or condition.began_at(end)
    if standing.bad + 1 < condition.needed and not end.is_watched:
        return replace(standing, bad=standing.bad + 1, first_at=first_at)
    return replace(standing, bad=0, first_at=None, incident=Incident(first_at, end.id, end.due_at, condition.why(end)))


def expired(condition: NoSuccess, standing: Standing, now: datetime) -> Standing:
    """How a silence stands when nothing has succeeded by now."""
    deadline = standing.since + condition.limit
    if standing.incident is not None or deadline > now:
        return standing
    reason = f"Nothing has succeeded since {standing.since:%Y-%m-%d %H:%M:%S} UTC."
    return replace(standing, incident=Incident(deadline, None, None, reason))


def incidents(condition: Condition, ends: Iterable[End], *, since: datetime, until: datetime) -> list[Incident]:
    """What a condition makes of the ends of one place, given in the order in which they came, `since` on.

    The last may be open still. A silence counts from `since`, and up to `until`.
    """
    found: list[Incident] = []
    standing = Standing(since)
    for end in ends:
        standing = step(condition, standing, end)
        if standing.incident is not None and not standing.incident.is_open:
            found.append(standing.incident)
    standing = _begun_anew(standing)
    if isinstance(condition, NoSuccess):
        standing = expired(condition, standing, until)
    return [*found, *([standing.incident] if standing.incident is not None else [])]


def rests(end: End) -> bool:
    """Whether it shows that nothing was to run at that time, by a person's wish."""
    reason: Reason | None = end.reason
    return end.state in (State.SKIPPED, State.CANCELLED) and reason is not None and reason.code in _RESTING


_RESTING = frozenset({"paused", "undeployed"})


def _begun_anew(standing: Standing) -> Standing:
    """Without an incident that is over."""
    if standing.incident is None or standing.incident.is_open:
        return standing
    return replace(standing, incident=None)


def _after_silence(condition: NoSuccess, standing: Standing, end: End) -> Standing:
    is_good, found = condition.verdict(end) is True, standing.incident
    if not is_good and not rests(end):
        return standing
    since = max(standing.since, end.ended_at)
    if found is None:
        return replace(standing, since=since)
    over = replace(found, over_at=end.ended_at, ended_by=end.id if is_good else None)
    return replace(standing, since=since, incident=over)
