"""A cron expression as bit sets of the local times it allows, and the first of them from a given one."""

from __future__ import annotations

import hashlib
import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache, reduce
from operator import or_

from clockhouse.task.errors import InvalidTrigger, NeverFires

LAST_YEAR = 9998
"""The search ends here: in year 9999 an offset could carry a local time out of the calendar."""

_ONE_SECOND = timedelta(seconds=1)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Expression:
    """The local times an expression allows, to the second. Bit n of a set stands for the value n.

    `days` holds the days allowed in a month, by the month's shape (see `_shape`): the year enters into nothing else,
    so that a search only ever steps through months, at most forty years of them (29 February on a given weekday).
    `times` holds the minutes allowed of the 1,440 of a day, so that the next one is found at one look.
    """

    seconds: int
    times: int
    months: int
    days: tuple[int, ...]
    keeps_running: bool  # every hour is allowed, or the minute is a star or has a step: see CronTrigger

    def allows(self, wall: datetime) -> bool:
        """Whether the local time `wall` is one of this expression's."""
        return bool(
            wall.microsecond == 0
            and self.seconds >> wall.second & 1
            and self.times >> wall.hour * 60 + wall.minute & 1
            and self.months >> wall.month & 1
            and self.days[_shape(wall.year, wall.month)] >> wall.day & 1
        )

    def first_from(self, wall: datetime) -> datetime | None:
        """The first naive local time at or after `wall`, a whole second; None if there is none up to LAST_YEAR."""
        return self.first_after(wall - _ONE_SECOND, None)

    def first_after(self, wall: datetime, zone: tzinfo | None) -> datetime | None:
        """The first local time in a second after that of `wall`, as of `zone`; None if there is none up to LAST_YEAR.

        Only what the clocks show is looked at, `wall`'s own zone is not; the answer has fold 0.
        """
        year, month, day = wall.year, wall.month, wall.day
        if self.days[_shape(year, month)] >> day & 1 and self.months >> month & 1:
            minute = wall.hour * 60 + wall.minute
            seconds = self.seconds >> wall.second + 1
            if seconds and self.times >> minute & 1:
                second = wall.second + (seconds & -seconds).bit_length()
                return datetime(year, month, day, wall.hour, wall.minute, second, 0, zone)
            times = self.times >> minute + 1
            if times:
                hour, minute = divmod(minute + (times & -times).bit_length(), 60)
                return datetime(year, month, day, hour, minute, _lowest(self.seconds, 0), 0, zone)
        return self._first_on_a_day_after(year, month, day, zone)

    def count(self, start: datetime, end: datetime) -> int:
        """How many naive local times from `start` on and before `end` it allows, by a look at each day."""
        if start >= end:
            return 0
        total = self._until(end) - self._until(start)
        a_day = self.times.bit_count() * self.seconds.bit_count()
        day = start.date()
        while day < end.date():
            total += a_day if self._allows_day(day) else 0
            day += _ONE_DAY
        return total

    def _until(self, wall: datetime) -> int:
        """How many times of `wall`'s day are allowed before it."""
        if not self._allows_day(wall):
            return 0
        minute = wall.hour * 60 + wall.minute
        whole = (self.times & (1 << minute) - 1).bit_count() * self.seconds.bit_count()
        if not self.times >> minute & 1:
            return whole
        second = wall.second + (wall.microsecond > 0)
        return whole + (self.seconds & (1 << second) - 1).bit_count()

    def _allows_day(self, day: date) -> bool:
        return bool(self.months >> day.month & 1 and self.days[_shape(day.year, day.month)] >> day.day & 1)

    def _first_on_a_day_after(self, year: int, month: int, day: int, zone: tzinfo | None) -> datetime | None:
        day += 1
        while year <= LAST_YEAR:
            if self.months >> month & 1:
                found = _lowest(self.days[_shape(year, month)], day)
                if found >= 0:
                    hour, minute = divmod(_lowest(self.times, 0), 60)
                    return datetime(year, month, found, hour, minute, _lowest(self.seconds, 0), 0, zone)
            month, day = _lowest(self.months, month + 1), 1
            if month < 0:
                year, month = year + 1, _lowest(self.months, 1)
        return None


