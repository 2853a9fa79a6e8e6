"""Whose request this is: a browser's session cookie or a tool's bearer token."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.security import HTTPBearer

from clockhouse.api import trail
from clockhouse.control import agents, sessions
from clockhouse.control.parts import Parts
from clockhouse.errors import Forbidden, Unauthenticated
from clockhouse.model.actor import Actor
from clockhouse.model.agent import Agent
from clockhouse.model.token import Bearer, Seen

_COOKIE = "clockhouse_session"
_MONTH_S = 30 * 24 * 3600
_SAFE = {"GET", "HEAD", "OPTIONS"}
# What a page of another site can send without asking us first.
_SIMPLE = {"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}


# For the API's description only: a request is judged by `actor_of`.
_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="The token in the server's data directory.")


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def cookie_of(request: Request) -> str:
    """The name of the session's cookie: over TLS, one that no other host of the domain can set."""
    return f"__Host-{_COOKIE}" if request.url.scheme == "https" else _COOKIE


def session_of(request: Request) -> str | None:
    """The session's token, good or not."""
    return request.cookies.get(cookie_of(request))


def sign_in_link(request: Request, token: str) -> str:
    """Where a one-time token signs in, at the address that was asked. In the fragment, which no server is sent."""
    return f"{str(request.base_url).rstrip('/')}/sign-in#token={token}"


def set_session(request: Request, response: Response, session: str) -> None:
    """From now on the browser carries this session."""
    response.set_cookie(
        cookie_of(request),
        session,
        max_age=_MONTH_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def seen(request: Request) -> Seen:
    """Where the request comes from. Behind a proxy on this machine, that is what the proxy says."""
    return Seen(request.client.host if request.client else None, request.headers.get("user-agent"))


def actor_of(request: Request, _described: Annotated[object, Depends(_bearer)] = None) -> Actor:
    """Raises Unauthenticated when the request carries no good token."""
    return bearer_of(request).actor


def bearer_of(request: Request, _described: Annotated[object, Depends(_bearer)] = None) -> Bearer:
    """Who asks, with what the token or the session itself is. Raises Unauthenticated when it carries no good one."""
    parts = parts_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        bearer = sessions.of_tool(parts, token.strip(), seen(request)) if scheme.lower() == "bearer" else None
        if bearer is None and scheme.lower() == "bearer" and agents.of_token(parts, token.strip()) is not None:
            raise Forbidden("This is an agent's token, which is good for what agents do and for nothing else.")
        if bearer is None:
            raise Unauthenticated("This token is not known here: it may have been withdrawn, or has expired.")
        return trail.named(request, bearer, seen(request))
    session = session_of(request)
    bearer = sessions.of_session(parts, session, seen(request)) if session else None
    if bearer is None:
        raise Unauthenticated("Sign in first: run `clockhouse sign-in` where the server runs, for a link.")
    bearer = trail.named(request, bearer, seen(request))
    require_same_origin(request)
    return bearer


def agent_of(request: Request) -> Agent:
    """Raises Forbidden for a token that is somebody else's, Unauthenticated for none that is known."""
    parts = parts_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("An agent shows its token: `clockhouse agent add` makes one.")
    agent = agents.of_token(parts, token.strip())
    if agent is None and sessions.of_tool(parts, token.strip()) is not None:
        raise Forbidden("This is not an agent's token: `clockhouse agent add` makes one.")
    if agent is None:
        raise Unauthenticated(agents.UNKNOWN)
    return agent


def is_known(request: Request) -> bool:
    """Whether it carries the good token of anybody. What that one may do is not asked."""
    parts = parts_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        token = token.strip()
        is_token = scheme.lower() == "bearer"
        return is_token and (sessions.of_tool(parts, token) or agents.of_token(parts, token)) is not None
    session = session_of(request)
    return session is not None and sessions.of_session(parts, session) is not None


def require_same_origin(request: Request) -> None:
    """Refuses a change that another site's page asks for with our cookie.

    Browsers say where a request comes from. What says nothing must at least be such that a page of another site would
    have had to ask first, which is refused.
    """
    if request.method not in _SAFE and not _is_ours(request):
        raise Forbidden("Another site asked for this change with your session. Make it in Clockhouse itself.")


def _is_ours(request: Request) -> bool:
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin", "none"):
        return False
    if origin is not None:
        return _host(origin) == request.headers.get("host")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return site is not None or request.method != "POST" or kind not in _SIMPLE


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # "http://["
        return None


PartsOf = Annotated[Parts, Depends(parts_of)]
ActorOf = Annotated[Actor, Depends(actor_of)]
BearerOf = Annotated[Bearer, Depends(bearer_of)]
AgentOf = Annotated[Agent, Depends(agent_of)]
