"""`clockhouse environment …`: environments in their order, what they keep, how many executions run, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from clockhouse.cli import output, terms
from clockhouse.cli.command import Here, command
from clockhouse.cli.values import confirmed, slug

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


RunsOnOption = Annotated[
    RunsOn, typer.Option("--run-on", help="The servers themselves, their Docker Engine, or agents of its own.")
]
Before = Annotated[
    str | None, typer.Option("--before", parser=slug, metavar="ENVIRONMENT", help="Right before this one.")
]


@command(app, "add", epilog='Example: clockhouse environment add "User acceptance" --slug uat --before production')
def add(
    here: Here,
    name: Annotated[str, typer.Argument(metavar="NAME", help="For people to read.")],
    short: Annotated[
        str | None,
        typer.Option("--slug", parser=slug, metavar="SLUG", help="Its short name for good; else made of the name."),
    ] = None,
    is_production: Annotated[bool, typer.Option("--production", help="Changes there take roles that say so.")] = False,
    where: RunsOnOption = RunsOn.SERVERS,
    at_once: terms.AtOnce = None,
    days: Annotated[int, typer.Option("--keep-days", min=1, help="Keep executions of so many days.")] = 30,
    is_for_ever: Annotated[bool, typer.Option("--keep-for-ever", help="Keep all executions.")] = False,
    last: Annotated[int, typer.Option("--keep-last", min=0, help="Keep so many of each component at least.")] = 100,
    before: Before = None,
) -> None:
    """Add an environment, at the end of the order of promotion unless told otherwise."""
    body = {
        "name": name,
        "slug": short,
        "is_production": is_production,
        "data_plane": _plane(where),
        "at_once": None if at_once is None else terms.number(at_once, "--at-once"),
        "keep": {"days": None if is_for_ever else days, "last": last},
        "before": before,
    }
    made = here.client.post("/environments", body)
    here.show(made, lambda shown: output.say(f"Added environment {shown['slug']}."))


@command(app, "rename", epilog='Example: clockhouse environment rename production "Live"')
def rename(
    here: Here,
    environment: EnvironmentArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="For people to read.")],
) -> None:
    """Give it another name; the short one, which is in addresses and commands, stays."""
    changed = here.client.patch(f"/environments/{environment}", {"name": name})
    here.show(changed, lambda shown: output.say(f"{shown['slug']} is called {shown['name']}."))


@command(app, "mark", epilog="Example: clockhouse environment mark staging --production")
def mark(
    here: Here,
    environment: EnvironmentArgument,
    is_production: Annotated[
        bool, typer.Option("--production/--no-production", help="Whether changes there take roles that say so.")
    ],
) -> None:
    """Say whether it counts as production, which changes what roles are good for there."""
    changed = here.client.patch(f"/environments/{environment}", {"is_production": is_production})
    here.show(changed, _marked)


def _marked(changed: Mapping[str, Any]) -> None:
    is_production, roles = changed["is_production"], changed["roles"]
    output.say(f"{changed['slug']} {'counts' if is_production else 'does not count'} as production.")
    if roles and roles["naming"]:
        said = "count for production now" if is_production else "do not count for production any more"
        output.say(f"Roles that name it, and {said}: {roles['naming']}.")
    if roles and roles["others"]:
        said = "not good there any more" if is_production else "good there now, too"
        output.say(f"Roles that are not for production, and {said}: {roles['others']}.")


@command(app, "move", epilog="Example: clockhouse environment move staging --before production")
def move(
    here: Here,
    environment: EnvironmentArgument,
    before: Before = None,
    to_end: Annotated[bool, typer.Option("--last", help="To the end.")] = False,
) -> None:
    """Put it elsewhere in the order in which releases are promoted."""
    if (before is None) is not to_end:
        raise typer.BadParameter("Give --before or --last.")
    order = here.client.post(f"/environments/{environment}/move", {"before": before})
    here.show(order, lambda found: output.say(" → ".join(each["slug"] for each in found)))


@command(app, "approval", epilog="Example: clockhouse environment approval production --role operator --person ada")
def approval(
    here: Here,
    environment: EnvironmentArgument,
    role: Annotated[
        str | None, typer.Option("--role", metavar="ROLE", help="viewer, developer, operator or admin, there.")
    ] = None,
    people: Annotated[
        list[str] | None, typer.Option("--person", metavar="LOGIN", help="By login or name (repeatable).")
    ] = None,
    is_none: Annotated[bool, typer.Option("--none", help="Nobody has to approve any more.")] = False,
) -> None:
    """Say who has to approve of what is deployed there: who has a role, people, or both."""
    if is_none is bool(role or people):
        raise typer.BadParameter("Give --role, --person or both, or --none.")
    made = here.client.put(f"/environments/{environment}/approval", {"role": role, "people": people or []})
    words = "Nobody has to approve" if is_none else "Others have to approve of"
    here.show(made, lambda shown: output.say(f"{words} what is deployed to {shown['slug']}."))


@command(app, "delete")
def delete(
    here: Here,
    environment: EnvironmentArgument,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete an environment in which nothing is deployed, with its history."""
    found = here.client.get(f"/environments/{environment}/contents")
    if not found["obstacles"]:
        history = f"{found['deployments']} former deployments and {found['executions']} executions with their logs"
        confirmed(f"Delete environment {environment} with {history}?", is_sure=is_sure)
    here.client.delete(f"/environments/{environment}")
    here.show(None, lambda _: output.say(f"Deleted environment {environment}."))


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
    found = here.client.post(f"/environments/{environment}/data-plane", {"data_plane": _plane(where)})
    here.show(found, lambda shown: _moved(environment, shown))


def _moved(environment: str, found: Mapping[str, Any]) -> None:
    output.say(f"{environment} runs on {_place(found)}.")
    if _place(found) == RunsOn.DOCKER:
        output.note("What falls due there waits for a server that was started with --docker-host.")


def _plane(where: RunsOn) -> str:
    return "process" if where is RunsOn.SERVERS else str(where)


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
            "yes" if each["approval"] else "",
            _place(each),
            str(each["agents"] or ""),
            str(each["at_once"] or "any number"),
            _span(each["kept"]),
        )
        for each in found
    ]
    headings = ("Environment", "Name", "Production", "Approval", "Runs on", "Agents", "At once", "Keeps")
    output.table(headings, rows, empty="There is no environment.")


def _span(kept: Mapping[str, Any]) -> str:
    if kept["days"] is None:
        return "all"
    return f"{kept['days']} d, and the last {kept['last']}"
