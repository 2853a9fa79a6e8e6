"""What schedules will do in the next weeks, with the overlaps that measured durations foretell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import Invalid, NotFound
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.execution import State
from clockhouse.model.forecast import SPAN_DAYS, Durations, Forecast, forecast
from clockhouse.model.schedule import Terms
from clockhouse.store import metrics, minutes
from clockhouse.store.database import Tx
from clockhouse.store.filters import Filter
from clockhouse.task import InvalidTrigger

_MEASURED = timedelta(days=30)
_RAN = (State.SUCCEEDED, State.FAILED, State.TIMED_OUT)


def calendar(
    parts: Parts,
    actor: Actor,
    terms: Sequence[Terms],
    *,
    component: tuple[str, str] | None = None,
    environment: str | None = None,
    zone: str | None = None,
    start: datetime | None = None,
    days: int = SPAN_DAYS,
    at_once: int | None = None,
) -> tuple[Forecast, Durations | None]:
    """What these schedules of one deployment would make due, computed by the very code that will fire.

    `component` is a project's slug and its own; how long its executions take is measured in the environment, or where
    nothing ran there, anywhere. Raises Invalid for a zone that is none.
    """
    access.require(actor, Permission.READ, project=component[0] if component else None)
    with parts.database.read() as tx:
        durations = measured(tx, *component, environment) if component else None
        since = start or tx.now
    try:
        found = forecast(terms, start=since, zone=zone, days=days, durations=durations, at_once=at_once)
    except InvalidTrigger as error:
        raise Invalid(error.sentence, {error.field: error.sentence}) from None
    except OverflowError:
        sentence = "The calendar ends with the year 9998. Choose an earlier start."
        raise Invalid(sentence, {"start": sentence}) from None
    return found, durations


def measured(tx: Tx, project: str, slug: str, environment: str | None) -> Durations | None:
    """How long executions of the last 30 days took there, or where none ran, anywhere; None when there was none."""
    found = None
    if environment is not None:
        try:
            found = _measured_in(tx, project, slug, environment)
        except NotFound:  # of an environment that is to come
            found = None
    return found or _measured_in(tx, project, slug, None)


def due_by_minute(parts: Parts, actor: Actor) -> list[int]:
    """How many crons of the installation are due next at each minute of an hour, 0 to 59, of UTC."""
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return minutes.due_by_minute(tx)


def _measured_in(tx: Tx, project: str, slug: str, environment: str | None) -> Durations | None:
    chosen = Filter(project=project, component=slug, environment=environment)
    [bucket] = metrics.outcomes(tx, chosen, [tx.now - _MEASURED], tx.now)
    if bucket.duration_p50_s is None or bucket.duration_p95_s is None:
        return None
    ran = sum(bucket.counts.get(state, 0) for state in _RAN)
    p50, p95 = timedelta(seconds=bucket.duration_p50_s), timedelta(seconds=bucket.duration_p95_s)
    return Durations(p50, p95, ran, environment)
