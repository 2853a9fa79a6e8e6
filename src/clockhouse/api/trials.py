"""Trials over HTTP: source that nobody has saved is run, and followed while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Path as PathParameter
from sse_starlette import EventSourceResponse, ServerSentEvent

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.streams import LOOK_AGAIN_S, Streams, StreamsOf, WatcherOf
from clockhouse.api.trial_bodies import NewTrial, TrialBody, TrialNews, news, trial_body
from clockhouse.control import trials
from clockhouse.control.bench import Trial
from clockhouse.control.watching import Watcher
from clockhouse.errors import Forbidden, NotFound, Unauthenticated
from clockhouse.model.trial import WITH_SERVER, Phase

router = routes.router(tags=["trials"])
Id = Annotated[str, PathParameter(alias="id")]
_PING_S = 15
_NEWS: dict[int | str, dict[str, Any]] = {200: {"model": TrialNews, "description": "The data of each event"}}


@router.post("/projects/{project}/components/{component}/trials", status_code=201)
def begin_trial(parts: PartsOf, actor: ActorOf, project: str, component: str, body: NewTrial) -> TrialBody:
    """Runs a draft: a commit's files with changes over them. It is no execution, and nothing of it is kept.

    One of yours runs at a time: another one ends it.
    """
    return trial_body(trials.begin(parts, actor, project, component, body.wish()))


@router.post("/trials/{id}/stop", status_code=204)
def stop_trial(parts: PartsOf, actor: ActorOf, trial: Id) -> None:
    """Ends one of yours, if it is not over."""
    trials.stop(parts, actor, trial)


@router.get("/trials/{id}/events", response_class=EventSourceResponse, responses=_NEWS)
async def follow_trial(
    parts: PartsOf, actor: ActorOf, trial: Id, streams: StreamsOf, watcher: WatcherOf
) -> EventSourceResponse:
    """Server-sent events from the beginning: `news` (what is new), the last one with its `end`.

    Only the server that runs it can answer.
    """
    found = trials.get(parts, actor, trial)
    return EventSourceResponse(_events(streams, found, watcher), ping=_PING_S)


async def _events(streams: Streams, trial: Trial, watcher: Watcher) -> AsyncIterator[ServerSentEvent]:
    version = 0
    with streams.waking() as wake, trial.listening(wake.hint):
        while True:
            seen = trial.seen(version)
            if seen.version > version:
                version = seen.version
                yield ServerSentEvent(news(seen).model_dump_json(), event="news")
            if seen.ended is not None:
                return
            if wake.is_last:
                last = replace(seen, phase=Phase.OVER, lines=(), notes=(), ended=WITH_SERVER)
                yield ServerSentEvent(news(last).model_dump_json(), event="news")
                return
            await wake.until(LOOK_AGAIN_S)
            try:
                trials.check(trial, await asyncio.to_thread(watcher.actor))
            except (Forbidden, NotFound, Unauthenticated):  # whoever reads may no longer
                return
