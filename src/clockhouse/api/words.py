"""Schedules as a person says them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cron_descriptor import FormatError, Options, get_description

from clockhouse.model.execution import words
from clockhouse.model.schedule import without_extras
from clockhouse.task import (
    CronTrigger,
    DateTrigger,
    Excluding,
    IntervalTrigger,
    Jittered,
    PublicHolidays,
    Trigger,
)
from clockhouse.task.calendar import Days

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_ALIASES = {
    "@hourly": "Every hour, on the hour",
    "@daily": "Every day at 00:00",
    "@midnight": "Every day at 00:00",
    "@weekly": "Every Sunday at 00:00",
    "@monthly": "On the first of every month at 00:00",
    "@yearly": "On 1 January at 00:00",
    "@annually": "On 1 January at 00:00",
}
_UNITS = {
    timedelta(days=1): "day",
    timedelta(hours=1): "hour",
    timedelta(minutes=1): "minute",
    timedelta(seconds=1): "second",
}


def of(trigger: Trigger) -> str:
    """`Every 10 seconds`, `At 08:00, Monday through Friday`, `Once, on 22 November 2026 at 08:00`, without the zone."""
    match trigger:
        case Jittered():
            return f"{of(trigger.trigger)}, up to {words(trigger.by)} later"
        case Excluding():
            return _without_days(trigger)
        case IntervalTrigger():
            unit = _UNITS.get(trigger.every)
            return f"Every {unit or _plural(trigger.every)}"
        case CronTrigger():
            return _cron(trigger.expression) if not trigger.key else _cron(_spread(trigger))
        case DateTrigger():
            return f"Once, on {trigger.at.day} {trigger.at:%B %Y at %H:%M:%S}"
    return "By a trigger of its own"


def zone_of(trigger: Trigger) -> str:
    """The IANA zone in which the words are meant."""
    plain = without_extras(trigger)
    return plain.zone if isinstance(plain, CronTrigger) else "UTC"


def _without_days(trigger: Trigger) -> str:
    left_out: list[str] = []
    while isinstance(trigger, Excluding):
        left_out.insert(0, _days(trigger.days))
        trigger = trigger.trigger
    return f"{of(trigger)}, but not on {' or '.join(left_out)}"


def _days(days: Days) -> str:
    if isinstance(days, PublicHolidays):
        place = f"{days.country}, {days.subdivision}" if days.subdivision else days.country
        return f"public holidays ({place})"
    if not isinstance(days, frozenset):
        return "some days"
    return f"{next(iter(days)):%-d %B %Y}" if len(days) == 1 else f"{len(days)} days"


def _plural(every: timedelta) -> str:
    for unit, name in _UNITS.items():
        if every % unit == timedelta():
            return f"{every // unit} {name}s"
    return f"{every.total_seconds():.6f}".rstrip("0") + " seconds"


def _spread(trigger: CronTrigger) -> str:
    """Its expression with the minute and the hour that an H of it stands for; the same where there is none."""
    fields = trigger.expression.split()
    if len(fields) not in (5, 6) or not {"H", "h"} & {fields[-5], fields[-4]}:
        return trigger.expression
    first = CronTrigger(trigger.expression, key=trigger.key).next_after(_SOME_DAY)
    if first is not None:
        fields[-5:-3] = [
            str(value) if field in ("H", "h") else field
            for field, value in zip(fields[-5:-3], (first.minute, first.hour), strict=True)
        ]
    return " ".join(fields)


def _cron(expression: str) -> str:
    alias = _ALIASES.get(expression.strip().lower())
    if alias:
        return alias
    options = Options()
    options.use_24hour_time_format = True
    try:
        return str(get_description(expression, options))
    except FormatError:  # H, say: it knows fewer forms than we fire
        return f"By the cron expression {expression}"
