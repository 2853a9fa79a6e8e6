"""Signing in and out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from clockhouse import __version__
from clockhouse.api.auth import COOKIE, ActorOf, PartsOf, parts_of, require_same_origin
from clockhouse.api.bodies import HealthBody, LinkBody, SessionBody, SignIn
from clockhouse.control import sessions

router = APIRouter(tags=["sessions"])
_MONTH_S = 30 * 24 * 3600


@router.get("/health")
async def health(request: Request) -> HealthBody:
    """Whether the server answers and can write to its database: if not, 503 with a sentence. Open to everybody."""
    sessions.check_health(parts_of(request))  # in no thread: all may wait for the database
    return HealthBody(status="ok", version=__version__)


@router.get("/session")
def get_session(actor: ActorOf) -> SessionBody:
    return SessionBody(name=actor.name, version=__version__)


@router.post("/session")
def sign_in(request: Request, response: Response, parts: PartsOf, body: SignIn) -> SessionBody:
    """Exchanges a one-time token for a session cookie."""
    require_same_origin(request)
    actor, session = sessions.sign_in(parts, body.token)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, session, max_age=_MONTH_S, httponly=True, samesite="strict", secure=secure)
    return SessionBody(name=actor.name, version=__version__)


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response, parts: PartsOf, actor: ActorOf) -> None:
    sessions.sign_out(parts, actor, request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE)


@router.post("/session/link")
def make_link(request: Request, parts: PartsOf, actor: ActorOf) -> LinkBody:
    """A link that signs the actor in once, within an hour."""
    token = sessions.link_token(parts, actor)
    return LinkBody(url=f"{str(request.base_url).rstrip('/')}/sign-in#token={token}")
