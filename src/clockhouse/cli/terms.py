"""The options that say when and how often: schedules, policies, time-outs and retries, as the API's bodies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from clockhouse.cli.values import duration


class Overlap(StrEnum):
    SKIP = "skip"
    ALLOW = "allow"
    BUFFER_ONE = "buffer_one"
    BUFFER_ALL = "buffer_all"
    CANCEL_OTHER = "cancel_other"


class CatchUp(StrEnum):
    LAST = "last"
    ALL = "all"
    NONE = "none"


class Backoff(StrEnum):
    FIXED = "fixed"
    EXPONENTIAL = "exponential"


Every = Annotated[
    list[str] | None,
    typer.Option("--every", metavar="DURATION", help="Every 10s, 5m, 2h … (repeatable)."),
]
Cron = Annotated[
    list[str] | None,
    typer.Option("--cron", metavar="EXPRESSION", help="Five fields, or six with seconds (repeatable)."),
]
At = Annotated[
    list[str] | None,
    typer.Option("--at", metavar="INSTANT", help="Once, at 2026-11-22T08:00+05:30 (repeatable)."),
]
Zone = Annotated[
    str | None,
    typer.Option("--zone", metavar="ZONE", help="The time zone of --cron and --at. [default: UTC]"),
]
OverlapOption = Annotated[
    Overlap | None,
    typer.Option(
        "--overlap",
        help="While the one before still runs: skip the new one, run both (allow), let one wait or all, "
        "or stop the other.",
    ),
]
CatchUpOption = Annotated[
    CatchUp | None,
    typer.Option("--catch-up", help="What was missed while the server was down."),
]
TimeOut = Annotated[
    str | None,
    typer.Option("--time-out", metavar="DURATION", help="End it after this long, or none."),
]
AtOnce = Annotated[
    str | None,
    typer.Option("--at-once", metavar="N", help="How many may run at once, or none for no limit of its own."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="INSTANT", help="Resume by itself then, such as 2026-11-22T08:00+05:30."),
]
Attempts = Annotated[int | None, typer.Option("--attempts", min=1, help="Tries in all, the first included.")]
Delay = Annotated[
    str | None,
    typer.Option("--delay", metavar="DURATION", help="The wait before another try."),
]
BackoffOption = Annotated[
    Backoff | None,
    typer.Option("--backoff", help="Later waits: as long as the first, or each twice as long as the one before."),
]
LongestDelay = Annotated[
    str | None,
    typer.Option("--longest-delay", metavar="DURATION", help="What the waits may grow to, or none."),
]


@dataclass(frozen=True, slots=True)
class Terms:
    """What was said about schedules: new triggers, if any, and the policies for all of them."""

    triggers: tuple[dict[str, Any], ...]
    overlap: Overlap | None
    catch_up: CatchUp | None

    @property
    def is_given(self) -> bool:
        return bool(self.triggers) or self.overlap is not None or self.catch_up is not None

    def schedules(self, present: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The new schedules; when no trigger is named, the present ones that have not ended, with the policies said."""
        if self.triggers:
            return [self._with_policies({"trigger": trigger}) for trigger in self.triggers]
        return [
            self._with_policies({name: schedule[name] for name in ("trigger", "overlap", "catch_up")})
            for schedule in present
            if schedule["ended_at"] is None
        ]

    def _with_policies(self, schedule: dict[str, Any]) -> dict[str, Any]:
        if self.overlap is not None:
            schedule["overlap"] = self.overlap.value
        if self.catch_up is not None:
            schedule["catch_up"] = {**schedule.get("catch_up", {}), "mode": self.catch_up.value}
        return schedule


def terms(
    every: Sequence[str] | None,
    cron: Sequence[str] | None,
    at: Sequence[str] | None,
    zone: str | None,
    overlap: Overlap | None,
    catch_up: CatchUp | None,
) -> Terms:
    """Raises BadParameter for a value that cannot be read; whether it makes sense is for the server to say."""
    if zone is not None and not (cron or at):
        raise typer.BadParameter("It goes with --cron or --at.", param_hint="--zone")
    triggers: list[dict[str, Any]] = [
        *({"kind": "interval", "every_s": duration(text)} for text in every or ()),
        *({"kind": "cron", "expression": text, "zone": zone or "UTC"} for text in cron or ()),
        *({"kind": "once", "at": instant(text, zone)} for text in at or ()),
    ]
    return Terms(tuple(triggers), overlap, catch_up)


def time_out(text: str) -> float | None:
    """Seconds; None for `none`, which means no limit."""
    return None if text.strip().lower() == "none" else duration(text)


def at_once(text: str) -> int | None:
    """A number; None for `none`, which means no limit."""
    if text.strip().lower() == "none":
        return None
    if not text.strip().isdecimal():
        raise typer.BadParameter(f"“{text}” is no number. Write one, or none.", param_hint="--at-once")
    return int(text)


def retry(
    attempts: int | None, delay: str | None, backoff: Backoff | None, longest_delay: str | None
) -> dict[str, Any]:
    """What was said of the retry body."""
    said = dict[str, Any]()
    if attempts is not None:
        said["attempts"] = attempts
    if delay is not None:
        said["delay_s"] = duration(delay)
    if backoff is not None:
        said["backoff"] = backoff.value
    if longest_delay is not None:
        said["max_delay_s"] = time_out(longest_delay)
    return said


def until(text: str | None) -> str | None:
    """The instant that a pause ends at."""
    return None if text is None else instant(text, None, "--until")


def instant(text: str, zone: str | None, option: str = "--at") -> str:
    """Raises BadParameter for what is no instant, or does not say in which zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"“{text}” is not an instant. Write it like 2026-11-22T08:00+05:30.", param_hint=option
        ) from None
    if found.tzinfo is None:
        if zone is None:
            or_zone = ", or --zone Asia/Colombo" if option == "--at" else ""
            raise typer.BadParameter(
                f"“{text}” does not say in which zone. Add the offset, as in {text}+05:30{or_zone}.",
                param_hint=option,
            )
        try:
            found = found.replace(tzinfo=ZoneInfo(zone))
        except (ZoneInfoNotFoundError, ValueError):
            raise typer.BadParameter(f"There is no time zone “{zone}”.", param_hint="--zone") from None
    return found.isoformat()