@lru_cache(maxsize=4096)
def parse(text: str, key: str) -> Expression:
    """Read an expression of five or six fields, or an alias such as @daily; `key` is what `H` is spread by.

    Raises InvalidTrigger("expression") that names the field and the value, and NeverFires if no date has such a day.
    """
    reader = _Reader(text, key)
    words = _words(text)
    second, minute, hour, day, month, weekday = words if len(words) == 6 else ["0", *words]
    hours, minutes = reader.bits(_HOUR, hour), reader.bits(_MINUTE, minute)
    expression = Expression(
        seconds=reader.bits(_SECOND, second),
        times=_union(minutes << 60 * each for each in range(24) if hours >> each & 1),
        months=reader.bits(_MONTH, month),
        days=_days_by_shape(reader, day, weekday),
        keeps_running=hours == _HOUR.every or minute.startswith("*") or "/" in minute,
    )
    if not any(expression.days[shape] for shape in _shapes_of(expression.months)):
        raise NeverFires(
            "expression", f'"{text}" never fires: no month it names has such a day. Change the day or the month.'
        )
    return expression


# --- fields ---


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()  # of the values from `low` on
    spread_high: int = 0  # up to where H spreads, if not `high`

    @property
    def every(self) -> int:
        return sum(1 << value for value in range(self.low, self.high + 1))


_SECOND = _Field("second", 0, 59)
_MINUTE = _Field("minute", 0, 59)
_HOUR = _Field("hour", 0, 23)
_DAY = _Field("day-of-month", 1, 31, spread_high=28)  # every month has a 28th
_MONTH = _Field("month", 1, 12, ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"))
_WEEKDAY = _Field("day-of-week", 0, 6, ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))

_ALIASES = {
    "@HOURLY": "0 * * * *",
    "@DAILY": "0 0 * * *",
    "@MIDNIGHT": "0 0 * * *",
    "@WEEKLY": "0 0 * * 0",
    "@MONTHLY": "0 0 1 * *",
    "@YEARLY": "0 0 1 1 *",
    "@ANNUALLY": "0 0 1 1 *",
}

_LONGEST = 1000  # characters: more than any sensible list, little enough to read and to repeat in an error

_ITEM = re.compile(r"(?:(?P<star>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?", re.ASCII)
_SPREAD = re.compile(r"H(?:\((?P<first>\d+)-(?P<last>\d+)\))?(?:/(?P<step>\d+))?", re.ASCII)


def _words(text: str) -> list[str]:
    if len(text) > _LONGEST:
        raise InvalidTrigger("expression", f"The expression is {len(text)} characters long; write at most {_LONGEST}.")
    words = text.upper().split()
    if len(words) == 1 and words[0].startswith("@"):
        if words[0] not in _ALIASES:
            known = ", ".join(alias.lower() for alias in _ALIASES)
            raise InvalidTrigger("expression", f'"{text}" is no alias for a schedule; write one of {known}.')
        return _ALIASES[words[0]].split()
    if words and words[0].startswith(("TZ=", "CRON_TZ=")):
        raise InvalidTrigger("expression", f'"{text}" names a time zone; write it in the zone instead.')
    if len(words) not in (5, 6):
        raise InvalidTrigger(
            "expression",
            f'"{text}" has {len(words)} fields; write five (minute hour day-of-month month day-of-week), '
            "or six with the second first.",
        )
    return words


