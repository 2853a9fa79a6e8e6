"""Alerts: what is worth telling people, as rules of one sentence each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from clockhouse.errors import Invalid
from clockhouse.model import duration
from clockhouse.model import execution as executions
from clockhouse.model.execution import Origin, Reason, State

MOST_FAILURES = 1000
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=365)
_WATCHED = "It was the first occurrence of a deployment that was watched."
_FAILED = frozenset({State.FAILED, State.TIMED_OUT, State.LOST})
# What a person wanted, and what a person was told about when they did.
_WANTED = frozenset({"paused", executions.UNDEPLOYED.code, "stopped"})


@dataclass(frozen=True, slots=True)
class End:
    """How an execution ended, as far as alerts ask: `first_started_at` is of its first attempt, `took` of its last.

    Both are None where nothing ran; `took` also where nobody knows how it ended. `is_watched`: it is the
    failure of a first occurrence, by which its deployment goes back.
    """

    id: str
    state: State
    origin: Origin
    due_at: datetime
    ended_at: datetime
    first_started_at: datetime | None = None
    took: timedelta | None = None
    reason: Reason | None = None
    is_watched: bool = False

    @property
    def is_promised(self) -> bool:
        return self.origin in executions.PROMISED


def why(end: End) -> str:
    """The reason of an end, which has no secrets; empty where it has none."""
    return "" if end.reason is None else end.reason.sentence


@dataclass(frozen=True, slots=True)
class Failures:
    """So many executions in a row failed, took too long or were lost, after all retries.

    A watched first occurrence is enough by itself: after it, nothing more may run.
    """

    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_FAILURES:
            raise Invalid(f"Give between 1 and {MOST_FAILURES} failures in a row.")

    @property
    def needed(self) -> int:
        return self.count

    @property
    def sentence(self) -> str:
        return "a failure" if self.count == 1 else f"{self.count} failures in a row"

    def verdict(self, end: End) -> bool | None:
        if end.state in _FAILED:
            return False
        return True if end.state is State.SUCCEEDED else None

    def began_at(self, end: End) -> datetime:
        return end.ended_at

    def why(self, end: End) -> str:
        return f"{_WATCHED} {why(end)}".strip() if end.is_watched else why(end)


@dataclass(frozen=True, slots=True)
class DidNotHappen:
    """An occurrence of a schedule did not start, and no person wanted that."""

    needed = 1

    @property
    def sentence(self) -> str:
        return "an occurrence did not happen"

    def verdict(self, end: End) -> bool | None:
        if not end.is_promised:
            return None
        if end.state in (State.MISSED, State.SKIPPED) or (
            end.state is State.CANCELLED and end.first_started_at is None
        ):
            return None if _is_wanted(end) else False
        return None if end.state is State.CANCELLED else True

    def began_at(self, end: End) -> datetime:
        return end.due_at

    def why(self, end: End) -> str:
        return f"It was due at {_said(end.due_at)}. {why(end)}".strip()


@dataclass(frozen=True, slots=True)
class _Limited:
    """What is bad as soon as it lasts longer than this."""

    limit: timedelta
    needed = 1

    def __post_init__(self) -> None:
        _check(self.limit)


@dataclass(frozen=True, slots=True)
class RunsLonger(_Limited):
    """An execution runs longer than this; known as soon as it does."""

    @property
    def sentence(self) -> str:
        return f"it runs longer than {executions.words(self.limit)}"

    def verdict(self, end: End) -> bool | None:
        if end.took is None:
            return None
        if end.took > self.limit:
            return False
        return True if end.state is State.SUCCEEDED else None

    def began_at(self, end: End) -> datetime:
        return end.ended_at if end.took is None else end.ended_at - end.took + self.limit

    def why(self, end: End) -> str:
        return why(end) if end.took is None else f"It took {_roughly(end.took)}. {why(end)}".strip()


@dataclass(frozen=True, slots=True)
class StartsLate(_Limited):
    """An occurrence of a schedule starts later than this after its due time; known as soon as it is that late."""

    @property
    def sentence(self) -> str:
        return f"it starts later than {executions.words(self.limit)} after its due time"

    def verdict(self, end: End) -> bool | None:
        if not end.is_promised or end.state in (State.MISSED, State.SKIPPED):
            return None
        if (end.first_started_at or end.ended_at) - end.due_at > self.limit:
            return None if end.first_started_at is None and _is_wanted(end) else False
        return None if end.first_started_at is None else True

    def began_at(self, end: End) -> datetime:
        return end.due_at + self.limit

    def why(self, end: End) -> str:
        if end.first_started_at is None:
            return f"It was due at {_said(end.due_at)}, and never started. {why(end)}".strip()
        return f"It was due at {_said(end.due_at)}, and started {_roughly(end.first_started_at - end.due_at)} later."


@dataclass(frozen=True, slots=True)
class NoSuccess(_Limited):
    """Nothing succeeded for this long where a schedule is deployed and not paused."""

    @property
    def sentence(self) -> str:
        return f"no success for {executions.words(self.limit)}"

    def verdict(self, end: End) -> bool | None:
        return True if end.state is State.SUCCEEDED else None

    def began_at(self, end: End) -> datetime:
        return end.ended_at

    def why(self, end: End) -> str:
        return why(end)


Condition = Failures | DidNotHappen | RunsLonger | StartsLate | NoSuccess
"""Each has a `sentence`, says of an end whether it is good (True), bad (False) or says nothing (None: `verdict`), how
many bad ones in a row are `needed`, since when one has been bad (`began_at`), and what is told of it (`why`)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of an alert; no component or no environment means all of the project's.

    `channels` are their names.
    """

    condition: Condition
    channels: tuple[str, ...]
    component: str | None = None
    environment: str | None = None
    tells_end: bool = True
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule of a project, known by its number there. What ended before `since` is nothing to it.

    `declared_by` is the id of the component whose file says it, None for one that a person made.
    """

    id: str
    project_id: str
    project: str
    number: int
    wish: Wish
    component_id: str | None
    environment_id: str | None
    since: datetime
    created_at: datetime
    created_by: str
    declared_by: str | None = None

    @property
    def sentence(self) -> str:
        return sentence(self.wish)


