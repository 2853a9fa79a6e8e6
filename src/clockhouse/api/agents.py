"""Agents over HTTP: who there is, and the few requests that agents themselves make."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from clockhouse import __version__
from clockhouse.api import routes
from clockhouse.api.agent_bodies import AddedAgentBody, AgentBody, NewAgent
from clockhouse.api.auth import ActorOf, AgentOf, PartsOf
from clockhouse.api.bodies import MOST, Instant
from clockhouse.api.streams import Streams, StreamsOf
from clockhouse.control import agents, watching
from clockhouse.control.parts import Parts
from clockhouse.model import agent as model
from clockhouse.model.agent import Agent, Presence, Report
from clockhouse.model.assignment import Assignment, Tended
from clockhouse.model.execution import Outcome, Reason, State, Usage
from clockhouse.model.log import LogLine

router = routes.router("/agents", tags=["agents"])
work = routes.router("/agent", include_in_schema=False)  # between our own programs: no promise to anybody else
_PING_S = 10
_MOST_AT_ONCE = 10_000


@router.get("")
def list_agents(parts: PartsOf, actor: ActorOf) -> list[AgentBody]:
    """The programs on other machines that run what an environment has, by name."""
    return [AgentBody(**_told(each)) for each in agents.every(parts, actor)]


@router.post("", status_code=201)
def add_agent(parts: PartsOf, actor: ActorOf, body: NewAgent) -> AddedAgentBody:
    """Lets an agent in. Its token is in this answer and nowhere else."""
    made, token = agents.add(parts, actor, body.name, body.environment)
    return AddedAgentBody(**_told(made), token=token)


@router.delete("/{agent}", status_code=204)
def remove_agent(parts: PartsOf, actor: ActorOf, agent: str) -> None:
    """Its token is refused from now on; what it runs counts as lost."""
    agents.remove(parts, actor, agent)


class _Said(BaseModel):
    """What an agent sends. What a newer one adds is left aside."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Id = Annotated[str, Field(min_length=1, max_length=26)]
Process = Annotated[str, Field(pattern="^[a-z0-9]{1,40}$")]
Sentence = Annotated[str, Field(max_length=10_000)]


class LookBody(_Said):
    process: Process
    attempts: dict[Id, Annotated[int, Field(ge=1, le=MOST)]] = Field(max_length=_MOST_AT_ONCE)
    room: int = Field(ge=0, le=_MOST_AT_ONCE)
    tends: bool
    version: str = Field(max_length=40)
    host: str = Field(max_length=255)
    most: int = Field(ge=0, le=_MOST_AT_ONCE)


class ReasonSaid(_Said):
    code: str = Field(max_length=40)
    sentence: Sentence


class LineSaid(_Said):
    seq: int = Field(ge=1, le=MOST)
    at: Instant
    stream: Literal["stdout", "stderr", "failure"]
    level: Literal["debug", "info", "warning", "error"] | None
    text: str = Field(max_length=200_000)

    def line(self) -> LogLine:
        return LogLine(self.seq, self.at, self.stream, self.level, self.text)


class _OfAttempt(_Said):
    id: Id
    attempt: int = Field(ge=1, le=MOST)


class StartedSaid(_OfAttempt):
    kind: Literal["started"]
    at: Instant

    def report(self) -> Report:
        return model.Started(self.id, self.attempt, self.at)


class LoggedSaid(_OfAttempt):
    kind: Literal["logged"]
    lines: list[LineSaid] = Field(max_length=_MOST_AT_ONCE)

    def report(self) -> Report:
        return model.Logged(self.id, self.attempt, [each.line() for each in self.lines])


class FinishedSaid(_OfAttempt):
    kind: Literal["finished"]
    at: Instant
    started_at: Instant | None = None
    lines: list[LineSaid] = Field(default=[], max_length=_MOST_AT_ONCE)
    state: Literal["succeeded", "failed", "timed_out", "cancelled", "lost"]
    reason: ReasonSaid | None
    exit_code: int | None = Field(ge=-MOST, le=MOST)
    signal: int | None = Field(ge=0, le=255)
    cpu_s: float | None = Field(ge=0, allow_inf_nan=False)
    peak_bytes: int | None = Field(ge=0, le=2**62)

    def report(self) -> Report:
        usage = Usage(self.cpu_s, self.peak_bytes)
        outcome = Outcome(State(self.state), _reason(self.reason), self.exit_code, self.signal, usage)
        lines = [each.line() for each in self.lines]
        return model.Finished(self.id, self.attempt, self.at, outcome, self.started_at, lines)


