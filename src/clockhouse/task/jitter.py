"""Due times spread over a while, so that what is planned for the same instant does not start together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clockhouse.task.clock import as_utc
from clockhouse.task.errors import InvalidTrigger
from clockhouse.task.trigger import LONGEST_INTERVAL, Trigger, check_trigger, end_of


@dataclass(frozen=True, slots=True)
class Jittered:
    """Due when `trigger` is, each time later by less than `by`: how much, `key` and the time itself decide.

    The delay is the same in every process and for ever. It ends before the trigger's next due time, so that
    occurrences keep their order and no two coincide, and it never carries one beyond the trigger's end. Different
    keys spread differently; give each schedule its own. Raises InvalidTrigger for a `by` that is not positive or is
    above LONGEST_INTERVAL (100 years).
    """

    trigger: Trigger
    by: timedelta
    key: str = ""

    def __post_init__(self) -> None:
        check_trigger(self.trigger)
        if not isinstance(self.by, timedelta):
            raise InvalidTrigger("by", f"{self.by!r} is no duration; write a timedelta.")
        if not timedelta() < self.by <= LONGEST_INTERVAL:
            raise InvalidTrigger("by", f"A jitter of {self.by} cannot be; write more than zero, at most 36525 days.")
        if not isinstance(self.key, str):
            raise InvalidTrigger("key", f"{self.key!r} is no key; write text.")

    @property
    def end(self) -> datetime | None:
        """The end of the trigger within, in UTC, which is the end of this one too; None where it has none."""
        return end_of(self.trigger)

    def next_after(self, instant: datetime) -> datetime | None:
        """The first due instant strictly later than `instant` (naive means UTC), in UTC; None when none is left.

        Takes some five looks at the trigger where its due times are evenly spaced, and never more than a hundred.
        """
        after = as_utc(instant)
        coming = self.trigger.next_after(after)
        following = None if coming is None else self.trigger.next_after(coming)
        period = self.by if coming is None or following is None else following - coming
        # What fell due last may have been put off until after `after`.
        last = self._last_until(after, period)
        if last is not None:
            due = self._put_off(last, coming)
            if due > after:
                return due
        return None if coming is None else self._put_off(coming, following)

    def _put_off(self, base: datetime, following: datetime | None) -> datetime:
        """When the occurrence at `base` is due, with the next one at `following`."""
        room = self.by if following is None else min(self.by, following - base)
        # Up to the end and no further; with none, to the end of the calendar.
        room = min(room, max((self.end or _LATEST) - base, timedelta()) + _TICK)
        digest = hashlib.sha256(f"{base.isoformat()} {self.key}".encode(errors="surrogatepass")).digest()
        share = int.from_bytes(digest[:8])
        return base + (share * (room // _TICK) >> 64) * _TICK

    def _last_until(self, after: datetime, guess: timedelta) -> datetime | None:
        """The trigger's last due time up to `after`, if it is so late that it could be put off beyond `after`.

        A trigger only tells what comes next. So this looks back twice as far each time until something is found,
        then halves what is left after it: the work does not grow with the number of due times within `by`.
        """
        back = min(guess, self.by)
        while (found := self._next_until(after, _before(after, back))) is None:
            if back >= self.by:
                return None
            back = min(back * 2, self.by)
        until = after  # nothing is due later than this, up to `after`
        while (later := self._next_until(after, found)) is not None:
            middle = later + (until - later) // 2
            beyond = self._next_until(after, middle)
            found, until = (later, middle) if beyond is None else (beyond, until)
        return found

    def _next_until(self, after: datetime, instant: datetime) -> datetime | None:
        found = self.trigger.next_after(instant)
        return found if found is not None and found <= after else None


_TICK = timedelta.resolution
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


def _before(instant: datetime, by: timedelta) -> datetime:
    """`instant` - `by`, or the first instant there is."""
    return instant - by if instant - _EARLIEST > by else _EARLIEST
