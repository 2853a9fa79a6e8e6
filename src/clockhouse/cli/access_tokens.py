"""`clockhouse token …`: what programs show to be let in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer

from clockhouse.cli import output
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.people import Role
from clockhouse.cli.values import segment, slug

app = typer.Typer(no_args_is_help=True, help="Personal access tokens, and those of service accounts and servers.")


@command(app, "create", epilog="Example: clockhouse token create laptop --role developer --project shop --days 30")
def create(
    here: Here,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    role: Annotated[Role | None, typer.Option("--role", help="The most that it is good for; all of yours.")] = None,
    project: Annotated[
        str | None, typer.Option("--project", "-p", parser=slug, metavar="PROJECT", help="The only one; all of yours.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, max=366, help="How long it lasts. [default: 90]")] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The first day that it is no good on.")
    ] = None,
    service: Annotated[str | None, typer.Option("--service", help="The service account that it is for.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Write it there instead of printing it.")] = None,
) -> None:
    """Make a token; it is told this once."""
    if days is not None and until is not None:
        raise typer.BadParameter("Give --days or --until, not both.")
    if file is not None and file.exists():
        raise typer.BadParameter(f"{file} is there already.")
    body = {
        "name": name,
        "role": None if role is None else str(role),
        "project": project,
        "days": days,
        "expires_at": None if until is None else datetime.combine(until, time()).astimezone().isoformat(),
        "service": service,
    }
    made = here.client.post("/tokens", body)
    if file is not None:
        _write(file, made.pop("token"))
    here.show(made, lambda token: _told(token, file))


@command(app, "list")
def list_tokens(
    here: Here, is_all: Annotated[bool, typer.Option("--all", help="Everybody's, and those of servers.")] = False
) -> None:
    """List tokens: what each is good for, until when, and when it was used last."""
    here.show(here.client.get("/tokens/all" if is_all else "/tokens"), _table)


@command(app, "revoke")
def revoke(
    here: Here, token: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it, or the name of yours.")]
) -> None:
    """Withdraw a token: it is refused from now on."""
    named = [each for each in here.client.get("/tokens") if each["name"] == token]
    if len(named) > 1:
        raise typer.BadParameter(f"{len(named)} tokens are called {token}: give the id of one.")
    here.client.delete(f"/tokens/{segment(named[0]['id'] if named else token)}")
    here.show(None, lambda _: output.say(f"Withdrew the token {token}."))


def _write(file: Path, token: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(f"{token}\n")


def _told(token: Mapping[str, Any], file: Path | None) -> None:
    until = f"until {output.instant(token['expires_at'])}"
    if file is not None:
        output.say(f"The token {token['name']} is in {file}, {until}.")
        return
    output.say(f"The token {token['name']}, {until}, which nobody can be told again:")
    output.say(f"  {token['token']}")


def _table(tokens: list[Mapping[str, Any]]) -> None:
    now = output.now()
    rows = [
        (
            each["id"],
            each["name"] or "",
            each["owner"] if each["kind"] == "personal" else "a server",
            _good_for(each),
            output.instant(each["expires_at"]) or "no end",
            output.moment(each["used_at"], now) or "never",
        )
        for each in tokens
    ]
    headings = ("ID", "NAME", "OWNER", "GOOD FOR", "UNTIL", "USED")
    output.table(headings, rows, empty=f"No token. Make one: {hint('token create NAME')}")


def _good_for(token: Mapping[str, Any]) -> str:
    where = f" in {token['project']}" if token["project"] else ""
    return f"{token['role'] or 'all that the owner may'}{where}"
