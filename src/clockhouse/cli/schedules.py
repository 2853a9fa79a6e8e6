"""`clockhouse schedule calendar`: what schedules would do in the next weeks, before they are deployed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from clockhouse.cli import output, terms, values
from clockhouse.cli.command import Here, command

app = typer.Typer(no_args_is_help=True, help="See what schedules would do.")

_EXAMPLE = 'Example: clockhouse schedule calendar --cron "0 8 * * 1-5" --zone Asia/Colombo'


def calendar(
    here: Here,
    ref: Annotated[
        values.Ref | None,
        typer.Argument(metavar="[PROJECT/COMPONENT]", parser=values.ref, help="With how long its executions take."),
    ] = None,
    environment: Annotated[
        str,
        typer.Option(
            "--environment", "-e", parser=values.slug, metavar="ENVIRONMENT", help="Whose schedules, if none is given."
        ),
    ] = "development",
    *,
    asked: terms.Terms,
    days: Annotated[int, typer.Option("--days", min=1, max=100, help="How many.")] = 90,
) -> None:
    """Show when schedules would be due, what clock changes do to that, and which executions would overlap."""
    present = _present(here, ref, environment) if ref else {}
    wish: dict[str, Any] = {"schedules": asked.schedules(present.get("schedules", ())), "days": days}
    if ref:
        wish |= {"project": ref.project, "component": ref.component, "environment": environment}
        wish["at_once"] = present.get("at_once")
    if not wish["schedules"]:
        raise typer.BadParameter("Say when: --every, --cron or --at, or a component that has schedules.")
    here.show(here.client.post("/schedules/calendar", wish), print_calendar)


command(app, "calendar", epilog=_EXAMPLE)(terms.asked(calendar))


def print_calendar(found: Mapping[str, Any]) -> None:
    """How many are due by month, the first ones, and what is out of the ordinary."""
    output.facts(f"The next {len(found['days'])} days in {found['zone']}", summary(found))
    output.table(["DAY", "DUE", "REMARK"], _remarkable(found["days"]), empty="No day is out of the ordinary.")


def summary(found: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """A calendar in a few lines."""
    now = output.now()
    first = [output.moment(due, now, found["zone"]) or "" for due in found["first"]]
    overlaps = found["overlaps"]
    return [
        ("due", f"{found['total']:,} times: {months(found['months'])}" if found["total"] else "never"),
        ("first", "\n".join(first) or None),
        ("overlaps", overlaps["sentence"] if overlaps else "unknown: no execution was measured yet"),
    ]


def months(found: Sequence[Mapping[str, Any]]) -> str:
    """`2026-11: 6, 2026-12: 23`"""
    return ", ".join(f"{each['month']}: {each['count']:,}" for each in found)


def remarks(day: Mapping[str, Any]) -> Iterator[str]:
    """What is out of the ordinary on a day, as sentences."""
    for change in day["changes"]:
        yield change["sentence"]
    for each in day["left_out"]:
        yield f"{each['count']:,} left out: {each['why'] or 'the day is excluded'}."


def _remarkable(days: Iterable[Mapping[str, Any]]) -> Iterator[list[str | None]]:
    for day in days:
        for remark in remarks(day):
            yield [day["date"], f"{day['count']:,}", remark]


def _present(here: Here, ref: values.Ref, environment: str) -> Mapping[str, Any]:
    cards = here.client.get(f"{ref.path}/environments")
    found = next((card["deployment"] for card in cards if card["environment"]["slug"] == environment), None)
    return found or {}
