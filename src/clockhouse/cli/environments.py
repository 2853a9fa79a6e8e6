"""`clockhouse environment …`: environments, how long they keep what has ended, how many executions run, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from clockhouse.cli import output, terms
from clockhouse.cli.command import Here, command
from clockhouse.cli.values import slug

app = typer.Typer(no_args_is_help=True, help="Environments are where releases are deployed.")


class RunsOn(StrEnum):
    """What may run an environment's executions, in the words of a person."""

    SERVERS = "servers"
    AGENTS = "agents"
    DOCKER = "docker"


EnvironmentArgument = Annotated[
    str, typer.Argument(parser=slug, metavar="ENVIRONMENT", help="Such as development or production.")
]


@command(app, "list")
def list_environments(here: Here) -> None:
    """List the environments in the order of promotion: what runs each, how much at once, and what it keeps."""
    found = here.client.get("/environments")
    if here.is_json:
        here.show(found, _table)
        return
    agents = Counter(each["environment"] for each in here.client.get("/agents"))
    kept = {each["slug"]: here.client.get(f"/environments/{each['slug']}/retention") for each in found}
    _table([{**each, "agents": agents[each["slug"]], "kept": kept[each["slug"]]} for each in found])


@command(app, "keep", epilog="Example: clockhouse environment keep production --days 365 --last 1000")
def keep(
    here: Here,
    environment: EnvironmentArgument,
    days: Annotated[int | None, typer.Option("--days", min=1, help="Keep all of so many days.")] = None,
    is_for_ever: Annotated[bool, typer.Option("--for-ever", help="Keep all, whatever their age.")] = False,
    last: Annotated[int | None, typer.Option("--last", min=0, help="Keep so many of each component at least.")] = None,
) -> None:
    """Say how long executions are kept that have ended; without an option, show it."""
    if days is not None and is_for_ever:
        raise typer.BadParameter("Give --days or --for-ever, not both.")
    path = f"/environments/{environment}/retention"
    kept = here.client.get(path)
    if days is not None or is_for_ever or last is not None:
        wanted_days = None if is_for_ever else kept["days"] if days is None else days
        kept = here.client.post(path, {"days": wanted_days, "last": kept["last"] if last is None else last})
    here.show(kept, lambda found: output.say(f"{environment} keeps {_words(found)}."))


@command(app, "limit", epilog="Example: clockhouse environment limit production --at-once 8")
def limit(here: Here, environment: EnvironmentArgument, at_once: terms.AtOnce = None) -> None:
    """Say how many executions run there at once, of all components; without an option, show it."""
    if at_once is None:
        found = next((each for each in here.client.get("/environments") if each["slug"] == environment), None)
        if found is None:
            raise typer.BadParameter(f"There is no environment “{environment}”.")
    else:
        found = here.client.post(f"/environments/{environment}/limit", {"at_once": terms.number(at_once, "--at-once")})
    here.show(found, lambda shown: output.say(f"{environment} runs {shown['at_once'] or 'any number'} at once."))


@command(app, "run-on", epilog="Example: clockhouse environment run-on production agents")
def run_on(
    here: Here,
    environment: EnvironmentArgument,
    where: Annotated[
        RunsOn, typer.Argument(help="The servers themselves, their Docker Engine, or agents of this environment.")
    ],
) -> None:
    """Say what runs its executions from now on; those that run already go on where they are."""
    body = {"data_plane": "process" if where is RunsOn.SERVERS else str(where)}
    found = here.client.post(f"/environments/{environment}/data-plane", body)
    here.show(found, lambda shown: output.say(f"{environment} runs on {_place(shown)}."))


def _place(environment: Mapping[str, Any]) -> str:
    plane = str(environment["data_plane"])
    return str(RunsOn.SERVERS) if plane == "process" else plane


def _words(kept: Mapping[str, Any]) -> str:
    if kept["days"] is None:
        return "all executions for ever"
    span = "of the last day" if kept["days"] == 1 else f"of the last {kept['days']} days"
    return f"all executions {span}, and of each component the last {kept['last']}"


def _table(found: list[Mapping[str, Any]]) -> None:
    rows = [
        (
            each["slug"],
            each["name"],
            "yes" if each["is_production"] else "",
            _place(each),
            str(each["agents"] or ""),
            str(each["at_once"] or "any number"),
            _span(each["kept"]),
        )
        for each in found
    ]
    headings = ("Environment", "Name", "Production", "Runs on", "Agents", "At once", "Keeps")
    output.table(headings, rows, empty="There is no environment.")


def _span(kept: Mapping[str, Any]) -> str:
    if kept["days"] is None:
        return "all"
    return f"{kept['days']} d, and the last {kept['last']}"
