"""People and service accounts over HTTP, and the members of a project."""

from __future__ import annotations

from fastapi import Request

from clockhouse.api import people_bodies as bodies
from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf, sign_in_link
from clockhouse.api.people_bodies import GrantBody, InvitedBody, NewLink, NewPerson, PersonBody
from clockhouse.control import people
from clockhouse.model.person import Kind

router = routes.router(tags=["people"])


@router.get("/people")
def list_people(parts: PartsOf, actor: ActorOf) -> list[PersonBody]:
    """Every account with its roles, by name. For administrators of the installation."""
    return [bodies.person(each) for each in people.every(parts, actor)]


@router.post("/people", status_code=201)
def invite_person(request: Request, parts: PartsOf, actor: ActorOf, body: NewPerson) -> InvitedBody:
    """Makes an account. The link of the first sign-in is good for 7 days, and in this answer and nowhere else."""
    grants = [each.grant() for each in body.grants]
    made, token = people.invite(parts, actor, login=body.login, name=body.name, kind=Kind(body.kind), grants=grants)
    return bodies.invited(made, None if token is None else sign_in_link(request, token))


@router.post("/people/{person}/link")
def make_person_link(
    request: Request, parts: PartsOf, actor: ActorOf, person: str, body: NewLink | None = None
) -> InvitedBody:
    """A fresh link for somebody who lost theirs, or their password: that and their sessions end."""
    known, token = people.link(parts, actor, person, withdraw_tokens=body is not None and body.withdraw_tokens)
    return bodies.invited(known, sign_in_link(request, token))


@router.post("/people/{person}/grants")
def grant_role(parts: PartsOf, actor: ActorOf, person: str, body: GrantBody) -> PersonBody:
    """Gives a role; in the same project and environment it takes the place of the one before."""
    return bodies.person(people.grant(parts, actor, person, body.grant()))


@router.delete("/people/{person}/grants/{grant}")
def revoke_role(parts: PartsOf, actor: ActorOf, person: str, grant: str) -> PersonBody:
    """Takes a role away; the last administrator keeps theirs."""
    return bodies.person(people.revoke(parts, actor, person, grant))


@router.post("/people/{person}/disable")
def disable_person(parts: PartsOf, actor: ActorOf, person: str) -> PersonBody:
    """Ends their sessions, and refuses their tokens until they are enabled."""
    return bodies.person(people.disable(parts, actor, person))


@router.post("/people/{person}/enable")
def enable_person(parts: PartsOf, actor: ActorOf, person: str) -> PersonBody:
    """Lets somebody in again who was disabled."""
    return bodies.person(people.enable(parts, actor, person))


@router.delete("/people/{person}", status_code=204)
def remove_person(parts: PartsOf, actor: ActorOf, person: str) -> None:
    """Removes the account with its roles and tokens; what they did keeps their name."""
    people.remove(parts, actor, person)


@router.get("/projects/{project}/members")
def list_members(parts: PartsOf, actor: ActorOf, project: str) -> list[PersonBody]:
    """Who may do something in the project, by name, with the roles that reach it."""
    return [bodies.person(each) for each in people.of_project(parts, actor, project)]
