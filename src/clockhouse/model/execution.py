"""Executions: one occurrence of a schedule, or one manual start, and what became of it."""

from __future__ import annotations

import signal as signals
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clockhouse.task import MissedReason


class State(StrEnum):
    """Planned, queued and started are open; every execution ends in exactly one of the others."""

    PLANNED = "planned"
    QUEUED = "queued"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    MISSED = "missed"
    LOST = "lost"

    @property
    def is_open(self) -> bool:
        return self in (State.PLANNED, State.QUEUED, State.STARTED)


# What counts as a failure of the code: what was lost is not its fault.
FAILURES = frozenset({State.FAILED, State.TIMED_OUT})
# What a retry policy answers to: an execution that was stopped or never started is not tried again.
RETRIED = frozenset({State.FAILED, State.TIMED_OUT, State.LOST})


class Origin(StrEnum):
    SCHEDULE = "schedule"
    CATCH_UP = "catch_up"
    MANUAL = "manual"
    BACKFILL = "backfill"  # somebody wanted the due times of a range that has passed
    AGAIN = "again"  # somebody wanted an earlier one once more, as it was


# What a schedule has promised; the others are what a person asked for.
PROMISED = frozenset({Origin.SCHEDULE, Origin.CATCH_UP})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an execution ended as it did: a code for programs and a sentence for people."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What an attempt took: processor seconds and the most memory at once."""

    cpu_s: float | None = None
    peak_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended; what is not known is None."""

    state: State
    reason: Reason | None = None
    exit_code: int | None = None
    signal: int | None = None
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that ended before the present one; `ran_on` as in `Execution`."""

    number: int
    outcome: Outcome
    claimed_at: datetime
    started_at: datetime | None
    finished_at: datetime
    ran_on: str | None


@dataclass(frozen=True, slots=True)
class Execution:
    """One row of the ledger, with the names that a person knows it by.

    `arguments` are the values that a person gave for this start alone, in the place of the deployment's; `repeats` is
    the id of the execution that this one does again, which may be gone. `due_at` is when it should start, `claimed_at`
    when a worker took it, `started_at` the instant right before the first line of user code. `stop_requested_by` is
    the name of who asked for it to be stopped. `ran_on` is the name of the agent, or of the server's machine, where its
    present attempt runs or the last one ran; None before that, and where a server of an earlier version took it.
    """

    id: str
    project: str
    component: str
    environment: str
    deployment_id: str
    deployment: int
    schedule_id: str | None
    build: int
    commit: str
    state: State
    origin: Origin
    due_at: datetime
    queued_at: datetime | None
    claimed_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    attempt: int
    exit_code: int | None
    signal: int | None
    reason: Reason | None
    requested_by: str | None
    arguments: Mapping[str, object]
    repeats: str | None
    backfill_id: str | None
    stop_requested_by: str | None
    usage: Usage
    ran_on: str | None

    @property
    def duration(self) -> timedelta | None:
        return duration(self.state, self.started_at, self.finished_at)


def duration(state: State, started_at: datetime | None, finished_at: datetime | None) -> timedelta | None:
    """From the first line of user code to the end.

    None while it runs, when it never started, and when it was lost: then `finished_at` is when that was found out.
    """
    if started_at is None or finished_at is None or state is State.LOST:
        return None
    return finished_at - started_at


def ended(exit_code: int | None, signal: int | None, usage: Usage, last_words: str = "") -> Outcome:
    """The outcome of code that ended by itself; its last words, if it had any, are most often why."""
    if exit_code == 0:
        return Outcome(State.SUCCEEDED, None, 0, None, usage)
    if exit_code is not None:
        why = f": {last_words}" if last_words else "."
        reason = Reason("exit_code", f"The task ended with exit code {exit_code}{why}")
        return Outcome(State.FAILED, reason, exit_code, None, usage)
    name = signals.Signals(signal).name if signal in set(signals.Signals) else f"number {signal}"
    reason = Reason("signal", f"The task was ended by the signal {name}, which Clockhouse did not send.")
    return Outcome(State.FAILED, reason, None, signal, usage)


