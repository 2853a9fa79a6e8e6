"""`clockhouse history` and `rollback`: what was deployed when and by whom, what it changed, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from clockhouse.cli import output, values
from clockhouse.cli.command import Here, command
from clockhouse.cli.values import EnvironmentOption, RefArgument

_WATCHES = {
    "waiting": "its first occurrence is watched",
    "kept": "its first occurrence succeeded",
    "went_back": "its first occurrence failed: went back",
    "paused": "its first occurrence failed: paused",
}


def register(app: typer.Typer) -> None:
    command(app, "history", epilog="Example: clockhouse history shop/front-page -e production")(history)
    command(app, "rollback", epilog="Example: clockhouse rollback shop/front-page -e production --to 12")(rollback)


def history(
    here: Here,
    ref: RefArgument,
    environment: Annotated[
        str | None,
        typer.Option("--environment", "-e", parser=values.slug, metavar="ENVIRONMENT", help="All if not given."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help="How many at most.")] = 20,
) -> None:
    """List deployments, newest first, each with what it changed."""
    here.show(here.client.get(f"{ref.path}/deployments", limit=limit, environment=environment), _entries)


def rollback(
    here: Here,
    ref: RefArgument,
    environment: EnvironmentOption,
    to: Annotated[
        int | None, typer.Option("--to", min=1, metavar="N", help="A deployment's number; the previous if not given.")
    ] = None,
) -> None:
    """Deploy an earlier deployment once more: its build, configuration, secrets, schedules and limits.

    A pause stays, and it never fires by itself. Nobody has to approve of it, also where the environment asks for that.
    """
    made = here.client.post(f"{ref.path}/environments/{environment}/rollback", {"to": to})
    here.show(made, _rolled_back)


def _rolled_back(made: Mapping[str, Any]) -> None:
    where = f"{made['environment']} as deployment {made['number']}"
    output.say(f"Rolled back to {made['rolled_back_to']} (build {made['release']['build']}) in {where}.")
    if made["pause"]:
        output.say("It is still paused.")


def _entries(entries: Sequence[Mapping[str, Any]]) -> None:
    if not entries:
        output.say("Nothing has been deployed yet.")
    now = output.now()
    for each in entries:
        back = f", rolled back to {each['rolled_back_to']}" if each["rolled_back_to"] else ""
        title = f"{each['environment']} {each['number']}: build {each['release']['build']}, {each['status']}{back}"
        when = f"{output.moment(each['created_at'], now)} by {each['created_by']}"
        watched = _WATCHES.get(each["watch"]["state"]) if each["watch"] else None
        output.facts(title, [("deployed", when), ("watched", watched), ("changed", changed(each["changes"]))])


def changed(changes: Sequence[Mapping[str, Any]] | None) -> str:
    """What one has otherwise than the one before it, a line a change."""
    if changes is None:
        return "the first one there"
    return "\n".join(output.clean(_change(each)) for each in changes) or "nothing"


def _change(change: Mapping[str, Any]) -> str:
    name, before, after = change["name"], change["before"], change["after"]
    if change["part"] == "pause":
        return f"{'stayed ' if before else ''}paused (by {after})"
    if before is None and after is None:
        return f"{name} (a secret)"
    return f"{name}: {before or 'none'} → {after or 'none'}"
