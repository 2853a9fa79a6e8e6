"""Days on which nothing is due: any collection of dates, and the public holidays of a country."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Protocol

from clockhouse.task.clock import as_utc
from clockhouse.task.errors import InvalidTrigger
from clockhouse.task.trigger import Trigger, check_trigger, end_of
from clockhouse.task.values import zone_of

LONGEST_EXCLUSION = timedelta(days=36525)
"""A hundred years: a trigger whose occurrences have all been excluded for so long has none left."""


class Days(Protocol):
    """Anything that says with `in` whether a date is one of its own, the same answer every time."""

    def __contains__(self, day: date, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays of a country (ISO 3166, such as LK), and of one subdivision of it if one is named.

    They come from the `holidays` package, `pip install holidays`, and are what the installed version of it knows.
    Raises InvalidTrigger("country") where it is missing or does not know the country, InvalidTrigger("subdivision")
    for one that the country has not.
    """

    country: str
    subdivision: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("country", self.country), ("subdivision", self.subdivision or "")):
            if not isinstance(value, str):
                raise InvalidTrigger(name, f"{value!r} is no {name}; write its code as text, such as LK.")
        object.__setattr__(self, "subdivision", self.subdivision or None)
        _check_known(self.country, self.subdivision)

    def __contains__(self, day: object, /) -> bool:
        return isinstance(day, date) and day in _holidays_of(self.country, self.subdivision, day.year)

    def name_of(self, day: date) -> str | None:
        """What is celebrated on that day, in English where that is known; None when it is no holiday."""
        return _holidays_of(self.country, self.subdivision, day.year).get(day)


@dataclass(frozen=True, slots=True)
class Excluding:
    """Due when `trigger` is, except where the clocks of `zone` (an IANA name) show a date that is one of `days`.

    A set or list of dates is kept as a frozenset; anything else with `in` is asked as it is, and must always give the
    same answers: `PublicHolidays`, or a calendar of the `holidays` package. What falls on an excluded day is left out,
    not moved to another. Nothing is due when everything was excluded for LONGEST_EXCLUSION (100 years). The years 1
    and 9999 are outside the calendar. Raises InvalidTrigger that names the field.
    """

    trigger: Trigger
    days: Days
    zone: str = "UTC"
    _zone: tzinfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_trigger(self.trigger)
        object.__setattr__(self, "days", _days_of(self.days))
        object.__setattr__(self, "_zone", zone_of(self.zone))

    @property
    def end(self) -> datetime | None:
        """The end of the trigger within, in UTC; None where it has none."""
        return end_of(self.trigger)

    def next_after(self, instant: datetime) -> datetime | None:
        """The first occurrence of the trigger strictly later than `instant`, on a day that is not excluded, in UTC.

        None when there is none left. A naive `instant` means UTC. Excluded days are passed over a whole day at a
        time, so that it takes no longer for having many occurrences on each.
        """
        due = self.trigger.next_after(max(as_utc(instant), _EARLIEST - _TICK))
        patience: datetime | None = None
        while due is not None and due < _LATEST:
            if due.astimezone(self._zone).date() not in self.days:
                return due
            patience = patience or min(due, _LATEST - LONGEST_EXCLUSION) + LONGEST_EXCLUSION
            if due >= patience:
                return None
            due = self.trigger.next_after(_same_day_until(due, self._zone) - _TICK)
        return None

    def stretches(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, date | None]]:
        """The time from `start` on and before `end` (naive means UTC), day by day of its zone, in instants of UTC.

        Each stretch has where it begins and ends, and its date where that is excluded; None where it isn't.
        """
        at, until = as_utc(start), as_utc(end)
        while at < until:
            following = min(_same_day_until(at, self._zone), until)
            day = at.astimezone(self._zone).date()
            yield at, following, day if day in self.days else None
            at = following


_TICK = timedelta.resolution
_ONE_DAY = timedelta(days=1)
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 12, 31, tzinfo=UTC)


def _days_of(days: object) -> object:
    if isinstance(days, str) or not hasattr(days, "__contains__"):
        raise InvalidTrigger("days", f"{days!r} holds no dates; write a set of dates, or PublicHolidays.")
    if not isinstance(days, set | frozenset | list | tuple):
        return days
    for each in days:
        if not isinstance(each, date) or isinstance(each, datetime):
            raise InvalidTrigger("days", f"{each!r} is no date; write one such as date(2026, 12, 25).")
    return frozenset(days)


def _same_day_until(at: datetime, zone: tzinfo) -> datetime:
    """An instant later than `at`, as late as is known, before which the clocks of `zone` go on showing the same day.

    It is the next midnight, or a clock change before it: what clocks show then may be any day, even the one before.
    """
    local = at.astimezone(zone)
    midnight = datetime.combine(local.date() + _ONE_DAY, time())
    end, offset = at + (midnight - local.replace(tzinfo=None)), local.utcoffset()
    if end.astimezone(zone).utcoffset() == offset:
        return end
    low, high = at, end
    while high - low > _TICK:
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
    return high


def countries() -> dict[str, list[str]]:
    """The countries whose public holidays are known, by code, each with its subdivisions; empty without the package.

    The first call takes about a second.
    """
    try:
        from holidays import list_supported_countries
    except ImportError:
        return {}
    return dict(sorted(list_supported_countries().items()))


@lru_cache(maxsize=1024)
def _check_known(country: str, subdivision: str | None) -> None:
    try:
        from holidays import country_holidays
    except ImportError:
        raise InvalidTrigger(
            "country", "Public holidays need the package holidays; install it with: pip install holidays"
        ) from None
    try:
        country_holidays(country)
    except NotImplementedError:
        raise InvalidTrigger(
            "country", f'The public holidays of "{country}" are not known; write a country\'s code such as LK or DE.'
        ) from None
    try:
        country_holidays(country, subdiv=subdivision)
    except NotImplementedError:
        raise InvalidTrigger(
            "subdivision", f'{country} has no subdivision "{subdivision}" with holidays known; leave it out.'
        ) from None


@lru_cache(maxsize=1024)
def _holidays_of(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    from holidays import country_holidays

    # A calendar of that package grows as it is asked, which threads must not see: take a year's worth once.
    found = country_holidays(country, subdiv=subdivision, years=year, expand=False, language="en_US")
    return dict(found)
