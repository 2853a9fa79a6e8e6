"""Triggers as plain data: the shape in which they are stored, and sent by people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from clockhouse.task.clock import as_utc
from clockhouse.task.cron import CronTrigger, Fold, Gap
from clockhouse.task.errors import InvalidTrigger
from clockhouse.task.trigger import LONGEST_INTERVAL, DateTrigger, IntervalTrigger, Trigger
from clockhouse.task.values import choice_of, instant_of

Spec = dict[str, str | float | None]
"""A trigger as JSON: instants are ISO 8601 in UTC, durations are seconds."""


def to_spec(trigger: Trigger) -> Spec:
    """The spec from which `from_spec` makes an equal trigger. Raises InvalidTrigger("kind") for one not of ours."""
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
        case _:
            raise InvalidTrigger("kind", f"A {type(trigger).__name__} cannot be stored; use one of clockhouse.task.")


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
    for name in spec:
        if name not in known:
            raise InvalidTrigger(name, f"A trigger of kind {kind} has no {name!r}; leave it out.")
    return read(spec, now)


def _interval(spec: Mapping[str, object], now: datetime | None) -> IntervalTrigger:
    start = _instant("start", spec.get("start"))
    if start is None:
        if now is None:
            raise InvalidTrigger("start", "The interval has no start; write one such as 2026-11-22T08:00:00Z.")
        start = as_utc(now)
    return IntervalTrigger(_seconds(spec.get("every_s")), start, _instant("end", spec.get("end")))


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


_KINDS: dict[str, tuple[Callable[[Mapping[str, object], datetime | None], Trigger], frozenset[str]]] = {
    "interval": (_interval, frozenset({"kind", "every_s", "start", "end"})),
    "cron": (_cron, frozenset({"kind", "expression", "zone", "gap", "fold", "start", "end", "key"})),
    "once": (_once, frozenset({"kind", "at"})),
}


def _seconds(value: object) -> timedelta:
    if not isinstance(value, int | float) or isinstance(value, bool) or value != value:
        raise InvalidTrigger("every", f"{value!r} is no interval; write a number of seconds.")
    if value > LONGEST_INTERVAL.total_seconds():
        raise InvalidTrigger("every", "The interval is too long; write at most 100 years, which is 3155760000 s.")
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
