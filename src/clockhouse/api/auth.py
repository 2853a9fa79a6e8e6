"""Whose request this is: a browser's session cookie or a tool's bearer token."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from clockhouse.control import agents, sessions
from clockhouse.control.parts import Parts
from clockhouse.errors import Forbidden, Unauthenticated
from clockhouse.model.actor import Actor
from clockhouse.model.agent import Agent

COOKIE = "clockhouse_session"
_SAFE = {"GET", "HEAD", "OPTIONS"}


# For the API's description only: a request is judged by `actor_of`.
_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="The token in the server's data directory.")


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def actor_of(request: Request, _described: Annotated[object, Depends(_bearer)] = None) -> Actor:
    """Raises Unauthenticated when the request carries no good token."""
    parts = parts_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        actor = sessions.of_tool(parts, token.strip()) if scheme.lower() == "bearer" else None
        if actor is None and scheme.lower() == "bearer" and agents.of_token(parts, token.strip()) is not None:
            raise Forbidden("This is an agent's token, which is good for what agents do and for nothing else.")
        if actor is None:
            raise Unauthenticated("This token is not known here. Use the one in the server's data directory.")
        return actor
    session = request.cookies.get(COOKIE)
    actor = sessions.of_session(parts, session) if session else None
    if actor is None:
        raise Unauthenticated("Sign in first: run `clockhouse sign-in` where the server runs, for a link.")
    require_same_origin(request)
    return actor


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
    session = request.cookies.get(COOKIE)
    return session is not None and sessions.of_session(parts, session) is not None


def require_same_origin(request: Request) -> None:
    """Refuses a change that another site's page asks for with our cookie. Browsers send Origin with every such."""
    origin = request.headers.get("origin")
    if request.method in _SAFE or origin is None:
        return
    if _host(origin) != request.headers.get("host"):
        raise Forbidden("Another site asked for this change with your session. Make it in Clockhouse itself.")


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # "http://["
        return None


PartsOf = Annotated[Parts, Depends(parts_of)]
ActorOf = Annotated[Actor, Depends(actor_of)]
AgentOf = Annotated[Agent, Depends(agent_of)]