def stopped_by(name: str) -> Reason:
    return Reason("stopped", f"{name} stopped it.")


def stop_reason(code: str | None, by: str) -> Reason:
    """Why one that runs is to stop: by its code, or on somebody's wish."""
    return REPLACED if code == REPLACED.code else stopped_by(by)


def no_agent(environment: str, since: datetime | None) -> Reason:
    """Why one waits that agents are to run; `since` is when the last of them was there, None for never."""
    when = "yet" if since is None else f"since {since:%Y-%m-%d %H:%M:%S} UTC"
    return Reason("no_agent", f"It waits for an agent: none of {environment} has asked for work {when}.")


def timed_out(limit: timedelta) -> Reason:
    return Reason("time_out", f"It took longer than its time-out of {words(limit)}, and was ended.")


def not_started(why: str) -> Reason:
    return Reason("not_started", f"The code could not be started: {why}")


SERVER_STOPPED = Reason("server_stopped", "The server was stopped before it ended.")
SERVER_LOST = Reason("server_lost", "The server that ran it went away without a word, so how it ended is not known.")
OUT_OF_MEMORY = Reason("out_of_memory", "It used more memory than it may, and was ended by the system.")
BROKEN = Reason("internal", "Clockhouse itself failed at following it; the server's log has the details.")
OVERLAP = Reason("overlap", "The execution before it was not over yet, and the schedule does not let them overlap.")
ONE_WAITS = Reason("one_waits", "Another one waits already for the execution before it, and only one may wait.")
SCHEDULE_ENDED = Reason("schedule_ended", "Its schedule ended before it started, since too many in a row had failed.")
WAITS_IN_BACKFILL = Reason("waits", "It waits until those before it in its backfill are over.")
WAITS = Reason("waits", "It waits for its turn: it starts when an execution before it is over.")
NEWER = "a newer occurrence"  # who wants what is replaced to stop
REPLACED = Reason("replaced", "A newer occurrence fell due, and took its place.")
UNDEPLOYED = Reason("undeployed", "The deployment was stopped or replaced before it started.")

_MISSED_IN_PAUSE = {
    MissedReason.SUPERSEDED: "It fell due while the deployment was paused; a later one was run in its place.",
    MissedReason.TOO_LATE: "It fell due while the deployment was paused, and is later by now than the schedule allows.",
}
_MISSED = {
    MissedReason.SUPERSEDED: "Nothing could start it when it was due; a later one was run in its place.",
    MissedReason.TOO_LATE: "Nothing could start it when it was due, and by now it is later than the schedule allows.",
    MissedReason.NO_CATCH_UP: "Nothing could start it when it was due, and the schedule does not catch up.",
}


def missed(why: MissedReason, *, was_paused: bool = False) -> Reason:
    sentences = {**_MISSED, **_MISSED_IN_PAUSE} if was_paused else _MISSED
    return Reason(str(why), sentences[why])


def was_in_pause(reason: Reason) -> bool:
    """Whether one that is missed fell due while its deployment was paused."""
    return reason.sentence in _MISSED_IN_PAUSE.values()


def unreadable(why: str) -> Reason:
    return Reason("unreadable", f"The schedule cannot be read any more, and has ended: {why} Deploy it again.")


def said(error: Exception) -> str:
    """The sentence that an error has for people; its kind and its text when it has none."""
    sentence = getattr(error, "sentence", None)
    if isinstance(sentence, str):
        return sentence
    text = f"{type(error).__name__}: {error}".removesuffix(": ")
    return text if text.endswith((".", "!", "?")) else f"{text}."


def paused(by: str, note: str) -> Reason:
    return Reason("paused", f"{by} had paused the deployment{f': {note}' if note else '.'}")


def words(duration: timedelta) -> str:
    """A duration as a person says it: `1.5 s`, `20 s`, `5 min`, `2 h 30 min`."""
    seconds = duration.total_seconds()
    if seconds < 60:
        return f"{seconds:g} s"
    parts = [(int(seconds) // 86400, "d"), (int(seconds) % 86400 // 3600, "h"), (int(seconds) % 3600 // 60, "min")]
    parts.append((int(seconds) % 60, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
