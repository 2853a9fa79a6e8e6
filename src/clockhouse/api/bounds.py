"""Bounds of what may be sent: a body is read into memory before a route is asked whose it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clockhouse.api import auth, errors
from clockhouse.errors import ClockhouseError

MOST_BYTES = 64 * 1024 * 1024
STRANGERS_BYTES = 1024 * 1024  # of who shows no good token
_TOO_LARGE = f"A request may have at most {MOST_BYTES // 1024 // 1024} MiB."
_STRANGE = f"Without a good token, a request may have at most {STRANGERS_BYTES // 1024 // 1024} MiB. Sign in first."


class BoundedBodies:
    """Refuses a body that is larger than MOST_BYTES: at once if it says so, else when as much has come.

    More than STRANGERS_BYTES only whoever is known may send. Paths that begin with one of `streamed` are left to their
    routes, which keep nothing of what they read.
    """

    def __init__(self, app: ASGIApp, *, streamed: Sequence[str] = ()) -> None:
        self._app = app
        self._streamed = tuple(streamed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self._streamed):
            await self._app(scope, receive, send)
            return
        body = _Body(scope, receive)
        announced = Headers(scope=scope).get("content-length", "")
        try:
            await body.check(int(announced) if announced.isdecimal() else 0)
        except HTTPException as refused:
            await errors.answer(*_told(refused), status=refused.status_code)(scope, receive, send)
            return
        await self._app(scope, body.receive, send)


class _Body:
    """What comes of one request's."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self._read = 0
        self._is_known = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        await self.check(self._read)
        return message

    async def check(self, size: int) -> None:
        """Raises HTTPException for a body of so many bytes."""
        if size > MOST_BYTES:
            raise HTTPException(413, _TOO_LARGE)
        if size <= STRANGERS_BYTES or self._is_known:
            return
        try:
            self._is_known = await asyncio.to_thread(auth.is_known, Request(self._scope))
        except ClockhouseError as error:  # nobody can say whose it is
            raise HTTPException(errors.STATUS[error.code], error.sentence) from error
        if not self._is_known:
            raise HTTPException(401, _STRANGE)


def _told(refused: HTTPException) -> tuple[str, str]:
    return {401: "unauthenticated", 413: "invalid"}.get(refused.status_code, "unavailable"), str(refused.detail)
