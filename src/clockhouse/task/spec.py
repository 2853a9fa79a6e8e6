"""Triggers as plain data: the shape in which they are stored, and sent by people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from datetime import date, datetime, timedelta
from typing import TypeAlias

from clockhouse.task.calendar import Days, Excluding, PublicHolidays
from clockhouse.task.clock import as_utc
from clockhouse.task.cron import CronTrigger, Fold, Gap
from clockhouse.task.errors import InvalidTrigger
from clockhouse.task.jitter import Jittered
from clockhouse.task.trigger import LONGEST_INTERVAL, DateTrigger, IntervalTrigger, Trigger
from clockhouse.task.values import choice_of, instant_of

Spec: TypeAlias = "dict[str, str | float | Spec | list[str] | list[Spec] | None]"
"""A trigger as JSON: instants are ISO 8601 in UTC, durations are seconds.

- `{"kind": "once", "at": "2026-12-24T18:00:00Z"}`
- `{"kind": "interval", "every_s": 90, "start": "2026-11-22T08:00:00Z", "end": null}`
- `{"kind": "cron", "expression": "30 2 * * *", "zone": "Europe/Berlin", "gap": "after", "fold": "first", "start": null,
  "end": null, "key": "orders"}`

A spec of any kind may have two parts more. `jitter` is `{"by_s": 90, "key": "orders"}`. `excluding` is a list of
`{"dates": ["2026-12-25"], "zone": "Europe/Berlin"}` and `{"country": "DE", "subdivision": "BE", "zone": ...}`. What is
excluded is decided first, by the time without the jitter. The zone is a cron's own where left out, else UTC.
"""

MOST_DATES = 10_000
"""The most dates an exclusion of a spec holds: every day of 27 years."""

MOST_EXCLUSIONS = 20
"""The most exclusions a spec holds: each is asked about each due time."""


def to_spec(trigger: Trigger) -> Spec:
    """The spec from which `from_spec` makes an equal trigger.

    Raises InvalidTrigger for one not of ours ("kind"), for an Excluding of days other than dates and PublicHolidays
    ("days") or of more than a spec holds, and for a Jittered that is not the outermost ("jitter").
    """
    parts: Spec = {}
    if isinstance(trigger, Jittered):
        parts["jitter"] = {"by_s": trigger.by.total_seconds(), "key": trigger.key}
        trigger = trigger.trigger
    excluded: list[Spec] = []
    while isinstance(trigger, Excluding):
        excluded.insert(0, _days_spec(trigger.days) | {"zone": trigger.zone})
        trigger = trigger.trigger
    if len(excluded) > MOST_EXCLUSIONS:
        raise InvalidTrigger("excluding", f"More than {MOST_EXCLUSIONS} exclusions cannot be stored; join their dates.")
    if excluded:
        parts["excluding"] = excluded
    return _plain_spec(trigger) | parts


def from_spec(spec: Mapping[str, object], *, now: datetime | None = None) -> Trigger:
    """The trigger a spec describes.

    `now` is the start of an interval whose spec has none. Everything of a cron but its expression has a default, and
    null means the same as leaving out. Raises InvalidTrigger with the field that is wrong: missing, of the wrong
    type, out of range, or not known.
    """
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InvalidTrigger("kind", f"{kind!r} is no kind of trigger; write one of {', '.join(map(repr, _KINDS))}.")
    read, known = _KINDS[kind]
    _check_known(spec, known | {"jitter", "excluding"}, f"A trigger of kind {kind}")
    return _with_jitter(spec, _with_exclusions(spec, read(spec, now)))


def _plain_spec(trigger: Trigger) -> Spec:
    match trigger:
        case IntervalTrigger():
            every_s = trigger.every.total_seconds()
            return {"kind": "interval", "every_s": every_s, "start": _text(trigger.start), "end": _text(trigger.end)}
        case DateTrigger():
            return {"kind": "once", "at": _text(trigger.at)}
        case CronTrigger():
            key: Spec = {"key": trigger.key} if trigger.key else {}
            return {
                "kind": "cron",
                "expression": trigger.expression,
                "zone": trigger.zone,
                "gap": str(trigger.gap),
                "fold": str(trigger.fold),
                "start": _text(trigger.start),
                "end": _text(trigger.end),
            } | key
        case Jittered():
            raise InvalidTrigger("jitter", "Only the outermost trigger can be stored with a jitter; wrap it last.")
        case _:
            raise InvalidTrigger("kind", f"A {type(trigger).__name__} cannot be stored; use one of clockhouse.task.")


def _days_spec(days: Days) -> Spec:
    match days:
        case PublicHolidays():
            return {"country": days.country, "subdivision": days.subdivision}
        case frozenset() if len(days) <= MOST_DATES:
            return {"dates": [each.isoformat() for each in sorted(days)]}
        case frozenset():
            raise InvalidTrigger("days", f"{len(days)} excluded dates cannot be stored; write at most {MOST_DATES}.")
        case _:
            raise InvalidTrigger(
                "days", f"A {type(days).__name__} cannot be stored; write a set of dates, or PublicHolidays."
            )


def _interval(spec: Mapping[str, object], now: datetime | None) -> IntervalTrigger:
    start = _instant("start", spec.get("start"))
    if start is None:
        if now is None:
            raise InvalidTrigger("start", "The interval has no start; write one such as 2026-11-22T08:00:00Z.")
        start = as_utc(now)
    return IntervalTrigger(_seconds("every", spec.get("every_s")), start, _instant("end", spec.get("end")))


def _once(spec: Mapping[str, object], _now: datetime | None) -> DateTrigger:
    at = _instant("at", spec.get("at"))
    if at is None:
        raise InvalidTrigger("at", "The time to run at is missing; write one such as 2026-11-22T08:00:00Z.")
    return DateTrigger(at)


def _cron(spec: Mapping[str, object], _now: datetime | None) -> CronTrigger:
    if spec.get("expression") is None:
        raise InvalidTrigger("expression", "The cron expression is missing; write one such as */5 * * * *.")
    return CronTrigger(
        expression=_word(spec, "expression"),
        zone=_word(spec, "zone", "UTC"),
        gap=choice_of(Gap, "gap", _word(spec, "gap", Gap.AFTER), InvalidTrigger),
        fold=choice_of(Fold, "fold", _word(spec, "fold", Fold.FIRST), InvalidTrigger),
        start=_instant("start", spec.get("start")),
        end=_instant("end", spec.get("end")),
        key=_word(spec, "key"),
    )


def _with_jitter(spec: Mapping[str, object], trigger: Trigger) -> Trigger:
    jitter = spec.get("jitter")
    if jitter is None:
        return trigger
    if not isinstance(jitter, Mapping):
        raise InvalidTrigger("jitter", f'{jitter!r} is no jitter; write one such as {{"by_s": 60}}.')
    _check_known(jitter, {"by_s", "key"}, "A jitter")
    return Jittered(trigger, _seconds("by", jitter.get("by_s")), _word(jitter, "key"))


def _with_exclusions(spec: Mapping[str, object], trigger: Trigger) -> Trigger:
    excluding = spec.get("excluding")
    if excluding is None:
        return trigger
    if not isinstance(excluding, list) or len(excluding) > MOST_EXCLUSIONS:
        example = '[{"country": "LK"}, {"dates": ["2026-12-25"]}]'
        raise InvalidTrigger("excluding", f"Write a list of at most {MOST_EXCLUSIONS} exclusions, such as {example}.")
    zone = trigger.zone if isinstance(trigger, CronTrigger) else "UTC"
    for each in excluding:
        if not isinstance(each, Mapping):
            raise InvalidTrigger("excluding", f'{each!r} is no exclusion; write one such as {{"country": "LK"}}.')
        trigger = Excluding(trigger, _days(each), _word(each, "zone", zone))
    return trigger


def _days(excluded: Mapping[str, object]) -> Days:
    _check_known(excluded, {"dates", "country", "subdivision", "zone"}, "An exclusion")
    dates, country = excluded.get("dates"), _word(excluded, "country")
    if (dates is None) == (not country):
        raise InvalidTrigger("excluding", "An exclusion has either dates or a country; write one of them.")
    if dates is None:
        return PublicHolidays(country, _word(excluded, "subdivision"))
    if excluded.get("subdivision") is not None:
        raise InvalidTrigger("subdivision", "Dates have no subdivision; leave it out.")
    if not isinstance(dates, list) or len(dates) > MOST_DATES:
        raise InvalidTrigger("dates", f'Write a list of at most {MOST_DATES} dates, such as ["2026-12-25"].')
    return frozenset(map(_date, dates))


def _date(value: object) -> date:
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    # Other forms of ISO 8601, such as 20261225, would not come back as they were written.
    if found is None or found.isoformat() != value:
        raise InvalidTrigger("dates", f"{value!r} is no date; write one such as 2026-12-25.")
    return found


_KINDS: dict[str, tuple[Callable[[Mapping[str, object], datetime | None], Trigger], frozenset[str]]] = {
    "interval": (_interval, frozenset({"kind", "every_s", "start", "end"})),
    "cron": (_cron, frozenset({"kind", "expression", "zone", "gap", "fold", "start", "end", "key"})),
    "once": (_once, frozenset({"kind", "at"})),
}


def _check_known(spec: Mapping[str, object], known: Set[str], what: str) -> None:
    for name in spec:
        if name not in known:
            raise InvalidTrigger(str(name), f"{what} has no {name!r}; leave it out.")


def _seconds(field: str, value: object) -> timedelta:
    if not isinstance(value, int | float) or isinstance(value, bool) or value != value:
        raise InvalidTrigger(field, f"{value!r} is no duration; write a number of seconds.")
    if value > LONGEST_INTERVAL.total_seconds():
        raise InvalidTrigger(field, "That is too long; write at most 100 years, which is 3155760000 s.")
    return timedelta(seconds=max(value, 0))


def _word(spec: Mapping[str, object], field: str, default: str = "") -> str:
    value = spec.get(field)
    if value is None:
        return default
    if not isinstance(value, str):
        raise InvalidTrigger(field, f"{value!r} is no {field}; write text.")
    return value


def _instant(field: str, value: object) -> datetime | None:
    if value is None:
        return None
    try:
        return instant_of(field, datetime.fromisoformat(value) if isinstance(value, str) else value)
    except ValueError:
        raise InvalidTrigger(field, f"{value!r} is no instant; write one such as 2026-11-22T08:00:00Z.") from None


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")
