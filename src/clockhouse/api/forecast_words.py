"""What a calendar foretells as a person says it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from clockhouse.model.execution import words
from clockhouse.model.forecast import Change, Durations, Overlaps
from clockhouse.task.cron import Effect

_EFFECTS = {
    Effect.NOTHING: "Nothing is due in that time.",
    Effect.LEFT_OUT: "{due} falls into it and is left out.",
    Effect.ONCE: "{due} comes twice and runs the first time only.",
    Effect.TWICE: "{due} comes twice and runs both times.",
    Effect.GOES_ON: "It goes on at the same pace.",
}


def of_change(found: Change) -> str:
    """`Clocks go forward by 1 h at 02:00. One due time falls into it and runs right after, at 03:00.`"""
    change = found.change
    direction = "forward" if change.by > timedelta() else "back"
    at = change.wall if change.by > timedelta() else change.wall - change.by
    head = f"Clocks in {found.zone} go {direction} by {words(abs(change.by))} at {_clock(at)}."
    if change.effect is Effect.MOVED:
        after = _clock(change.at.astimezone(ZoneInfo(found.zone)))
        if change.due == 1:
            return f"{head} One due time falls into it and runs right after, at {after}."
        return f"{head} {change.due:,} due times fall into it and run together, once, right after, at {after}."
    due = "One due time" if change.due == 1 else f"Each of {change.due:,} due times"
    return f"{head} {_EFFECTS[change.effect].format(due=due)}"


def of_overlaps(found: Overlaps, durations: Durations, total: int) -> str:
    """What is to be expected, and what it is reckoned from."""
    how_long = words(_rounded(durations.p95))
    basis = f"95 of 100 executions took {how_long} or less"
    if not found.found:
        return f"No overlaps to be expected: {basis}."
    number = f"{found.found:,}" if found.exact else f"About {found.found:,}"
    outcome = [
        f"{found.skipped:,} would be skipped" if found.skipped else "",
        f"{found.waiting:,} would wait" if found.waiting else "",
        f"{found.stopped:,} would stop the one before" if found.stopped else "",
        f"{found.beside:,} would run beside it" if found.beside else "",
    ]
    told = ", ".join(filter(None, outcome))
    return f"{number} of {total:,} fall due while one before still runs, if each takes {how_long}: {told}."


def _rounded(duration: timedelta) -> timedelta:
    seconds = duration.total_seconds()
    return timedelta(seconds=float(f"{seconds:.2g}") if seconds < 60 else round(seconds))


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}".removesuffix(":00")