def sentence(wish: Wish) -> str:
    """The whole rule: `Tell ops about import in production: 3 failures in a row.`"""
    where = [wish.component or "any component"]
    if wish.environment is not None:
        where.append(f"in {wish.environment}")
    named = wish.channels or ("nobody",)
    whom = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return f"Tell {whom} about {' '.join(where)}: {wish.condition.sentence}."


def read(text: str) -> Condition:
    """A condition from its sentence, as people write it. Raises Invalid with the forms that there are."""
    plain = " ".join(text.lower().removesuffix(".").split())
    for pattern, made in _FORMS:
        found = pattern.fullmatch(plain)
        if found is not None:
            return made(found[1] if found.re.groups else "")
    sentence = f"“{text}” is no condition of an alert. Write one of: {', '.join(FORMS)}."
    raise Invalid(sentence, {"when": sentence})


def write(condition: Condition) -> str:
    """The sentence that `read` understands as the same."""
    match condition:
        case RunsLonger(limit):
            return f"it runs longer than {duration.write(limit)}"
        case StartsLate(limit):
            return f"it starts later than {duration.write(limit)} after its due time"
        case NoSuccess(limit):
            return f"no success for {duration.write(limit)}"
        case _:
            return condition.sentence


FORMS = (
    "a failure",
    "3 failures in a row",
    "an occurrence did not happen",
    "it runs longer than 10m",
    "it starts later than 5m after its due time",
    "no success for 1d",
)


def _limit(text: str) -> timedelta:
    found = duration.read(text)
    if found is None:
        raise Invalid(f"“{text}” is no duration. Write e.g. 90s, 10m, 2h or 1d.")
    return found


def _failures(text: str) -> Condition:
    return Failures(int(text) if len(text) < 9 else MOST_FAILURES + 1)


_FORMS: tuple[tuple[re.Pattern[str], Callable[[str], Condition]], ...] = (
    (re.compile(r"(?:a|one) failure|it fails"), lambda _text: Failures(1)),
    (re.compile(r"(\d+) failures?(?: in a row)?"), _failures),
    (re.compile(r"an occurrence (?:did|does) not happen"), lambda _text: DidNotHappen()),
    (re.compile(r"(?:it )?runs longer than (.+)"), lambda text: RunsLonger(_limit(text))),
    (
        re.compile(r"(?:it )?starts later than (.+?)(?: after its due time)?"),
        lambda text: StartsLate(_limit(text)),
    ),
    (re.compile(r"no success for (.+)"), lambda text: NoSuccess(_limit(text))),
)


def kind_of(condition: Condition) -> str:
    return _KINDS[type(condition)]


def made(kind: str, *, count: int | None = None, limit: timedelta | None = None) -> Condition:
    """A condition by its kind. Raises Invalid when what it needs is missing, or there is no such kind."""
    if kind == "failures":
        return Failures(1 if count is None else count)
    if kind == "did_not_happen":
        return DidNotHappen()
    limited = _LIMITED.get(kind)
    if limited is None:
        raise Invalid(f"There is no condition of the kind “{kind}”.")
    if limit is None:
        raise Invalid("Give the duration.", {"limit": "Give the duration, e.g. 10m."})
    return limited(limit)


_KINDS: Mapping[type, str] = {
    Failures: "failures",
    DidNotHappen: "did_not_happen",
    RunsLonger: "runs_longer",
    StartsLate: "starts_late",
    NoSuccess: "no_success",
}
_LIMITED: Mapping[str, Callable[[timedelta], Condition]] = {
    "runs_longer": RunsLonger,
    "starts_late": StartsLate,
    "no_success": NoSuccess,
}


def _check(limit: timedelta) -> None:
    if not SHORTEST <= limit <= LONGEST:
        raise Invalid("Give a duration between a second and a year.", {"limit": "Between a second and a year."})


def _said(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def _roughly(took: timedelta) -> str:
    """To the tenth of a second, and from a minute on to the second."""
    digits = 1 if took < timedelta(minutes=1) else 0
    return executions.words(timedelta(seconds=round(took.total_seconds(), digits)))


def _is_wanted(end: End) -> bool:
    """Whether a person wanted that it does not happen."""
    return end.reason is not None and (end.reason.code in _WANTED or executions.was_in_pause(end.reason))