class StrayedSaid(_OfAttempt):
    kind: Literal["strayed"]
    reason: ReasonSaid

    def report(self) -> Report:
        return model.Strayed(self.id, self.attempt, Reason(self.reason.code, self.reason.sentence))


class ReportsBody(_Said):
    process: Process
    reports: list[Annotated[StartedSaid | LoggedSaid | FinishedSaid | StrayedSaid, Field(discriminator="kind")]] = (
        Field(min_length=1, max_length=_MOST_AT_ONCE)
    )


class BuildsBody(_Said):
    builds: list[Id] = Field(max_length=_MOST_AT_ONCE)


@work.post("/look")
def look(parts: PartsOf, agent: AgentOf, body: LookBody) -> Response:
    """Claims, and tends what runs. The answer holds open secrets: it is never kept."""
    presence = Presence(body.version, body.host, body.most)
    asked = agents.Look(body.process, body.attempts, body.room, body.tends, presence)
    found = agents.look(parts, agent, asked)
    told = {
        "version": __version__,
        "now": found.now.isoformat(),
        "assignments": [_assignment(each) for each in found.assignments],
        "next_at": None if found.next_at is None else found.next_at.isoformat(),
        "tended": None if found.tended is None else _tended(found.tended),
    }
    # In ASCII: a value may hold half of a surrogate pair, which spoils its own execution and not the whole answer.
    return Response(json.dumps(told), media_type="application/json")


@work.post("/reports")
def report(parts: PartsOf, agent: AgentOf, body: ReportsBody) -> dict[str, Any]:
    """Whether each counts: not when the attempt is over, or was never this agent's; null when it could not be kept."""
    reports = [each.report() for each in body.reports]
    return {"counts": agents.record(parts, agent, body.process, reports)}


@work.get("/hints", response_class=EventSourceResponse)
async def follow_hints(parts: PartsOf, agent: AgentOf, streams: StreamsOf) -> EventSourceResponse:
    """Server-sent events: `hint`, with topics, when a look may find something."""
    return EventSourceResponse(_hints(streams, parts, agent), ping=_PING_S)


@work.get("/artifacts/{build}", response_class=StreamingResponse)
async def get_artifact(parts: PartsOf, agent: AgentOf, build: str) -> StreamingResponse:
    """What a build made, as a parcel of the builders."""
    parcel = await agents.parcel_of(parts, agent, build)
    # It is compressed already: saying that it is encoded keeps it from being compressed once more.
    headers = {"Content-Encoding": "identity", "Clockhouse-Digest": parcel.digest}
    return StreamingResponse(parcel.pieces, media_type="application/gzip", headers=headers)


@work.post("/unneeded")
def find_unneeded(parts: PartsOf, agent: AgentOf, body: BuildsBody) -> dict[str, Any]:
    """Which of these builds the agent may forget."""
    return {"builds": agents.unneeded(parts, agent, body.builds)}


async def _hints(streams: Streams, parts: Parts, agent: Agent) -> AsyncIterator[ServerSentEvent]:
    topics: set[str] = set()
    loop = asyncio.get_running_loop()
    with streams.waking() as wake:

        def note(changed: frozenset[str]) -> None:
            loop.call_soon_threadsafe(topics.update, changed)
            wake.hint()

        with watching.work(parts, agent, note):
            yield ServerSentEvent("[]", event="hint")  # whatever was missed before
            while not wake.is_last:
                await wake.until()
                if topics:
                    told = sorted(topics)
                    topics.clear()
                    yield ServerSentEvent(json.dumps(told), event="hint")


def _assignment(given: Assignment) -> dict[str, Any]:
    return {
        "id": given.id,
        "attempt": given.attempt,
        "build": given.build_id,
        "entry": {"path": given.entry.path, "call": given.entry.call},
        "time_out_s": _seconds(given.time_out),
        "variables": dict(given.variables),
        "secrets": {name: secret.reveal() for name, secret in given.secrets.items()},
        "files": dict(given.files),
        "last_line": given.last_line,
        "problem": given.problem,
    }


def _tended(tended: Tended) -> dict[str, Any]:
    return {
        "stops": {each: {"code": why.code, "sentence": why.sentence} for each, why in tended.stops.items()},
        "taken": sorted(tended.taken),
        "stray": [{"id": each.id, "attempt": each.attempt} for each in tended.stray],
    }


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _reason(said: ReasonSaid | None) -> Reason | None:
    return None if said is None else Reason(said.code, said.sentence)


def _told(agent: Agent) -> dict[str, Any]:
    return {name: getattr(agent, name) for name in AgentBody.model_fields}