class _Reader:
    """Reads the fields of one expression."""

    def __init__(self, text: str, key: str) -> None:
        self._text = text
        self._key = key

    def refused(self, field: _Field, item: str, why: str) -> InvalidTrigger:
        return InvalidTrigger("expression", f'"{item}" in the {field.name} field of "{self._text}" {why}')

    def bits(self, field: _Field, word: str) -> int:
        return _union(self.item(field, item) for item in word.split(","))

    def item(self, field: _Field, item: str) -> int:
        if item.startswith("H"):
            return self._spread(field, item)
        match = _ITEM.fullmatch(item)
        if match is None:
            raise self.refused(field, item, f"cannot be read; write {self._example(field)}.")
        if match["star"]:
            return self._stepped(field, item, field.low, field.high, match["step"])
        if match["last"]:
            return self._range(field, item, match["first"], match["last"], match["step"])
        first = self.value(field, item, match["first"])
        return self._stepped(field, item, first, field.high if match["step"] else first, match["step"])

    def value(self, field: _Field, item: str, word: str) -> int:
        if word in field.names:
            return field.low + field.names.index(word)
        if field is _WEEKDAY and word == "7":
            return 0
        # Longer numbers are out of range anyway, and int() refuses absurd ones with an error of its own.
        if not word.isdecimal() or len(word) > 4 or not field.low <= int(word) <= field.high:
            raise self.refused(field, item, f"is not allowed there; write {self._example(field)}.")
        return int(word)

    def _range(self, field: _Field, item: str, first_word: str, last_word: str, step: str | None) -> int:
        first, last = self.value(field, item, first_word), self.value(field, item, last_word)
        if field is _WEEKDAY and last == 0 and (first > 0 or last_word == "7" != first_word):
            last = 7  # a Sunday that ends a range comes after Saturday
        if last < first:
            wrapped = f"{first_word}-{self._written(field, field.high)},{self._written(field, field.low)}-{last_word}"
            raise self.refused(field, item, f"runs backwards; write {wrapped} if it should wrap around.")
        bits = self._stepped(field, item, first, last, step)
        return (bits | bits >> 7) & field.every if field is _WEEKDAY else bits

    @staticmethod
    def _written(field: _Field, value: int) -> str:
        return field.names[value - field.low] if field.names else str(value)

    def _spread(self, field: _Field, item: str) -> int:
        match = _SPREAD.fullmatch(item)
        if match is None:
            raise self.refused(field, item, "cannot be read; write H, H/15 or H(0-29).")
        first, last = field.low, field.spread_high or field.high
        if match["first"]:
            first, last = self.value(field, item, match["first"]), self.value(field, item, match["last"])
        if last < first:
            raise self.refused(field, item, "runs backwards; write the smaller number first.")
        digest = hashlib.sha256(f"{field.name}:{self._key}".encode(errors="surrogatepass")).digest()
        spread = int.from_bytes(digest[:8])
        if not match["step"]:
            return 1 << first + spread % (last - first + 1)
        step = self._step(field, item, match["step"], last - first + 1)
        return self._stepped(field, item, first + spread % step, last, match["step"])

    def _stepped(self, field: _Field, item: str, first: int, last: int, step: str | None) -> int:
        by = self._step(field, item, step, field.high - field.low + 1) if step else 1
        return sum(1 << value for value in range(first, last + 1, by))

    def _step(self, field: _Field, item: str, step: str, most: int) -> int:
        if len(step) > 4 or not 1 <= int(step) <= most:
            raise self.refused(
                field, item, f"has a step of {step}; write 1 to {most}, or use an interval for longer ones."
            )
        return int(step)

    @staticmethod
    def _example(field: _Field) -> str:
        names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
        high = 7 if field is _WEEKDAY else field.high
        return f"{field.low} to {high}{names}, a range, a list, * or a step such as */2"


# --- days ---

# The days of a month of a shape: from its length and the weekday of its first (0 is Sunday), the days as a bit set.
_DayRule = Callable[[int, int], int]

_FROM_LAST = re.compile(r"L(?:-(\d{1,2}))?", re.ASCII)
_NEAREST = re.compile(r"(\d{1,2})W", re.ASCII)
_LAST_OF = re.compile(r"(\w+)L", re.ASCII)
_NTH = re.compile(r"(\w+)#(\d)", re.ASCII)


