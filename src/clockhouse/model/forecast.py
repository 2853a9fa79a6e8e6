"""What schedules will do in the next weeks: due times by day, clock changes, days left out, overlaps to be expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from heapq import merge
from itertools import islice

from clockhouse.model.schedule import Terms, without_extras
from clockhouse.model.traffic import Traffic
from clockhouse.task import CronTrigger, Excluding, Jittered, PublicHolidays, Trigger
from clockhouse.task.counting import count
from clockhouse.task.cron import ClockChange
from clockhouse.task.values import zone_of

SPAN_DAYS = 90
LISTED = 24  # due times of a day that are told one by one
_LOOKS = 20_000  # due times that are gone through in all: what it may take of a processor
_SLOW = 6  # so many looks does a jitter take


@dataclass(frozen=True, slots=True)
class Durations:
    """How long executions have taken: half of them no longer than `p50`, 95 of 100 no longer than `p95`.

    `executions` says of how many that is known, `environment` the slug of where they ran; None: anywhere.
    """

    p50: timedelta
    p95: timedelta
    executions: int
    environment: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A clock change, and what it does to the schedule at `position`."""

    position: int
    zone: str
    change: ClockChange


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why the schedule at `position` leaves out so many due times of a day: the name of a holiday, None for a date."""

    position: int
    why: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar.

    `due` has the first due times, at most LISTED; `count` is how many there are. `overlapping` of them will fall due
    while an execution before them is not over, `skipped` of those will not run, if each takes as long as 95 of 100 did.
    """

    date: date
    count: int
    due: tuple[datetime, ...] = ()
    changes: tuple[Change, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    overlapping: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Overlaps:
    """What is to be expected of all days, as of Day; what is neither skipped nor waits runs beside, or stops another.

    Not exact: where there were too many due times to go through, a day's first ones speak for the others.
    """

    found: int = 0
    skipped: int = 0
    waiting: int = 0
    stopped: int = 0
    beside: int = 0
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Forecast:
    """The days from `start` to `end`, of a zone's clocks. `months` has how many are due by month, as (2026, 12).

    `first` are the first five due times. `overlaps` is None where no duration is known.
    """

    zone: str
    start: datetime
    end: datetime
    days: tuple[Day, ...]
    months: dict[tuple[int, int], int]
    first: tuple[datetime, ...]
    overlaps: Overlaps | None

    @property
    def total(self) -> int:
        return sum(day.count for day in self.days)


def forecast(
    terms: Sequence[Terms],
    *,
    start: datetime,
    zone: str | None = None,
    days: int = SPAN_DAYS,
    durations: Durations | None = None,
    at_once: int | None = None,
    counts: Sequence[int] = (),
) -> Forecast:
    """What these schedules of one deployment make due later than `start`, by days of the zone's clocks.

    The zone is the first cron's when not given, else UTC. `counts` says how many executions each schedule has had, for
    one that ends after so many. What it takes of a processor is bounded, however often something is due. Raises
    InvalidTrigger for a zone that is none.
    """
    name = zone or zone_for([each.trigger for each in terms])
    clocks = zone_of(name)
    bounds = _midnights(start, clocks, days)
    courses = [
        _Course(position, each, start, had=counts[position] if position < len(counts) else 0)
        for position, each in enumerate(terms)
    ]
    traffic = Traffic(durations.p95, at_once) if durations else None
    looks = _looks_a_day(terms, days) if traffic else LISTED
    found = tuple(_day(courses, bounds, at, clocks, traffic, looks) for at in range(days))
    months: Counter[tuple[int, int]] = Counter()
    for day in found:
        months[day.date.year, day.date.month] += day.count
    return Forecast(
        zone=name,
        start=start,
        end=bounds[-1],
        days=found,
        months=dict(months),
        first=_first(found),
        overlaps=_summed(traffic) if traffic else None,
    )


def zone_for(triggers: Sequence[Trigger], otherwise: str = "UTC") -> str:
    """Whose days a calendar of these shows: the first cron's zone, else the other one."""
    plain = map(without_extras, triggers)
    return next((each.zone for each in plain if isinstance(each, CronTrigger)), otherwise)


def _midnights(start: datetime, clocks: tzinfo, days: int) -> list[datetime]:
    """Where each day begins, the first at `start`, and where the last one ends."""
    first = start.astimezone(clocks).date()
    later = (datetime.combine(first + timedelta(days=n), time(), clocks).astimezone(UTC) for n in range(1, days + 1))
    return [start + _TICK, *later]


def _looks_a_day(terms: Sequence[Terms], days: int) -> int:
    cost = _SLOW if any(isinstance(each.trigger, Jittered) for each in terms) else 1
    return max(LISTED, _LOOKS // (days * cost))


@dataclass(slots=True)
class _Course:
    """How far one schedule has been followed."""

    position: int
    terms: Terms
    start: datetime
    had: int
    _coming: datetime | None = field(init=False, default=None)
    _left: int | None = field(init=False)

    def __post_init__(self) -> None:
        most = self.terms.max_count
        self._left = None if most is None else max(0, most - self.had)

    def enter(self, since: datetime, until: datetime) -> int:
        """Goes on to a day; how many are due on it."""
        due = count(self.terms.trigger, since, until)
        if self._left is not None:
            due = min(due, self._left)
            self._left -= due
        self._coming = self.terms.trigger.next_after(since - _TICK) if due else None
        return due

    def through(self, due: int) -> Iterator[tuple[datetime, int]]:
        """The due times of the day that was entered, each with the schedule's position."""
        while due and self._coming is not None:
            yield self._coming, self.position
            due -= 1
            self._coming = self.terms.trigger.next_after(self._coming) if due else None

    def changes(self, since: datetime, until: datetime) -> Iterator[Change]:
        plain = without_extras(self.terms.trigger)
        if isinstance(plain, CronTrigger):
            for change in plain.clock_changes(since, until):
                yield Change(self.position, plain.zone, change)

    def left_out(self, since: datetime, until: datetime) -> Iterator[LeftOut]:
        trigger = self.terms.trigger
        trigger = trigger.trigger if isinstance(trigger, Jittered) else trigger
        while isinstance(trigger, Excluding):
            for first, last, day in trigger.stretches(since, until):
                missing = count(trigger.trigger, first, last) if day else 0
                if day and missing:
                    name = trigger.days.name_of(day) if isinstance(trigger.days, PublicHolidays) else None
                    yield LeftOut(self.position, name, missing)
            trigger = trigger.trigger


def _day(
    courses: Sequence[_Course],
    bounds: Sequence[datetime],
    at: int,
    clocks: tzinfo,
    traffic: Traffic | None,
    looks: int,
) -> Day:
    since, until = bounds[at], bounds[at + 1]
    first = bounds[0].astimezone(clocks).date()
    numbers = [each.enter(since, until) for each in courses]
    total = sum(numbers)
    # Each is only followed as far as it is among the first of all.
    coming = merge(*(each.through(number) for each, number in zip(courses, numbers, strict=True)))
    looked = list(islice(coming, looks))
    arriving = [(due, courses[which].terms.overlap) for due, which in looked]
    clash = traffic.pass_through(arriving, total) if traffic else None
    return Day(
        date=first + timedelta(days=at),
        count=total,
        due=tuple(due for due, _ in looked[:LISTED]),
        changes=tuple(change for each in courses for change in each.changes(since, until)),
        left_out=tuple(reason for each in courses for reason in each.left_out(since, until)),
        overlapping=clash.found if clash else 0,
        skipped=clash.skipped if clash else 0,
    )


def _first(days: Sequence[Day], most: int = 5) -> tuple[datetime, ...]:
    found: list[datetime] = []
    for day in days:
        found += day.due
        if len(found) >= most:
            break
    return tuple(found[:most])


def _summed(traffic: Traffic) -> Overlaps:
    total = traffic.total
    return Overlaps(total.found, total.skipped, total.waiting, total.stopped, total.beside, traffic.is_exact)


_TICK = timedelta.resolution
