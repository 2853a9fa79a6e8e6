"""Bounds of what may be sent: a body is read into memory before anybody knows whose it is."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clockhouse.api import errors

MOST_BYTES = 64 * 1024 * 1024
_TOO_LARGE = f"A request may have at most {MOST_BYTES // 1024 // 1024} MiB."


class BoundedBodies:
    """Refuses a body that is larger than MOST_BYTES: at once if it says so, else when as much has come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > MOST_BYTES:
            await errors.answer("invalid", _TOO_LARGE, status=413)(scope, receive, send)
            return
        read = 0

        async def receive_bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST_BYTES:
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, receive_bounded, send)
