"""Signing in and out."""

from __future__ import annotations

from fastapi import Request, Response

from clockhouse import __version__
from clockhouse.api import routes
from clockhouse.api.auth import (
    ActorOf,
    BearerOf,
    PartsOf,
    cookie_of,
    parts_of,
    require_same_origin,
    seen,
    session_of,
    set_session,
    sign_in_link,
)
from clockhouse.api.people_bodies import PasswordSignIn, ProviderBody, WaysBody
from clockhouse.api.session_bodies import HealthBody, LinkBody, ReachBody, SessionBody, SignIn
from clockhouse.control import access, sessions
from clockhouse.control.parts import Parts
from clockhouse.kit import Secret
from clockhouse.model.actor import Actor

router = routes.router(tags=["sessions"])
_OPENID = "/api/v1/session/openid"


@router.get("/health")
async def health(request: Request) -> HealthBody:
    """Whether the server answers and can write to its database: if not, 503 with a sentence. Open to everybody."""
    sessions.check_health(parts_of(request))  # in no thread: all may wait for the database
    return HealthBody(status="ok", version=__version__)


@router.get("/session")
def get_session(parts: PartsOf, actor: ActorOf) -> SessionBody:
    """Who asks, and what they may."""
    return _body(parts, actor)


@router.post("/session")
def sign_in(request: Request, response: Response, parts: PartsOf, body: SignIn) -> SessionBody:
    """Exchanges a one-time token for a session cookie."""
    require_same_origin(request)
    actor, session = sessions.sign_in(parts, body.token, seen(request), instead_of=session_of(request))
    return _begun(request, response, actor, session)


@router.get("/session/ways")
def list_ways(parts: PartsOf) -> WaysBody:
    """How people sign in here, besides by a link. Open to everybody."""
    known = [] if parts.openid is None else [ProviderBody(name=parts.openid.config.name, url=_OPENID)]
    return WaysBody(passwords=sessions.has_passwords(parts), providers=known)


@router.post("/session/password")
def sign_in_with_password(request: Request, response: Response, parts: PartsOf, body: PasswordSignIn) -> SessionBody:
    """Exchanges a login and its password for a session cookie. After some wrong ones, 429 with when to try again."""
    require_same_origin(request)
    password = Secret(body.password)
    actor, session = sessions.sign_in_with_password(
        parts, body.login, password, seen(request), instead_of=session_of(request)
    )
    return _begun(request, response, actor, session)


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response, parts: PartsOf, actor: ActorOf) -> None:
    sessions.sign_out(parts, actor, session_of(request) or "")
    secure = request.url.scheme == "https"
    response.delete_cookie(cookie_of(request), httponly=True, samesite="strict", secure=secure)


@router.post("/session/link")
def make_link(request: Request, parts: PartsOf, bearer: BearerOf) -> LinkBody:
    """A link that signs the actor in once, within an hour."""
    return LinkBody(url=sign_in_link(request, sessions.link_token(parts, bearer)))


def _begun(request: Request, response: Response, actor: Actor, session: str) -> SessionBody:
    set_session(request, response, session)
    return _body(parts_of(request), actor)


def _body(parts: Parts, actor: Actor) -> SessionBody:
    may = [
        ReachBody(
            project=each.project,
            permissions=[permission.value for permission in each.permissions],
            operates_in=list(each.environments),
        )
        for each in access.reach(parts, actor)
    ]
    return SessionBody(name=actor.name, version=__version__, may=may)
