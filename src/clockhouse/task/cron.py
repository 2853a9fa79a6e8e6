"""Cron schedules in a time zone, with declared behaviour where the zone's clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from clockhouse.task.clock import as_utc
from clockhouse.task.errors import InvalidTrigger
from clockhouse.task.expression import LAST_YEAR, Expression, parse
from clockhouse.task.values import choice_of, window_of, zone_of


class Gap(StrEnum):
    """What becomes of local times that a clock change skips."""

    AFTER = "after"  # they fire, together once, at the first instant after the gap
    SKIP = "skip"  # they don't fire


class Fold(StrEnum):
    """What becomes of local times that a clock change repeats."""

    FIRST = "first"  # they fire once, in the first pass
    BOTH = "both"  # they fire in each


class Effect(StrEnum):
    """What a clock change does to what is due by the local times that it skips or repeats."""

    NOTHING = "nothing"  # none of these local times is due
    MOVED = "moved"  # what is skipped fires right after the gap
    LEFT_OUT = "left_out"  # what is skipped doesn't fire
    ONCE = "once"  # what is repeated fires in the first pass
    TWICE = "twice"  # what is repeated fires in each
    GOES_ON = "goes_on"  # it keeps running in real time: nothing is lost and nothing comes too often


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A change of the clocks of a zone, and what it means for a schedule.

    At `at` they go forward by `by`, or back where that is negative: `wall` is the first local time (naive) that is
    skipped or repeated. `due` of those local times are the schedule's.
    """

    at: datetime
    by: timedelta
    wall: datetime
    due: int
    effect: Effect


