"""`clockhouse person …`: who has an account, and what they may."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from clockhouse.cli import output
from clockhouse.cli.command import Here, command
from clockhouse.cli.hints import hint
from clockhouse.cli.values import confirmed, segment, slug

app = typer.Typer(no_args_is_help=True, help="People and service accounts, and the roles that they have.")


class Role(StrEnum):
    VIEWER = "viewer"
    DEVELOPER = "developer"
    OPERATOR = "operator"
    ADMIN = "admin"


PersonArgument = Annotated[str, typer.Argument(metavar="LOGIN", help="Their login, or the id that `list` shows.")]
RoleArgument = Annotated[Role, typer.Argument(metavar="ROLE", help="viewer, developer, operator or admin.")]
InProject = Annotated[
    str | None, typer.Option("--project", "-p", parser=slug, metavar="PROJECT", help="In all projects if not given.")
]
InEnvironment = Annotated[
    str | None,
    typer.Option("--environment", "-e", parser=slug, metavar="ENVIRONMENT", help="In all environments if not given."),
]
InProduction = Annotated[bool, typer.Option("--production", help="In production as well, as an admin everywhere is.")]


@command(app, "invite", epilog="Example: clockhouse person invite ann@shop.example --name 'Ann Lee' --role developer")
def invite(
    here: Here,
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="An address for mail, or a short name.")],
    name: Annotated[str | None, typer.Option("--name", help="For people to read; the login if not given.")] = None,
    role: Annotated[Role | None, typer.Option("--role", help="None if not given: see `grant`.")] = None,
    project: InProject = None,
    environment: InEnvironment = None,
    production: InProduction = False,
    is_service: Annotated[bool, typer.Option("--service", help="A program's account: it has tokens alone.")] = False,
) -> None:
    """Make an account; the link of the first sign-in is good for 7 days, once."""
    if role is None and (project or environment or production):
        raise typer.BadParameter("Say which --role they have there.")
    body = {
        "login": login,
        "name": name or login,
        "kind": "service" if is_service else "person",
        "grants": [] if role is None else [_grant(role, project, environment, production)],
    }
    here.show(here.client.post("/people", body), _invited)


@command(app, "list")
def list_people(
    here: Here,
    project: Annotated[
        str | None, typer.Option("--project", "-p", parser=slug, metavar="PROJECT", help="Whose roles reach it.")
    ] = None,
) -> None:
    """List accounts with their roles."""
    here.show(here.client.get("/people" if project is None else f"/projects/{project}/members"), _table)


@command(app, "grant", epilog="Example: clockhouse person grant ann@shop.example operator --project shop --production")
def grant(
    here: Here,
    person: PersonArgument,
    role: RoleArgument,
    project: InProject = None,
    environment: InEnvironment = None,
    production: InProduction = False,
) -> None:
    """Give a role; in the same project and environment it takes the place of the one before."""
    body = _grant(role, project, environment, production)
    found = here.client.post(f"/people/{segment(person)}/grants", body)
    here.show(found, lambda known: output.say(f"{known['name']}: {_roles(known)}."))


@command(app, "revoke", epilog="Example: clockhouse person revoke ann@shop.example --project shop")
def revoke(here: Here, person: PersonArgument, project: InProject = None, environment: InEnvironment = None) -> None:
    """Take away the role that somebody has in exactly this place."""
    listed = here.client.get("/people" if project is None else f"/projects/{project}/members")
    known = next((each for each in listed if person.casefold() in (each["login"], each["id"])), None)
    held = next((each for each in (known or {"grants": []})["grants"] if _place(each) == (project, environment)), None)
    if known is None or held is None:
        raise typer.BadParameter(f"{person} has no role in exactly this place.")
    found = here.client.delete(f"/people/{segment(person)}/grants/{held['id']}")
    here.show(found, lambda left: output.say(f"{left['name']}: {_roles(left)}."))


@command(app, "link")
def link(
    here: Here,
    person: PersonArgument,
    withdraws_tokens: Annotated[
        bool, typer.Option("--withdraw-tokens", help="End their access tokens as well: programs that show one stop.")
    ] = False,
) -> None:
    """Make a fresh link for somebody who lost theirs or their password; that and their sessions end."""
    body = {"withdraw_tokens": True} if withdraws_tokens else None
    here.show(here.client.post(f"/people/{segment(person)}/link", body), _invited)


@command(app, "disable")
def disable(here: Here, person: PersonArgument) -> None:
    """Keep somebody out, with their tokens, until they are enabled."""
    found = here.client.post(f"/people/{segment(person)}/disable")
    here.show(found, lambda known: output.say(f"Disabled {known['name']}."))


@command(app, "enable")
def enable(here: Here, person: PersonArgument) -> None:
    """Let somebody in again."""
    found = here.client.post(f"/people/{segment(person)}/enable")
    here.show(found, lambda known: output.say(f"Enabled {known['name']}."))


@command(app, "remove")
def remove(
    here: Here,
    person: PersonArgument,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove an account with its roles and tokens; what they did keeps their name."""
    confirmed(f"Remove the account {person}?", is_sure=is_sure)
    here.client.delete(f"/people/{segment(person)}")
    here.show(None, lambda _: output.say(f"Removed {person}."))


def _grant(role: Role, project: str | None, environment: str | None, production: bool) -> dict[str, Any]:
    return {"role": str(role), "project": project, "environment": environment, "production": production}


def _place(grant: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return grant["project"], grant["environment"]


def _invited(person: Mapping[str, Any]) -> None:
    if person["url"] is None:
        output.say(f"{person['name']} has an account. A token for it: {_token_hint(person)}")
        return
    output.say(f"{person['name']} signs in the first time with this link, once, within 7 days:")
    output.say(f"  {person['url']}")


def _token_hint(person: Mapping[str, Any]) -> str:
    return hint(f"token create NAME --service {person['login']}")


def _table(people: list[Mapping[str, Any]]) -> None:
    now = output.now()
    rows = [
        (
            each["login"] or each["id"],
            each["name"],
            _roles(each),
            _state(each),
            output.moment(each["signed_in_at"], now) or "",
        )
        for each in people
    ]
    output.table(("LOGIN", "NAME", "ROLES", "STATE", "SIGNED IN"), rows, empty="Nobody.")


def _state(person: Mapping[str, Any]) -> str:
    if person["disabled_at"]:
        return "disabled"
    if person["kind"] == "service":
        return "service"
    return "active" if person["signed_in_at"] else "invited"


def _roles(person: Mapping[str, Any]) -> str:
    return ", ".join(_words(each) for each in person["grants"]) or "no role"


def _words(grant: Mapping[str, Any]) -> str:
    places = [each for each in (grant["project"], grant["environment"]) if each]
    where = f" in {'/'.join(places)}" if places else ""
    # Where it is a question: other roles change no environment, or it is said which, or are good in all anyway.
    tells_production = grant["role"] == "operator" or (grant["role"] == "admin" and grant["project"])
    if not tells_production or grant["environment"]:
        return f"{grant['role']}{where}"
    return f"{grant['role']}{where} {'with' if grant['production'] else 'without'} production"
