"""The HTTP application: every route of the API, and the console."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware

from clockhouse import __version__
from clockhouse.api import (
    account,
    agents,
    audit,
    backfills,
    builds,
    clients,
    components,
    configuration,
    connections,
    console,
    declarations,
    deployments,
    environments,
    errors,
    events,
    executions,
    flows,
    history,
    metrics,
    openid,
    people,
    projects,
    requests,
    reviews,
    schedules,
    sessions,
    source,
    trials,
)
from clockhouse.api.bodies import ErrorBody
from clockhouse.api.bounds import BoundedBodies
from clockhouse.api.headers import SafeHeaders
from clockhouse.api.streams import Streams
from clockhouse.control.parts import Parts

_PARTS_OF_THE_API = (
    sessions,
    account,
    openid,
    people,
    projects,
    components,
    connections,
    source,
    builds,
    deployments,
    declarations,
    history,
    requests,
    reviews,
    configuration,
    environments,
    agents,
    schedules,
    executions,
    backfills,
    metrics,
    audit,
    events,
    flows,
    clients,
    trials,
)


_RESPONSES: dict[int | str, dict[str, Any]] = {"default": {"model": ErrorBody, "description": "What went wrong"}}


def create(parts: Parts | None) -> FastAPI:
    """The application over these parts; without them it can still describe itself."""
    app = FastAPI(
        title="Clockhouse",
        version=__version__,
        summary="Scheduled tasks from idea to production, every occurrence accounted for.",
        docs_url=None,  # a page of our own: the usual one loads its parts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        generate_unique_id_function=_operation_name,
    )
    app.state.parts = parts
    app.state.streams = Streams()
    app.add_middleware(GZipMiddleware, minimum_size=2048, compresslevel=5)
    app.add_middleware(BoundedBodies, streamed=[f"/api/v1{connections.HOOKS}/"])
    app.add_middleware(SafeHeaders)
    errors.install(app)
    for router in (*(part.router for part in _PARTS_OF_THE_API), agents.work):
        # With a prefix here and not on a router in between, FastAPI leaves the work of it to the first request.
        app.include_router(router, prefix="/api/v1", responses=_RESPONSES)
    app.add_api_route("/healthz", sessions.health, methods=["GET", "HEAD"], include_in_schema=False)
    app.include_router(console.router)
    return app


def warm(app: FastAPI) -> None:
    """Does what the first request would wait for. Safe beside requests, in a thread of its own."""
    for route in app.routes:
        route.matches({"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []})


def close_streams(app: FastAPI) -> None:
    """Ends what is being followed, so that a stop need not wait for whoever follows it."""
    streams: Streams = app.state.streams
    streams.close()


def _operation_name(route: APIRoute) -> str:
    return route.name
