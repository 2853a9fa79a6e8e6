"""One's own account over HTTP: name, password, sessions, and tokens."""

from __future__ import annotations

from datetime import datetime, timedelta

from clockhouse.api import people_bodies as bodies
from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, BearerOf, PartsOf
from clockhouse.api.people_bodies import (
    AccountChange,
    EndedBody,
    MadeTokenBody,
    NewPassword,
    NewToken,
    OpenSessionBody,
    PersonBody,
    TokenBody,
)
from clockhouse.control import account, tokens
from clockhouse.control.parts import Parts
from clockhouse.errors import Invalid
from clockhouse.kit import Secret
from clockhouse.model.actor import Role

router = routes.router(tags=["account"])


@router.get("/account")
def get_account(parts: PartsOf, bearer: BearerOf) -> PersonBody:
    """Who asks."""
    return bodies.person(account.get(parts, bearer))


@router.patch("/account")
def change_account(parts: PartsOf, bearer: BearerOf, body: AccountChange) -> PersonBody:
    """What to be called from now on, and what to sign in with; whoever has a login changes it as an administrator."""
    return bodies.person(account.change(parts, bearer, name=body.name, login=body.login))


@router.post("/account/password")
def change_password(parts: PartsOf, bearer: BearerOf, body: NewPassword) -> PersonBody:
    """Ends all other sessions. The old password is asked for where there is one, a login where there is none."""
    old = None if body.old is None else Secret(body.old)
    changed = account.set_password(
        parts, bearer, old=old, new=Secret(body.new), login=body.login, withdraw_tokens=body.withdraw_tokens
    )
    return bodies.person(changed)


@router.get("/account/sessions")
def list_sessions(parts: PartsOf, bearer: BearerOf) -> list[OpenSessionBody]:
    """Where one is signed in, the newest first."""
    return [bodies.session(each, is_this=each.id == bearer.token_id) for each in account.sessions(parts, bearer)]


@router.delete("/account/sessions/{session}", status_code=204)
def end_session(parts: PartsOf, bearer: BearerOf, session: str) -> None:
    """Signs out there."""
    account.end_session(parts, bearer, session)


@router.post("/account/sessions/end-others")
def end_other_sessions(parts: PartsOf, bearer: BearerOf) -> EndedBody:
    """Signs out everywhere but here."""
    return EndedBody(ended=account.end_other_sessions(parts, bearer))


@router.get("/tokens")
def list_tokens(parts: PartsOf, bearer: BearerOf) -> list[TokenBody]:
    """One's own tokens, the newest first."""
    return [bodies.token(each) for each in tokens.mine(parts, bearer)]


@router.get("/tokens/all")
def list_all_tokens(parts: PartsOf, actor: ActorOf) -> list[TokenBody]:
    """Everybody's tokens, and those in the data directories of servers. For administrators of the installation."""
    return [bodies.token(each) for each in tokens.every(parts, actor)]


@router.post("/tokens", status_code=201)
def create_token(parts: PartsOf, bearer: BearerOf, body: NewToken) -> MadeTokenBody:
    """A token for a program. It is in this answer and nowhere else."""
    made, told = tokens.create(
        parts,
        bearer,
        name=body.name,
        role=None if body.role is None else Role(body.role),
        project=body.project,
        expires_at=_end(parts, body),
        service=body.service,
    )
    return MadeTokenBody(**bodies.token(made).model_dump(), token=told)


@router.delete("/tokens/{token}", status_code=204)
def withdraw_token(parts: PartsOf, bearer: BearerOf, token: str) -> None:
    """It is refused from now on. Administrators of the installation may withdraw anybody's."""
    tokens.withdraw(parts, bearer, token)


def _end(parts: Parts, body: NewToken) -> datetime | None:
    if body.days is not None and body.expires_at is not None:
        sentence = "Give days or an instant, not both."
        raise Invalid(sentence, {"expires_at": sentence})
    return body.expires_at if body.days is None else parts.database.now() + timedelta(days=body.days)
