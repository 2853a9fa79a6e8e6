"""The HTTP application: every route of the API, and the console."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from clockhouse import __version__
from clockhouse.api import (
    account,
    agents,
    alerts,
    audit,
    backfills,
    builds,
    channels,
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
    alerts,
    schedules,
    executions,
    backfills,
    metrics,
    channels,
    audit,
    events,
    flows,
    clients,
    trials,
)


def create(parts: Parts | None) -> FastAPI:
    """The application over these parts; without them it can still describe itself."""
    app = FastAPI(
        title="Clockhouse",
        version=__version__,
        summary="Scheduled tasks from idea to production, every occurrence accounted for.",
        docs_url=None,  # a page of our own: the usual one loads its parts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.parts = parts
    app.state.streams = Streams()
    app.add_middleware(GZipMiddleware, minimum_size=2048, compresslevel=5)
    app.add_middleware(BoundedBodies, streamed=[f"/api/v1{connections.HOOKS}/"])
    app.add_middleware(SafeHeaders)
    errors.install(app)
    for router in (*(part.router for part in _PARTS_OF_THE_API), agents.work):
        app.router.routes.extend(router.routes)  # as they are: `include_router` makes each of them anew
    app.add_api_route("/healthz", sessions.health, methods=["GET", "HEAD"], include_in_schema=False)
    app.router.routes.extend(console.router.routes)
    return app


def close_streams(app: FastAPI) -> None:
    """Ends what is being followed, so that a stop need not wait for whoever follows it."""
    streams: Streams = app.state.streams
    streams.close()
