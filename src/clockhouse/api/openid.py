"""The way to an OpenID provider and back: addresses that a browser is led to, which answer with other addresses."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import RedirectResponse

from clockhouse.api import routes
from clockhouse.api.auth import PartsOf, seen, session_of, set_session
from clockhouse.control import openid
from clockhouse.errors import ClockhouseError, Unavailable
from clockhouse.telemetry import logger

log = logger("openid")

router = routes.router("/session/openid", include_in_schema=False)  # no requests of programs
_COOKIE = "clockhouse_openid"
_GOOD_FOR_S = int(openid.GOOD_FOR.total_seconds())


@router.get("")
def begin(request: Request, parts: PartsOf, to: Annotated[str, Query(max_length=2000)] = "/") -> RedirectResponse:
    """To the provider, with a cookie that only this browser brings back."""
    try:
        address, kept = openid.begin(parts, _back(request), to)
    except ClockhouseError as error:
        return _refused(error)
    answer = RedirectResponse(address, 303)
    # Lax: the browser comes back from another site.
    secure = request.url.scheme == "https"
    answer.set_cookie(_cookie(request), kept, max_age=_GOOD_FOR_S, httponly=True, samesite="lax", secure=secure)
    return answer


@router.get("/return")
def finish(
    request: Request,
    parts: PartsOf,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> RedirectResponse:
    """From the provider, to where the person wanted to go; or to the sign-in page, which tells why not."""
    kept = request.cookies.get(_cookie(request), "")
    try:
        onward, session = openid.finish(
            parts, kept, state, code, _back(request), seen(request), instead_of=session_of(request)
        )
    except ClockhouseError as error:
        answer = _refused(error)
    else:
        answer = RedirectResponse(onward, 303)
        set_session(request, answer, session)
    secure = request.url.scheme == "https"
    answer.delete_cookie(_cookie(request), httponly=True, samesite="lax", secure=secure)
    return answer


def _cookie(request: Request) -> str:
    return f"__Host-{_COOKIE}" if request.url.scheme == "https" else _COOKIE


def _back(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/api/v1/session/openid/return"


def _refused(error: ClockhouseError) -> RedirectResponse:
    """The page has sentences of its own: an address that holds one could be made up by anybody."""
    log.warning("openid.failed", sentence=error.sentence)
    if isinstance(error, Unavailable):
        return RedirectResponse("/sign-in?openid=away", 303)
    return RedirectResponse(f"/sign-in?openid={'stranger' if isinstance(error, openid.Stranger) else 'refused'}", 303)
