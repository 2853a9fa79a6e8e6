"""The shapes of requests and answers about people, sessions and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from clockhouse.api.bodies import Answer, Instant, Known, Name, Request
from clockhouse.model.actor import Grant, Role
from clockhouse.model.person import Membership, Person
from clockhouse.model.token import Token

RoleName = Literal["viewer", "developer", "operator", "admin"]
Login = Annotated[str, Field(min_length=1, max_length=100, description="An address for mail, or a short name.")]
# As it was typed: a space at its end belongs to it. Longer ones are refused with a sentence of their own.
Password = Annotated[str, StringConstraints(strip_whitespace=False, max_length=1000)]


class ProviderBody(Answer):
    name: str
    url: str = Field(description="Where a browser begins to sign in with it.")


class WaysBody(Answer):
    passwords: bool = Field(description="Whether anybody has one.")
    providers: list[ProviderBody]


class PasswordSignIn(Request):
    login: str = Field(max_length=200)
    password: Password


class GrantBody(Request):
    role: RoleName
    project: Known | None = Field(None, description="A slug; null: all projects.")
    environment: Known | None = Field(None, description="A slug; null: all environments.")
    production: bool = Field(False, description="Whether it is good in production, as the installation's admin's is.")

    def grant(self) -> Grant:
        return Grant(Role(self.role), self.project, self.environment, self.production)


class MembershipBody(Answer):
    id: str
    role: RoleName
    project: str | None
    environment: str | None
    production: bool
    created_at: datetime
    created_by: str


class PersonBody(Answer):
    id: str
    name: str
    login: str | None
    kind: Literal["person", "service"]
    grants: list[MembershipBody]
    created_at: datetime
    created_by: str | None
    signed_in_at: datetime | None = Field(description="When they signed in last; null: never yet.")
    disabled_at: datetime | None
    has_password: bool
    is_linked: bool = Field(description="Whether an OpenID provider signs them in.")


class InvitedBody(PersonBody):
    url: str | None = Field(description="The link of their first sign-in, told this once; null: a service account's.")


class NewPerson(Request):
    login: Login
    name: Name
    kind: Literal["person", "service"] = "person"
    grants: list[GrantBody] = Field([], max_length=100)


class NewLink(Request):
    withdraw_tokens: bool = Field(False, description="Whether their access tokens end as well.")


class AccountChange(Request):
    """What is left out stays as it is."""

    name: Name | None = None
    login: Login | None = None


class NewPassword(Request):
    old: Password | None = Field(None, description="The one of now, where there is one.")
    new: Password
    login: Login | None = Field(None, description="Where there is none yet.")
    withdraw_tokens: bool = Field(False, description="Whether one's access tokens end as well.")


class OpenSessionBody(Answer):
    id: str
    is_this: bool
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None = Field(description="To some minutes.")
    address: str | None
    program: str | None


class EndedBody(Answer):
    ended: int


class TokenBody(Answer):
    id: str
    kind: Literal["personal", "tool"] = Field(description="tool: a server's own, in its data directory.")
    name: str | None
    owner: str
    role: RoleName | None = Field(description="The most that it is good for; null: all that its owner may.")
    project: str | None = Field(description="The only one that it is good for; null: all.")
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None = Field(description="To some minutes; null: never yet.")
    address: str | None
    program: str | None


class MadeTokenBody(TokenBody):
    token: str = Field(description="What a program shows. It is told this once.")


class NewToken(Request):
    name: Name
    role: RoleName | None = None
    project: Known | None = None
    days: int | None = Field(None, ge=1, le=366)
    expires_at: Instant | None = Field(None, description="Instead of days; without both, in 90 days.")
    service: Login | None = Field(None, description="The service account that it is for; null: the asker.")


def membership(kept: Membership) -> MembershipBody:
    given = kept.grant
    return MembershipBody(
        id=kept.id,
        role=given.role.value,
        project=given.project,
        environment=given.environment,
        production=given.has_production,
        created_at=kept.created_at,
        created_by=kept.created_by,
    )


def person(known: Person) -> PersonBody:
    return PersonBody(
        id=known.id,
        name=known.name,
        login=known.login,
        kind=known.kind.value,
        grants=[membership(each) for each in known.memberships],
        created_at=known.created_at,
        created_by=known.created_by,
        signed_in_at=known.signed_in_at,
        disabled_at=known.disabled_at,
        has_password=known.has_password,
        is_linked=known.is_linked,
    )


def invited(known: Person, url: str | None) -> InvitedBody:
    return InvitedBody(**person(known).model_dump(), url=url)


def session(kept: Token, *, is_this: bool) -> OpenSessionBody:
    return OpenSessionBody(
        id=kept.id,
        is_this=is_this,
        created_at=kept.created_at,
        expires_at=kept.bounds.expires_at,
        used_at=kept.used_at,
        address=kept.seen.address,
        program=kept.seen.program,
    )


def token(kept: Token) -> TokenBody:
    return TokenBody(
        id=kept.id,
        kind="tool" if kept.kind == "tool" else "personal",
        name=kept.name,
        owner=kept.owner,
        role=kept.bounds.role.value if kept.bounds.role else None,
        project=kept.bounds.project,
        created_at=kept.created_at,
        expires_at=kept.bounds.expires_at,
        used_at=kept.used_at,
        address=kept.seen.address,
        program=kept.seen.program,
    )
