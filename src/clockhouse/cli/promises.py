"""`clockhouse promises`: what schedules promised in a window, and what became of it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from clockhouse.cli import output, terms, values
from clockhouse.cli.command import Here, command
from clockhouse.cli.values import slug

_ENDS = ("succeeded", "failed", "timed_out", "cancelled", "skipped", "missed", "lost")


def register(app: typer.Typer) -> None:
    command(app, "promises", epilog="Example: clockhouse promises shop --from 2026-11-01T00:00Z")(promises)


def promises(
    here: Here,
    subject: values.Subject = None,
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", parser=slug, metavar="ENVIRONMENT", help="There only.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="INSTANT", help="Due then or later; 30 days ago if not given.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="INSTANT", help="Due before; now if not given.")] = None,
) -> None:
    """Compare what schedules promised with what was delivered."""
    project, component = values.subject(subject)
    found = here.client.get(
        "/metrics/promises",
        project=project,
        component=component,
        environment=environment,
        start=None if first is None else terms.instant(first, None, "--from"),
        end=None if last is None else terms.instant(last, None, "--to"),
    )
    here.show(found, table)


def table(found: dict[str, Any]) -> None:
    """Prints a row for each component and environment, with a column for each outcome that there is."""
    places = found["places"]
    ends = [state for state in _ENDS if any(place["counts"].get(state) for place in places)]
    output.say(f"Due from {output.instant(found['start'])} to {output.instant(found['end'])}:")
    output.table(
        ["COMPONENT", "ENVIRONMENT", "PROMISED", "STARTED", *(_word(state).upper() for state in ends), "OPEN", "LATE"],
        ([*_named(place), *(str(place["counts"].get(state, 0)) for state in ends), *_rest(place)] for place in places),
        empty="No schedule promised anything in this time.",
    )


def _named(place: dict[str, Any]) -> list[str]:
    name = f"{place['project']}/{place['component']}"
    return [name, place["environment"], str(place["promised"]), str(place["delivered"])]


def _rest(place: dict[str, Any]) -> list[str]:
    """What is not over, and how late half and nearly all of them start."""
    under_way = place["promised"] - sum(place["counts"].get(state, 0) for state in _ENDS)
    late = [output.duration(place[name]) or "0 s" for name in ("late_p50_s", "late_p99_s") if place[name] is not None]
    return [str(under_way), " … ".join(late)]


def _word(state: str) -> str:
    return output.STATES[state][1]