@dataclass(frozen=True, slots=True)
class CronTrigger:
    """Due whenever the clocks of `zone` (an IANA name) show a time that `expression` allows.

    **Expression.** Five fields, minute hour day-of-month month day-of-week, or six with the second first. Each is a
    list of `*`, numbers, ranges `1-5` and steps `*/5`, `10-40/10`, `5/15` (from 5 on). Case does not matter.

    - Names: JAN to DEC, SUN to SAT; Sunday is 0 or 7.
    - Day-of-month: `L` the last day, `L-3` three days before it, `15W` the Monday to Friday nearest to the 15th within
      the month, `LW` the last Monday to Friday.
    - Day-of-week: `5L` the last Friday of the month, `5#2` the second. `?` in either means `*`.
    - `H`: a value that `key` decides, the same one for ever; so that many schedules spread. `H/15` every 15 from such
      a value on, `H(0-29)` within a range. A day-of-month is spread over 1 to 28.
    - Aliases: @hourly @daily @midnight @weekly @monthly @yearly @annually.
    - Both day fields restricted: a day that fits either, as POSIX says. A field that starts with `*`, a step such as
      `*/2` included, is not a restricted one, as in Vixie cron: then a day must fit both.

    **Clock changes.** Whether a schedule is meant for a time of day or to go on and on decides what is expected of it.
    It *keeps running* if its hours are all 24, or its minute field is a star or has a step (`0 * * * *`,
    `*/5 8-18 * * *`); otherwise it is *for a time of day* (`30 2 * * *`, `0 */6 * * *`). Much like Vixie cron:

    - Repeated local times. One that keeps running fires in both passes, so that an every-five-minutes job goes on
      every five real minutes. One for a time of day follows `fold`.
    - Skipped local times. With `Gap.SKIP` they don't fire. With `Gap.AFTER` they fire at the first instant after the
      gap, once however many were skipped, and not in addition to a fire at that very instant. One that keeps running
      does so only if it would otherwise have nothing due within as much time after the gap as was skipped: it went on
      in real time, so nothing was lost.

    **Window.** Nothing is due before `start` or after `end`; both are included, naive means UTC. The years 1 and 9999
    are outside the calendar.

    Raises InvalidTrigger that names the field, and NeverFires for an expression such as 30 February.
    """

    expression: str
    zone: str = "UTC"
    gap: Gap = Gap.AFTER
    fold: Fold = Fold.FIRST
    start: datetime | None = None
    end: datetime | None = None
    key: str = ""
    _before: datetime = field(init=False, repr=False, compare=False)
    _last: datetime = field(init=False, repr=False, compare=False)
    _allowed: Expression = field(init=False, repr=False, compare=False)
    _zone: tzinfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, value in (("expression", self.expression), ("key", self.key)):
            if not isinstance(value, str):
                raise InvalidTrigger(name, f"{value!r} is no {name}; write text.")
        start, end = window_of(self.start, self.end)
        object.__setattr__(self, "gap", choice_of(Gap, "gap", self.gap, InvalidTrigger))
        object.__setattr__(self, "fold", choice_of(Fold, "fold", self.fold, InvalidTrigger))
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "end", end)
        object.__setattr__(self, "_before", max(start or _EARLIEST, _EARLIEST) - _TICK)
        object.__setattr__(self, "_last", min(end or _LATEST, _LATEST))
        object.__setattr__(self, "_allowed", parse(self.expression, self.key))
        object.__setattr__(self, "_zone", zone_of(self.zone))

    def next_after(self, instant: datetime) -> datetime | None:
        """The first fire strictly later than `instant` (naive means UTC), in UTC; None when there is none left."""
        after = instant if instant.tzinfo is UTC else as_utc(instant)
        if after < self._before:
            after = self._before
        if after >= self._last:
            return None
        zone = self._zone
        if zone is UTC:
            fire = self._allowed.first_after(after, UTC)
        else:
            local = after.astimezone(zone)
            found = self._allowed.first_after(local, zone)
            if found is None:
                return None
            is_steady = _is_shown_once(local) and _is_shown_once(found)
            fire = found.astimezone(UTC) if is_steady else self._first_near_change(after, local)
        return fire if fire is not None and fire <= self._last else None

    def matches(self, instant: datetime) -> bool:
        """Whether it fires at `instant` (naive means UTC): what `next_after` finds, asked without a search for it."""
        at = as_utc(instant)
        if not self._before < at <= self._last:
            return False
        local = at.astimezone(self._zone)
        wall = local.replace(tzinfo=None, fold=0)
        if self._allowed.allows(wall) and (not local.fold or self._repeats):
            return True
        skipped = self._offset_at(at) - self._offset_at(at - _TICK)
        return skipped > timedelta() and self._makes_up(wall, skipped)

    def count(self, start: datetime, end: datetime) -> int:
        """How many fires there are from `start` on and before `end` (naive means UTC), without going through them.

        Takes a look at each day.
        """
        since, until = max(as_utc(start), self._before + _TICK), min(as_utc(end), self._last + _TICK)
        total = 0
        for change in self._changes(since, until):
            total += self._count_steady(since, change.at)
            since = change.at
        return total + self._count_steady(since, until)

    def clock_changes(self, start: datetime, end: datetime) -> list[ClockChange]:
        """The changes of its zone's clocks from `start` on and before `end` (naive means UTC), the first one first."""
        since, until = max(as_utc(start), _EARLIEST) - _TICK, min(as_utc(end), _LATEST)
        return [self._told(change) for change in self._changes(since, until)]

    def _told(self, change: _Change) -> ClockChange:
        by = change.after - change.before
        first, last = sorted((change.wall_before, change.wall_after))
        due = self._allowed.count(first, last) if self._before < change.at <= self._last else 0
        return ClockChange(change.at, by, first, due, self._effect(change) if due else Effect.NOTHING)

    def _effect(self, change: _Change) -> Effect:
        keeps_running = self._allowed.keeps_running
        if change.is_fold:
            return Effect.GOES_ON if keeps_running else Effect.TWICE if self._repeats else Effect.ONCE
        if self._makes_up(change.wall_after, change.after - change.before):
            return Effect.MOVED
        return Effect.GOES_ON if keeps_running and self.gap is Gap.AFTER else Effect.LEFT_OUT

    def _changes(self, start: datetime, end: datetime) -> Iterator[_Change]:
        """The clock changes later than `start` and before `end`. None comes within a day of another."""
        at, before = start, self._offset_at(start)
        while at < end:
            following = min(at + _DAY, end)
            after = self._offset_at(following)
            if after != before:
                low, high = at, following
                while high - low > _TICK:
                    middle = low + (high - low) // 2
                    low, high = (low, middle) if self._offset_at(middle) == after else (middle, high)
                if high < end:
                    yield _Change(high, before, after)
            at, before = following, after

    def _count_steady(self, start: datetime, end: datetime) -> int:
        """The same of a stretch within which no clock changes; one may at its start."""
        if start >= end:
            return 0
        local, offset = start.astimezone(self._zone), self._offset_at(start)
        wall, last = local.replace(tzinfo=None, fold=0), (end + offset).replace(tzinfo=None)
        if local.fold and not self._repeats:
            change = self._change_at(wall.replace(microsecond=0))
            wall = change.wall_before if change else wall
        is_made_up = not self._allowed.allows(wall) and self.matches(start)
        return self._allowed.count(wall, last) + is_made_up

    @property
    def _repeats(self) -> bool:
        return self._allowed.keeps_running or self.fold is Fold.BOTH

    def _first_near_change(self, after: datetime, local: datetime) -> datetime | None:
        """The first fire later than `after`, which the clocks show as `local`, found by way of the clock changes."""
        here = local.replace(tzinfo=None, microsecond=0, fold=0)
        wall = here + _SECOND
        change = self._change_at(here)
        if change is not None and change.is_fold:
            fire = self._first_in_fold(change, wall, in_first_pass=after < change.at)
            if fire is not None:
                return fire
            wall = change.wall_before
        while (found := self._allowed.first_from(wall)) is not None:
            change = self._change_at(found)
            if change is None:
                return _instant(found, _offset(found, self._zone))
            if change.is_fold:
                return _instant(found, change.before)
            if self._makes_up(change.wall_after, change.after - change.before):
                return change.at
            wall = change.wall_after
        return None

    def _first_in_fold(self, change: _Change, wall: datetime, *, in_first_pass: bool) -> datetime | None:
        """The first fire from `wall` on in what is left of the repeated hour; None if that has none."""
        if in_first_pass:
            found = self._allowed.first_from(wall)
            if found is not None and found < change.wall_before:
                return _instant(found, change.before)
            wall = change.wall_after
        if not self._repeats:
            return None
        found = self._allowed.first_from(wall)
        return _instant(found, change.after) if found is not None and found < change.wall_before else None

    def _makes_up(self, wall: datetime, skipped: timedelta) -> bool:
        """Whether there is a fire right after a gap that ends at local `wall`, for what fell into it."""
        lost = self._allowed.first_from(wall - skipped)
        if self.gap is Gap.SKIP or lost is None or lost >= wall:
            return False
        if not self._allowed.keeps_running:
            return True
        own = self._allowed.first_from(wall)
        return own is None or own >= wall + skipped

    def _offset_at(self, instant: datetime) -> timedelta:
        return instant.astimezone(self._zone).utcoffset() or timedelta()

    def _change_at(self, wall: datetime) -> _Change | None:
        """The clock change that skips or repeats the local time `wall`; None for all the others."""
        before, after = _offset(wall, self._zone), _offset(wall.replace(fold=1), self._zone)
        if before == after:
            return None
        # The change is later than `low` and not later than `high`, on a whole second.
        low, high = _instant(wall, max(before, after)), _instant(wall, min(before, after))
        while high - low > _SECOND:
            middle = low + (high - low) // _SECOND // 2 * _SECOND
            low, high = (low, middle) if self._offset_at(middle) == after else (middle, high)
        return _Change(high, before, after)


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of a zone's offset from UTC, at the instant `at`."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def is_fold(self) -> bool:
        return self.after < self.before

    @property
    def wall_before(self) -> datetime:
        """What the clocks would have shown at `at`: where a gap begins, and where a fold ends."""
        return (self.at + self.before).replace(tzinfo=None)

    @property
    def wall_after(self) -> datetime:
        """What the clocks show at `at`: where a gap ends, and where a fold begins."""
        return (self.at + self.after).replace(tzinfo=None)


_TICK = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
_LATEST = datetime(LAST_YEAR, 12, 31, tzinfo=UTC)


def _is_shown_once(local: datetime) -> bool:
    """Whether no clock change skips or repeats `local`."""
    return local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset()


def _offset(wall: datetime, zone: tzinfo) -> timedelta:
    return wall.replace(tzinfo=zone).utcoffset() or timedelta()


def _instant(wall: datetime, offset: timedelta) -> datetime:
    return (wall - offset).replace(tzinfo=UTC, fold=0)
