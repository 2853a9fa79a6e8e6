"""How answers look: tables and sentences for people, JSON for programs. Rich is used here only."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# A state's mark, its word and its colour: never the colour alone.
STATES: Mapping[str, tuple[str, str, str]] = {
    "planned": ("·", "planned", "dim"),
    "queued": ("…", "queued", "cyan"),
    "started": ("▶", "running", "cyan"),
    "running": ("▶", "running", "cyan"),
    "succeeded": ("✓", "succeeded", "green"),
    "failed": ("✗", "failed", "red"),
    "timed_out": ("◷", "timed out", "red"),
    "cancelled": ("■", "cancelled", "yellow"),
    "skipped": ("»", "skipped", "yellow"),
    "missed": ("○", "missed", "magenta"),
    "lost": ("?", "lost", "magenta"),
}
_LEVELS = {"error": "\x1b[31m", "warning": "\x1b[33m", "debug": "\x1b[2m"}
_COLOUR = r"\x1b\[[0-9;]*m"
# What could move the cursor or talk to the terminal, but for colours, tabs and ends of lines.
_CONTROL = re.compile(rf"{_COLOUR}|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WIDE = 400


def print_json(answer: Any) -> None:
    say(json.dumps(answer, indent=2, ensure_ascii=False))


def print_json_lines(things: Iterable[Any]) -> None:
    """A line of JSON each, at once."""
    for thing in things:
        say(json.dumps(thing, ensure_ascii=False))
    sys.stdout.flush()


def say(line: str) -> None:
    """A line on standard output, as it is."""
    sys.stdout.write(f"{line}\n")


def note(line: str) -> None:
    """A line beside the answer, on standard error."""
    sys.stdout.flush()
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def clean(text: str) -> str:
    """Text that came from elsewhere, with nothing left in it that a terminal would obey."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def table(headings: Sequence[str], rows: Iterable[Sequence[str | Text | None]], *, empty: str) -> None:
    """A row a thing, its name first; `empty` is said instead when there is none."""
    from rich.table import Table

    cells = [[_cell(cell) for cell in row] for row in rows]
    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    # The first column is what people copy into the next command: it stays in one piece at a narrow terminal.
    made.add_column(headings[0], no_wrap=True, min_width=max((len(row[0]) for row in cells), default=None))
    for heading in headings[1:]:
        made.add_column(heading, overflow="fold")
    for row in cells:
        made.add_row(*row)
    if made.row_count:
        _console().print(made)
    else:
        say(empty)


def facts(title: str, pairs: Iterable[tuple[str, str | Text | None]]) -> None:
    """A title, and below it a line a fact; a fact of None is left out."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None:
            made.add_row(f"  {name}", _cell(value))
    _console().print(Text(clean(title), style="bold"))
    if made.row_count:
        _console().print(made)


def state(name: str) -> Text:
    """A state or a build's status: a mark and a word, in its colour."""
    from rich.text import Text

    mark, word, colour = STATES.get(name, ("·", name, ""))
    return Text(f"{mark} {clean(word)}", style=colour)


def strip(executions: Iterable[Mapping[str, Any]]) -> Text | None:
    """A mark an execution, in the order given; None when there is none."""
    from rich.text import Text

    marks = [STATES.get(execution["state"], ("·", "", "")) for execution in executions]
    return Text.assemble(*((mark, colour) for mark, _, colour in marks)) if marks else None


def instant(text: str | None, zone: str | None = None) -> str | None:
    """An instant of the API in a zone, this machine's when none is named; the zone stands behind."""
    if text is None:
        return None
    at = _parsed(text).astimezone(_zone(zone))
    return f"{at:%Y-%m-%d %H:%M:%S} {at:%Z}"


def moment(text: str | None, now: datetime, zone: str | None = None) -> str | None:
    """An instant and how far it is away: `2026-11-22 08:00:00 UTC (in 12 min)`."""
    return None if text is None else f"{instant(text, zone)} ({distance(_parsed(text), now)})"


def now() -> datetime:
    """The present instant, for what is shown beside it."""
    from clockhouse.task.clock import SystemClock  # the whole scheduling library, which `--help` need not wait for

    return SystemClock().now()


def distance(then: datetime, now: datetime) -> str:
    seconds = (then - now).total_seconds()
    return f"in {duration(seconds)}" if seconds > 0 else f"{duration(-seconds)} ago"


def duration(seconds: float | None) -> str:
    """To two digits or so: `240 ms`, `3.5 s`, `12 min`, `5 h`, `3 d`; nothing for None."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    for unit, length, limit in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < limit:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86_400:.0f} d"


def between(start: str | None, end: str | None) -> str:
    """How long it took from one instant of the API to another; nothing while it is not over."""
    return "" if start is None or end is None else duration((_parsed(end) - _parsed(start)).total_seconds())


def size(size_bytes: int) -> str:
    """In the units that limits are given in: `900 B`, `1.5 KiB`, `64.0 MiB`."""
    if size_bytes < 1024:
        return f"{size_bytes} B"
    kibibytes = size_bytes / 1024
    return f"{kibibytes:.1f} KiB" if kibibytes < 1024 else f"{kibibytes / 1024:.1f} MiB"


def commit(body: Mapping[str, Any]) -> str:
    """The short hash and the subject."""
    subject = str(body["message"]).partition("\n")[0]
    return f"{body['sha'][:7]} {subject}"


def log_lines(lines: Iterable[Mapping[str, Any]], *, to_stderr: bool = False) -> None:
    """Lines of a log with their time of day here; a terminal gets colours and nothing else to obey, a file the text."""
    stream = sys.stderr if to_stderr else sys.stdout
    for line in lines:
        at = f"{_parsed(line['at']).astimezone():%H:%M:%S.%f}"[:-3]
        if not stream.isatty():
            stream.write(f"{at} {line['text']}\n")
        elif _has_colour():
            stream.write(f"\x1b[2m{at}\x1b[0m {_LEVELS.get(line['level'], '')}{_safe(line['text'])}\x1b[0m\n")
        else:
            stream.write(f"{at} {clean(line['text'])}\n")
    stream.flush()


def _safe(text: str) -> str:
    """Like `clean`, but the text's own colours stay."""
    return _CONTROL.sub(
        lambda found: found[0] if len(found[0]) > 1 else found[0].encode("unicode_escape").decode(), text
    )


def _cell(cell: str | Text | None) -> Text:
    from rich.text import Text

    if cell is None:
        return Text("")
    return Text(clean(cell), overflow="fold") if isinstance(cell, str) else cell


def _parsed(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _has_colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@cache
def _console() -> Console:
    from rich.console import Console

    # A pipe has no width: a table is as wide as it needs, so that a program finds a row in a line.
    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else _WIDE)
