"""Messages of alerts: that an incident began, or that it is over, for one channel each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KEPT_UP = timedelta(hours=24)  # for so long a message is tried again
GATHERED = timedelta(minutes=1)  # what comes within this time of a message goes to the same channel in one
MOST_TOGETHER = 500
_LONGEST_LINE, _LONGEST_TEXT = 180, 1900  # services cut what is longer
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
    alert_id: str
    incident_id: str
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
    def place(self) -> str:
        return f"{self.project}/{self.component} in {self.environment}"

    @property
    def title(self) -> str:
        return f"{self.place}: {'over: ' if self.side is Side.OVER else ''}{self.sentence}"

    @property
    def text(self) -> str:
        since = f"Since {_said(self.began_at)}"
        if self.side is Side.OVER and self.over_at is not None:
            lines = [f"{since}; over since {_said(self.over_at)}."]
        else:
            lines = [f"{since}.", *([_cut(self.reason, _LONGEST_TEXT - 300)] if self.reason else [])]
        if self.is_repeated:
            lines.append(_REPEATED)
        return "\n".join(lines)

    @property
    def path(self) -> str:
        """Where the console shows it."""
        component = f"/projects/{self.project}/components/{self.component}"
        return f"{component}/overview" if self.execution_id is None else f"{component}/executions/{self.execution_id}"


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel is told in one: `path` is where the console shows more."""

    title: str
    text: str
    path: str
    is_bad: bool


def together(news: Sequence[News]) -> Told:
    """One message of all of these, which are of one project; what is of the same rule and place is one line of it.

    Those that it has no room for are counted: the console, where it leads to, has them all.
    """
    groups = _grouped(news)
    is_bad = any(group[-1].side is Side.BEGAN for group in groups)
    last = news[-1]
    if len(news) == 1:
        return Told(last.title, last.text, last.path, is_bad)
    lines = _fitting([_line(group) for group in groups])
    if any(each.is_repeated for each in news):
        lines.append(_REPEATED)
    text = "\n".join(lines)
    if len(groups) == 1:
        return Told(last.title, text, last.path, is_bad)
    return Told(f"{last.project}: {len(groups)} alerts", text, f"/projects/{last.project}/incidents", is_bad)


def delay_after(failures: int) -> timedelta:
    """How long a channel is left alone after so many failures in a row."""
    return min(_LONGEST_DELAY, _FIRST_DELAY * (1 << min(failures - 1, 12)))


_MORE = "- and {} more, in the console"
_REPEATED = "This may have been told before: the server went away while it was being sent."


def _grouped(news: Sequence[News]) -> list[list[News]]:
    """By rule and place, the first first."""
    found: dict[tuple[str, str, str], list[News]] = {}
    for each in news:
        found.setdefault((each.alert_id, each.component, each.environment), []).append(each)
    return list(found.values())


def _fitting(lines: Sequence[str]) -> list[str]:
    left, found = _LONGEST_TEXT - len(_REPEATED) - len(_MORE.format(MOST_TOGETHER)) - 2, list[str]()
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            return [*found, _MORE.format(len(lines) - len(found))]
        found.append(line)
    return found


def _line(group: Sequence[News]) -> str:
    last, times = group[-1], len({each.incident_id for each in group})
    often = "" if times == 1 else f", {times} times"
    end = f"; over since {_said(last.over_at)}" if last.side is Side.OVER and last.over_at is not None else ""
    what = _cut(f"{last.place}: {last.sentence}", _LONGEST_LINE - 80)
    return f"- {what}{often}, since {_said(group[0].began_at)}{end}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _said(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
