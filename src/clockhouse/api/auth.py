"""Whose request this is: a browser's session cookie or a tool's bearer token."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from clockhouse.control import sessions
from clockhouse.control.parts import Parts
from clockhouse.errors import Forbidden, Unauthenticated
from clockhouse.model.actor import Actor

COOKIE = "clockhouse_session"
_SAFE = {"GET", "HEAD", "OPTIONS"}


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def actor_of(request: Request) -> Actor:
    """Raises Unauthenticated when the request carries no good token."""
    parts = parts_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        actor = sessions.of_tool(parts, token.strip()) if scheme.lower() == "bearer" else None
        if actor is None:
            raise Unauthenticated("This token is not known here. Use the one in the server's data directory.")
        return actor
    session = request.cookies.get(COOKIE)
    actor = sessions.of_session(parts, session) if session else None
    if actor is None:
        raise Unauthenticated("Sign in first: run `clockhouse sign-in` where the server runs, for a link.")
    require_same_origin(request)
    return actor


def require_same_origin(request: Request) -> None:
    """Refuses a change that another site's page asks for with our cookie. Browsers send Origin with every such."""
    origin = request.headers.get("origin")
    if request.method in _SAFE or origin is None:
        return
    if urlsplit(origin).netloc != request.headers.get("host"):
        raise Forbidden("Another site asked for this change with your session. Make it in Clockhouse itself.")


PartsOf = Annotated[Parts, Depends(parts_of)]
ActorOf = Annotated[Actor, Depends(actor_of)]
