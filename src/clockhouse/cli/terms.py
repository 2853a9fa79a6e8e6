"""The options that say when and how often: schedules, policies, time-outs and retries, as the API's bodies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from clockhouse.cli.options import grouped
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
Start = Annotated[
    str | None, typer.Option("--start", metavar="INSTANT", help="Nothing is due before; of an interval the first.")
]
End = Annotated[str | None, typer.Option("--end", metavar="INSTANT", help="Nothing is due after, or none.")]
Jitter = Annotated[
    str | None,
    typer.Option("--jitter", metavar="DURATION", help="Each time later by less than this, to spread load; or none."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="DATE", help="A day left out, such as 2026-12-25 (repeatable), or none."),
]
Holidays = Annotated[
    list[str] | None,
    typer.Option("--holidays", metavar="COUNTRY", help="Public holidays left out: LK, DE-BE (repeatable), or none."),
]
MaxCount = Annotated[
    str | None, typer.Option("--max-count", metavar="N", help="The schedule ends after so many executions, or none.")
]
EndAfterFailures = Annotated[
    str | None,
    typer.Option("--end-after-failures", metavar="N", help="It ends when so many in a row have failed, or none."),
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
AfterPause = Annotated[
    bool | None,
    typer.Option(
        "--after-pause/--not-after-pause",
        help="Catch up what fell due in a pause, too, when it is over.",
        show_default=False,
    ),
]
TimeOut = Annotated[
    str | None,
    typer.Option("--time-out", metavar="DURATION", help="End it after this long, or none."),
]
AtOnce = Annotated[
    str | None,
    typer.Option("--at-once", metavar="N", help="How many may run at once, or none for no limit of its own."),
]
Container = Annotated[
    list[str] | None,
    typer.Option(
        "--container",
        metavar="NAME=VALUE",
        help="What it may have in a container: memory=512 (MiB), cpus=0.5, processes=64, network=none. For what the "
        "server says: none, for a network: server. Can be repeated.",
    ),
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


_KEPT = ("trigger", "overlap", "catch_up", "max_count", "end_after_failures")


@dataclass(frozen=True, slots=True)
class Terms:
    """What was said about schedules: new triggers, if any, what each of them gets, and the policies for all of them."""

    triggers: tuple[dict[str, Any], ...]
    shape: Mapping[str, Any]  # parts of a trigger of any kind
    window: Mapping[str, Any]  # parts of a trigger that is due again and again
    policies: Mapping[str, Any]
    catch_up: Mapping[str, Any]  # parts of what a schedule has

    @property
    def is_given(self) -> bool:
        return any((self.triggers, self.shape, self.window, self.policies, self.catch_up))

    def schedules(self, present: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The new schedules; when no trigger is named, the present ones that have not ended, with what was said."""
        if self.triggers:
            return [self._with_what_was_said({"trigger": trigger}) for trigger in self.triggers]
        going_on = (schedule for schedule in present if schedule["ended_at"] is None)
        return [self._with_what_was_said({name: schedule[name] for name in _KEPT}) for schedule in going_on]

    def _with_what_was_said(self, schedule: dict[str, Any]) -> dict[str, Any]:
        window = {} if schedule["trigger"]["kind"] == "once" else self.window
        said = {**schedule, "trigger": {**schedule["trigger"], **self.shape, **window}, **self.policies}
        if self.catch_up:
            said["catch_up"] = {**schedule.get("catch_up", {}), **self.catch_up}
        return said


def terms(
    *,
    every: Every = None,
    cron: Cron = None,
    at: At = None,
    zone: Zone = None,
    start: Start = None,
    end: End = None,
    jitter: Jitter = None,
    exclude: Exclude = None,
    holidays: Holidays = None,
    overlap: OverlapOption = None,
    catch_up: CatchUpOption = None,
    after_pause: AfterPause = None,
    max_count: MaxCount = None,
    end_after_failures: EndAfterFailures = None,
) -> Terms:
    """Raises BadParameter for a value that cannot be read; whether it makes sense is for the server to say."""
    if zone is not None and not (cron or at or start or end or exclude or holidays):
        raise typer.BadParameter("It goes with --cron, --at or days left out.", param_hint="--zone")
    triggers: list[dict[str, Any]] = [
        *({"kind": "interval", "every_s": duration(text)} for text in every or ()),
        *({"kind": "cron", "expression": text, "zone": zone or "UTC"} for text in cron or ()),
        *({"kind": "once", "at": instant(text, zone)} for text in at or ()),
    ]
    window = {
        name: None if _is_none(text) else instant(text, zone, f"--{name}")
        for name, text in (("start", start), ("end", end))
        if text is not None
    }
    policies: dict[str, Any] = {} if overlap is None else {"overlap": overlap.value}
    if max_count is not None:
        policies["max_count"] = number(max_count, "--max-count")
    if end_after_failures is not None:
        policies["end_after_failures"] = number(end_after_failures, "--end-after-failures")
    late: dict[str, Any] = {} if catch_up is None else {"mode": catch_up.value}
    if after_pause is not None:
        late["after_pause"] = after_pause
    return Terms(tuple(triggers), _shape(jitter, exclude, holidays, zone), window, policies, late)


asked = grouped(asked=terms)
"""A command that has the options of `terms` in the place of its parameter `asked`, and gets what they said."""


def _shape(
    jitter: str | None, exclude: Sequence[str] | None, holidays: Sequence[str] | None, zone: str | None
) -> dict[str, Any]:
    said = dict[str, Any]()
    if jitter is not None:
        said["jitter"] = None if _is_none(jitter) else {"by_s": duration(jitter)}
    if not exclude and not holidays:
        return said
    where = {} if zone is None else {"zone": zone}
    dates = [text.strip() for text in exclude or () if not _is_none(text)]
    countries = [text.strip().partition("-") for text in holidays or () if not _is_none(text)]
    said["excluding"] = [
        *({"country": country, "subdivision": part or None, **where} for country, _, part in countries),
        *([{"dates": dates, **where}] if dates else []),
    ]
    return said


def _is_none(text: str) -> bool:
    return text.strip().lower() == "none"


def time_out(text: str) -> float | None:
    """Seconds; None for `none`, which means no limit."""
    return None if _is_none(text) else duration(text)


def number(text: str, option: str) -> int | None:
    """A whole number; None for `none`, which means no limit."""
    if _is_none(text):
        return None
    if not text.strip().isdecimal():
        raise typer.BadParameter(f"“{text}” is no number. Write one, or none.", param_hint=option)
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


def container(texts: Sequence[str]) -> dict[str, Any]:
    """What a container may have, of `memory=512`, `cpus=0.5`, `processes=64`, `network=none` each."""
    hint = "--container"
    found: dict[str, Any] = {}
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        if name == "network" and value:
            found["network"] = None if value == "server" else value
        elif name == "cpus" and (_is_none(value) or re.fullmatch(r"\d+(\.\d+)?|\.\d+", value)):
            found["cpus"] = None if _is_none(value) else float(value)
        elif name == "memory":
            mebibytes = number(value, hint)
            found["memory_bytes"] = None if mebibytes is None else mebibytes * 1024 * 1024
        elif name == "processes":
            found["processes"] = number(value, hint)
        else:
            raise typer.BadParameter(
                f"“{text}” is none of memory=512, cpus=0.5, processes=64, network=none.", param_hint=hint
            )
    return found
