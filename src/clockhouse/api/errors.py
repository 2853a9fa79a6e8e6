"""Errors as HTTP answers: one shape, whatever went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from clockhouse.api import trail
from clockhouse.api.headers import ALWAYS
from clockhouse.errors import ClockhouseError, Invalid, Outage, TooSoon, Unfinished
from clockhouse.telemetry import logger

log = logger("api")

STATUS = {
    "invalid": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "unavailable": 503,
    "internal": 500,
}
_KINDS = {"interval", "cron", "once"}
_WRITTEN = {  # what the patterns of the bodies mean
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "Write small letters and digits, with single dashes between them, such as rack-3.",
    r"^[0-9a-f]{40}$": "Write the whole hash of a commit: 40 digits from 0 to f.",
}
_CODES = {401: "unauthenticated", 403: "forbidden", 404: "not_found", 405: "invalid", 409: "conflict"}


def install(app: FastAPI) -> None:
    """Answers every error of the app in our shape."""
    app.add_exception_handler(ClockhouseError, _ours)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def answer(
    code: str, message: str, fields: Mapping[str, str] | None = None, *, status: int | None = None
) -> JSONResponse:
    told = {_whole(place): _whole(sentence) for place, sentence in (fields or {}).items()}
    body = {"error": {"code": code, "message": _whole(message), "fields": told}}
    return JSONResponse(body, status or STATUS[code])


async def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ClockhouseError)  # noqa: S101  what it is registered for
    await trail.record(request, error)
    if error.code in ("internal", "unavailable") and not isinstance(error, Outage | TooSoon | Unfinished):
        log.error("request.failed", sentence=error.sentence, **error.facts)
    status = 429 if isinstance(error, TooSoon) else None
    answered = answer(error.code, error.sentence, error.fields if isinstance(error, Invalid) else None, status=status)
    if isinstance(error, TooSoon):
        answered.headers["Retry-After"] = str(error.after_s)
    if isinstance(error, Unfinished):
        answered.headers["Retry-After"] = "0"  # at once: it is this server that waits
    return answered


async def _unreadable(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  what it is registered for
    fields = {_place(problem["loc"]): _sentence(problem) for problem in error.errors()}
    return answer("invalid", "Some values of the request are not right.", fields)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  what it is registered for
    code = _CODES.get(error.status_code, "invalid")
    message = str(error.detail)
    if error.status_code == 405:
        message = f"There is no {request.method} at {request.url.path}. The API is described at /api/docs."
    return answer(code, message, status=error.status_code)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("request.broke", method=request.method, path=request.url.path, exc_info=error)
    await trail.record(request, error)
    answered = answer("internal", "Clockhouse itself failed at this; the server's log has the details.")
    for name, value in ALWAYS.items():  # it is sent from outside of what adds them to the others
        answered.headers.setdefault(name, value)
    return answered


def _place(parts: Sequence[Any]) -> str:
    """`("body", "schedules", 0, "trigger", "cron", "expression")` is `schedules.0.trigger.expression`."""
    named = [
        str(part)
        for before, part in pairwise(parts)
        if not (before == "trigger" and part in _KINDS) and part != "[key]"  # which of several shapes it was read as
    ]
    return ".".join(named) or "body"


def _whole(text: str) -> str:
    """The text without halves of surrogate pairs, which a request can name and no answer can carry."""
    return text.encode(errors="replace").decode()


def _sentence(problem: Mapping[str, Any]) -> str:
    """What pydantic says, without the value: it may be a secret."""
    if problem["type"] == "string_pattern_mismatch":
        return _WRITTEN.get(problem["ctx"]["pattern"], "It is not written as it has to be.")
    text = str(problem["msg"]).removeprefix("Value error, ")
    return text if text.endswith(".") else f"{text}."
