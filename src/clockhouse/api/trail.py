"""What the audit trail is told of requests: where each comes from, and which were refused or failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from clockhouse.control import audit
from clockhouse.control.audit import Attempt
from clockhouse.errors import ClockhouseError, Outage, TooSoon, Unfinished
from clockhouse.model.actor import Actor, Origin, Permission
from clockhouse.model.audit import Outcome
from clockhouse.model.token import Bearer, Seen, TokenKind
from clockhouse.telemetry import logger

log = logger("trail")

# Operations that are no GET, as they are sent much, and change nothing.
QUESTIONS = frozenset(
    {
        "survey_repository",
        "preview_schedule",
        "schedule_calendar",
        "preview_backfill",
        "preview_promotion",
        "try_alert",
        "diff_declaration",
        "describe_flow",
        "edit_flow",
        "copy_steps",
        "check_field",
        "look_around",
        "read_mapper",
        "read_settings",
        "read_connectors",
        "make_client",
    }
)
_SAFE = {"GET", "HEAD", "OPTIONS"}
_TELLS_ITSELF = "sign_in_with_password"  # more than is known here
_LONGEST = 300
_HOUR = timedelta(hours=1)  # who shows a token that is good no more may do so all day long
_OUR_PROGRAM = "clockhouse/"


def named(request: Request, bearer: Bearer, seen: Seen) -> Bearer:
    """The same, whose actor carries from where and by which way it asks; the request's errors are noted as of it."""
    actor = replace(bearer.actor, origin=Origin(seen.address, _way(bearer, seen)))
    request.state.actor = actor
    return replace(bearer, actor=actor)


async def record(request: Request, error: Exception) -> None:
    """Notes what was refused, and what failed of what would have changed something. Never in the answer's way."""
    try:
        attempt = _attempt(request, error)
        if attempt is not None:
            await run_in_threadpool(audit.record, request.app.state.parts, attempt)
    except Exception:
        log.exception("trail.broke", path=request.url.path)


def _attempt(request: Request, error: Exception) -> Attempt | None:
    name = getattr(request.scope.get("route"), "name", None)
    if name is None or isinstance(error, Outage | TooSoon | Unfinished):
        return None
    known: Actor | None = getattr(request.state, "actor", None)
    code = error.code if isinstance(error, ClockhouseError) else "internal"
    outcome = _outcome(request, name, code, known)
    if outcome is None:
        return None
    origin = Origin(request.client.host if request.client else None, "no good token")
    actor = known or Actor("", "somebody", (), origin)
    return Attempt(
        actor=actor,
        action=f"call.{name.replace('_', '-')}"[:60],
        thing=_object(request),
        outcome=outcome,
        sentence=error.sentence[:_LONGEST] if isinstance(error, ClockhouseError) else "Clockhouse itself failed.",
        project=_part(request, "project"),
        environment=_part(request, "environment"),
        **({"window": _HOUR} if code == "unauthenticated" else {}),
    )


def _outcome(request: Request, name: str, code: str, actor: Actor | None) -> Outcome | None:
    if name == _TELLS_ITSELF:
        return None
    if code == "forbidden":
        return Outcome.REFUSED
    if code == "unauthenticated":
        showed_something = "authorization" in request.headers or name == "sign_in"
        return Outcome.REFUSED if showed_something else None
    if request.method in _SAFE or actor is None or name in QUESTIONS:
        return None
    project = _part(request, "project")
    if code == "not_found" and project is not None and not actor.may(Permission.READ, project):
        return Outcome.REFUSED  # they are not told that it exists
    return Outcome.FAILED


def _object(request: Request) -> str:
    parts = [str(value) for value in request.path_params.values()]
    return "/".join(parts)[:_LONGEST] or "installation"


def _part(request: Request, name: str) -> str | None:
    value = request.path_params.get(name)
    return None if value is None else str(value)


def _way(bearer: Bearer, seen: Seen) -> str:
    if bearer.kind is TokenKind.SESSION:
        return "browser"
    token = f"token {bearer.name}" if bearer.name else "the server's token"
    is_ours = seen.program is not None and seen.program.startswith(_OUR_PROGRAM)
    return f"command line, {token}" if is_ours else token