def _days_by_shape(reader: _Reader, day: str, weekday: str) -> tuple[int, ...]:
    day_rules = [_day_rule(reader, item) for item in _plain(day).split(",")]
    weekday_rules = [_weekday_rule(reader, item) for item in _plain(weekday).split(",")]
    # Both fields restricted means either, as POSIX says; a field that starts with a star isn't, as Vixie cron says.
    either = not day.startswith(("*", "?")) and not weekday.startswith(("*", "?"))
    shapes = []
    for first in range(7):
        for length in range(28, 32):
            by_day = _union(rule(length, first) for rule in day_rules)
            by_weekday = _union(rule(length, first) for rule in weekday_rules)
            shapes.append(by_day | by_weekday if either else by_day & by_weekday)
    return tuple(shapes)


def _plain(word: str) -> str:
    return "*" if word == "?" else word


def _day_rule(reader: _Reader, item: str) -> _DayRule:
    if match := _FROM_LAST.fullmatch(item):
        back = int(match[1] or 0)
        if back > 30:
            raise reader.refused(_DAY, item, "goes back beyond the month; write L-1 to L-30.")
        return lambda length, _first: 1 << length - back if length > back else 0
    if item == "LW":
        return lambda length, first: 1 << _nearest_working_day(length, length, first)
    if match := _NEAREST.fullmatch(item):
        day = reader.value(_DAY, item, match[1])
        return lambda length, first: 1 << _nearest_working_day(day, length, first) if day <= length else 0
    bits = reader.item(_DAY, item)
    return lambda length, _first: bits & (2 << length) - 1


def _weekday_rule(reader: _Reader, item: str) -> _DayRule:
    if item == "L":
        raise reader.refused(_WEEKDAY, item, "needs its weekday; write 5L or FRIL for the last Friday.")
    if match := _LAST_OF.fullmatch(item):
        weekday = reader.value(_WEEKDAY, item, match[1])
        return lambda length, first: 1 << length - (first + length - 1 - weekday) % 7
    if match := _NTH.fullmatch(item):
        weekday, nth = reader.value(_WEEKDAY, item, match[1]), int(match[2])
        if not 1 <= nth <= 5:
            raise reader.refused(_WEEKDAY, item, "counts outside a month; write #1 to #5.")
        return lambda length, first: _days_of_weekday(weekday, length, first) & 0b1111111 << nth * 7 - 6
    bits = reader.item(_WEEKDAY, item)
    weekdays = [weekday for weekday in range(7) if bits >> weekday & 1]
    return lambda length, first: _union(_days_of_weekday(weekday, length, first) for weekday in weekdays)


def _days_of_weekday(weekday: int, length: int, first: int) -> int:
    return sum(1 << day for day in range(1 + (weekday - first) % 7, length + 1, 7))


def _nearest_working_day(day: int, length: int, first: int) -> int:
    """The Monday to Friday nearest to `day` in the same month."""
    weekday = (first + day - 1) % 7
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 0:
        return day + 1 if day < length else day - 2
    return day


# --- months and bit sets ---


@lru_cache(maxsize=4096)
def _shape(year: int, month: int) -> int:
    """A month's place in `Expression.days`: which weekday its first is, and how long it is."""
    first, length = monthrange(year, month)
    return (first + 1) % 7 * 4 + length - 28


@lru_cache(maxsize=64)
def _shapes_of(months: int) -> set[int]:
    """Every shape the months of a bit set ever have: 28 years see each kind of year."""
    return {_shape(year, month) for year in range(2000, 2028) for month in range(1, 13) if months >> month & 1}


def _union(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)


def _lowest(bits: int, low: int) -> int:
    """The lowest member of a bit set that is at least `low`; -1 if there is none."""
    rest = bits >> low << low
    return (rest & -rest).bit_length() - 1
