"""Values as triggers and policies take them: brought into one form, or refused by the name of their field."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clockhouse.task.clock import as_utc
from clockhouse.task.errors import InvalidPolicy, InvalidTrigger

_Choice = TypeVar("_Choice", bound=StrEnum)


def instant_of(field: str, value: object) -> datetime:
    """`value` in UTC; naive means UTC. Raises InvalidTrigger that names `field` for anything that is no instant."""
    if not isinstance(value, datetime):
        raise InvalidTrigger(field, f"{value!r} is no instant; write a datetime such as 2026-11-22T08:00:00Z.")
    try:
        return as_utc(value)
    except OverflowError:
        raise InvalidTrigger(field, f"{value.isoformat()} is outside the years 1 to 9999 in UTC.") from None


def window_of(start: object, end: object) -> tuple[datetime | None, datetime | None]:
    """Both in UTC, None where there is no bound. Raises InvalidTrigger for an end before the start."""
    first = None if start is None else instant_of("start", start)
    last = None if end is None else instant_of("end", end)
    if first is not None and last is not None and last < first:
        raise InvalidTrigger("end", f"The end, {last.isoformat()}, is before the start, {first.isoformat()}.")
    return first, last


def choice_of(kind: type[_Choice], field: str, value: object, refusal: type[InvalidTrigger | InvalidPolicy]) -> _Choice:
    """The member of `kind` that `value` is or spells. Raises `refusal` that names `field` and the values there are."""
    for each in kind:
        if value == each:
            return each
    known = ", ".join(repr(str(each)) for each in kind)
    raise refusal(field, f"{value!r} is no {field}; write one of {known}.")


def zone_of(name: object) -> tzinfo:
    """The time zone of that IANA name. Raises InvalidTrigger("zone") for anything that names none."""
    if not isinstance(name, str):
        raise InvalidTrigger("zone", f"{name!r} is no zone; write text.")
    if name == "UTC":
        return UTC  # the default must work where no time zone data is installed
    # These depend on the machine, or count leap seconds, which our instants don't.
    if name.startswith(("posix", "right/")) or name in ("localtime", "Factory"):
        raise InvalidTrigger("zone", f'"{name}" is no place\'s time zone; write an IANA name such as Europe/Berlin.')
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidTrigger(
            "zone", f'"{name}" is not a known time zone; write an IANA name such as Europe/Berlin, or UTC.'
        ) from None
