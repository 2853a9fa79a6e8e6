"""`clockhouse audit`: who did what to which object, when, from where, and with which outcome."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from clockhouse.cli import output, terms, values
from clockhouse.cli.command import Here, command


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    FAILED = "failed"


class Form(StrEnum):
    CSV = "csv"
    JSON = "json"


def register(app: typer.Typer) -> None:
    command(app, "audit", epilog="Example: clockhouse audit --since 7d --project shop --outcome refused")(audit)
    command(app, "audit-keep", epilog="Example: clockhouse audit-keep --days 730")(keep)


def audit(
    here: Here,
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="To be found anywhere in an entry.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="An instant, or how long ago, such as 12h or 7d.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="WHEN", help="Before it, as --since.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", metavar="NAME", help="Who did it.")] = None,
    action: Annotated[
        str | None,
        typer.Option(
            "--action",
            metavar="ACTION",
            help="Such as deployment.created, or deployment. call: what was refused or failed. "
            "request: what waits for an approval.",
        ),
    ] = None,
    thing: Annotated[
        str | None, typer.Option("--object", metavar="OBJECT", help="Such as shop/front-page, or shop.")
    ] = None,
    project: Annotated[str | None, typer.Option("--project", parser=values.slug, metavar="PROJECT")] = None,
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", parser=values.slug, metavar="ENVIRONMENT")
    ] = None,
    outcome: Annotated[Outcome | None, typer.Option("--outcome")] = None,
    form: Annotated[
        Form | None, typer.Option("--format", help="Print all that there is: as a table, or a line of JSON each.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many at most, without --format.")] = 50,
) -> None:
    """Show who did what, newest first; administrators of a project see what is of it."""
    wanted = {
        "text": text,
        "actor": actor,
        "action": action,
        "object": thing,
        "project": project,
        "environment": environment,
        "outcome": None if outcome is None else str(outcome),
        "from": _instant(since, "--since"),
        "to": _instant(until, "--until"),
    }
    if form is None:
        here.show(here.client.get("/audit", limit=limit, **wanted), _table)
        return
    for piece in here.client.pieces("/audit/export", format="csv" if form is Form.CSV else "jsonl", **wanted):
        sys.stdout.write(piece)


def keep(
    here: Here,
    days: Annotated[int | None, typer.Option("--days", min=30, help="Keep entries for so many days.")] = None,
    is_for_ever: Annotated[bool, typer.Option("--for-ever", help="Keep all, whatever their age.")] = False,
) -> None:
    """Say how long entries of the audit trail are kept; without an option, show it."""
    if days is not None and is_for_ever:
        raise typer.BadParameter("Give --days or --for-ever, not both.")
    if days is None and not is_for_ever:
        kept = here.client.get("/audit/retention")
    else:
        kept = here.client.post("/audit/retention", {"days": days})
    here.show(kept, lambda found: output.say(f"Entries are kept {_span(found['days'])}."))


def _span(days: int | None) -> str:
    return "for ever" if days is None else f"for {days} days"


def _instant(text: str | None, option: str) -> str | None:
    """An instant as it is written, or how long ago it was."""
    if text is None:
        return None
    if "T" in text or text.count("-") >= 2:
        return terms.instant(text, None, option)
    return (output.now() - timedelta(seconds=values.duration(text))).isoformat()


def _table(page: Mapping[str, Any]) -> None:
    rows = [
        (
            output.instant(each["at"]),
            each["actor"],
            each["outcome"],
            each["action"],
            each["object"],
            each["environment"] or "",
            " ".join(filter(None, (each["address"], each["way"] and f"({each['way']})"))),
        )
        for each in page["items"]
    ]
    headings = ("AT", "WHO", "OUTCOME", "ACTION", "OBJECT", "ENVIRONMENT", "FROM")
    output.table(headings, rows, empty="Nothing of the kind is in the audit trail.")
    if page["next"]:
        output.note("There is more: choose more exactly, raise --limit, or export all of it with --format csv.")
