"""Messages of alerts: that an incident began, or that it is over, for one channel each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KEPT_UP = timedelta(hours=24)  # for so long a message is tried again
GATHERED = timedelta(minutes=1)  # what comes within this time of a message goes to the same channel in one
MOST_TOGETHER = 20
LEASE = timedelta(minutes=2)  # a sending takes much less
_FIRST_DELAY, _LONGEST_DELAY = timedelta(seconds=15), timedelta(hours=1)


class Side(StrEnum):
    BEGAN = "began"
    OVER = "over"


class State(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"  # not delivered in all the time that it was tried
    DROPPED = "dropped"  # there is nothing to tell any more


@dataclass(frozen=True, slots=True)
class Message:
    """What became of one: `error` is why it was not delivered so far, or why it never is."""

    channel: str
    side: Side
    state: State
    attempts: int
    error: str | None
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class News:
    """What one message is about, with the names that a person knows it by.

    `is_repeated`: a server went away while it sent this, so that it may have been told before.
    """

    id: str
    side: Side
    project: str
    component: str
    environment: str
    sentence: str
    began_at: datetime
    reason: str
    execution_id: str | None
    over_at: datetime | None
    is_repeated: bool = False

    @property
    def title(self) -> str:
        over = "over: " if self.side is Side.OVER else ""
        return f"{self.project}/{self.component} in {self.environment}: {over}{self.sentence}"

    @property
    def text(self) -> str:
        since = f"Since {_said(self.began_at)}"
        if self.side is Side.OVER and self.over_at is not None:
            lines = [f"{since}; over since {_said(self.over_at)}."]
        else:
            lines = [f"{since}.", *([self.reason] if self.reason else [])]
        if self.is_repeated:
            lines.append("This may have been told before: the server went away while it was being sent.")
        return "\n".join(lines)

    @property
    def path(self) -> str:
        """Where the console shows it."""
        component = f"/projects/{self.project}/components/{self.component}"
        return f"{component}/overview" if self.execution_id is None else f"{component}/executions/{self.execution_id}"


def delay_after(failures: int) -> timedelta:
    """How long a channel is left alone after so many failures in a row."""
    return min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** min(failures - 1, 12))


def _said(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
