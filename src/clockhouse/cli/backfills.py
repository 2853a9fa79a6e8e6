"""`clockhouse backfill …`: the due times of a range that has passed, executed one after the other."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from clockhouse.cli import output, terms
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.values import EnvironmentOption, Ref, RefArgument, segment

app = typer.Typer(no_args_is_help=True, help="Execute the due times of a range that has passed.")

_SHOWN = 20
_EXAMPLE = "clockhouse backfill start shop/report -e production --from 2026-11-01T00:00Z --to 2026-11-08T00:00Z"

Identifier = Annotated[str, typer.Argument(metavar="ID", help="As `clockhouse backfill list` lists it.")]


@command(app, "start", epilog=f"Example: {_EXAMPLE}")
def start(
    here: Here,
    ref: RefArgument,
    environment: EnvironmentOption,
    first: Annotated[str, typer.Option("--from", metavar="INSTANT", help="Due then or later.")],
    last: Annotated[str, typer.Option("--to", metavar="INSTANT", help="Due before; it must have passed.")],
    is_all: Annotated[
        bool, typer.Option("--all", help="Every due time; if not given, those that nothing ran for.")
    ] = False,
    at_once: Annotated[int, typer.Option("--at-once", min=1, help="How many beside each other.")] = 1,
    schedule: Annotated[
        int | None, typer.Option("--schedule", min=1, metavar="N", help="The first, the second … where there are more.")
    ] = None,
    is_preview: Annotated[bool, typer.Option("--preview", help="Only say which due times it would have.")] = False,
) -> None:
    """Queue an execution for each due time of a range, with what is deployed now."""
    wish = {
        "schedule": None if schedule is None else _schedule(here, ref, environment, schedule),
        "start": terms.instant(first, None, "--from"),
        "end": terms.instant(last, None, "--to"),
        "scope": "all" if is_all else "missing",
        "at_once": at_once,
    }
    there = f"{ref.path}/environments/{environment}/backfills"
    if is_preview:
        here.show(here.client.post(f"{there}/preview", wish), _outlook)
    else:
        here.show(here.client.post(there, wish), _started)


@command(app, "list")
def list_backfills(here: Here, ref: RefArgument) -> None:
    """List a component's backfills, newest first."""
    here.show(here.client.get(f"{ref.path}/backfills"), _table)


@command(app, "show")
def show(here: Here, identifier: Identifier) -> None:
    """Show one backfill and how far it is."""
    here.show(here.client.get(f"/backfills/{segment(identifier)}"), _facts)


@command(app, "cancel")
def cancel(here: Here, identifier: Identifier) -> None:
    """Cancel what waits of it, and stop what runs."""
    body = here.client.post(f"/backfills/{segment(identifier)}/cancel")
    here.show(body, lambda _: output.say(f"Cancelled backfill {identifier}."))


def _schedule(here: Here, ref: Ref, environment: str, number: int) -> str:
    cards = here.client.get(f"{ref.path}/environments")
    deployed = next((card["deployment"] for card in cards if card["environment"]["slug"] == environment), None)
    schedules = deployed["schedules"] if deployed else []
    if number > len(schedules):
        raise typer.BadParameter(f"There are {len(schedules)} schedules.", param_hint="--schedule")
    return str(schedules[number - 1]["id"])


def _outlook(found: dict[str, Any]) -> None:
    due = found["due"]
    output.say(f"{len(due)} of the {found['in_range']} due times in this range would be executed{':' if due else '.'}")
    for each in due[:_SHOWN]:
        output.say(f"  {output.instant(each)}")
    if len(due) > _SHOWN:
        output.say(f"  … and {len(due) - _SHOWN} more, the last at {output.instant(due[-1])}")


def _started(backfill: dict[str, Any]) -> None:
    count = sum(backfill["counts"].values())
    how_far = hint(f"backfill show {backfill['id']}")
    output.say(f"Queued {count} executions. How far it is: {how_far}")


def _table(backfills: list[dict[str, Any]]) -> None:
    output.table(
        ["ID", "ENVIRONMENT", "FROM", "TO", "DONE", "BY"],
        (
            [
                each["id"],
                each["environment"],
                output.instant(each["start"]),
                output.instant(each["end"]),
                _progress(each),
                each["requested_by"],
            ]
            for each in backfills
        ),
        empty=f"There is no backfill yet. Start one: {hint('backfill start PROJECT/COMPONENT')}",
    )


def _facts(backfill: dict[str, Any]) -> None:
    output.facts(
        f"{backfill['id']}  {backfill['project']}/{backfill['component']}  {backfill['environment']}",
        [
            ("range", f"{output.instant(backfill['start'])} to {output.instant(backfill['end'])}"),
            ("due times", "all" if backfill["scope"] == "all" else "those that nothing ran for"),
            ("at once", str(backfill["at_once"])),
            ("done", _progress(backfill)),
            *((output.STATES[state][1], str(count)) for state, count in backfill["counts"].items()),
            ("asked for", f"by {backfill['requested_by']}, {output.instant(backfill['created_at'])}"),
            ("cancelled", f"by {backfill['cancelled_by']}" if backfill["cancelled_by"] else None),
        ],
    )


def _progress(backfill: dict[str, Any]) -> str:
    counts = backfill["counts"]
    whole = sum(counts.values())
    return f"{whole - sum(counts.get(state, 0) for state in ('queued', 'started'))} of {whole}"
