"""What may be asked of measurements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import Invalid
from clockhouse.model.actor import Actor
from clockhouse.store import metrics
from clockhouse.store import promises as store_promises
from clockhouse.store.filters import Filter
from clockhouse.store.metrics import Bucket, Delivery
from clockhouse.store.promises import Promise

__all__ = ["Outcomes", "Promise", "delivery", "outcomes", "promises"]

_SPAN = timedelta(days=1)
_LONG_SPAN = timedelta(days=30)
_LONGEST = timedelta(days=3660)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_WIDTHS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Buckets of one width, oldest first; the first begins on a multiple of the width."""

    start: datetime
    end: datetime
    width: timedelta
    buckets: list[Bucket]


def outcomes(
    parts: Parts, actor: Actor, chosen: Filter, *, start: datetime | None, end: datetime | None, buckets: int
) -> Outcomes:
    """What became of the executions due in a window (the last day), in about so many buckets of a round width."""
    chosen = access.narrowed(actor, chosen)
    with parts.database.read() as tx:
        since, until = _window(tx.now, start, end, _SPAN)
        wanted = (until - since).total_seconds() / buckets
        width = timedelta(seconds=next((each for each in _WIDTHS if each >= wanted), _WIDTHS[-1]))
        starts = metrics.bucket_starts(since, until, width)
        return Outcomes(starts[0], until, width, metrics.outcomes(tx, chosen, starts, until))


def delivery(
    parts: Parts, actor: Actor, chosen: Filter, *, start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime, Delivery]:
    """Promised against delivered in a window (the last 30 days)."""
    chosen = access.narrowed(actor, chosen)
    with parts.database.read() as tx:
        since, until = _window(tx.now, start, end, _LONG_SPAN)
        return since, until, metrics.delivery(tx, replace(chosen, start=None, end=None), since, until)


def promises(
    parts: Parts, actor: Actor, chosen: Filter, *, start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime, list[Promise]]:
    """Promised against delivered in a window (the last 30 days), by component and environment."""
    chosen = access.narrowed(actor, chosen)
    with parts.database.read() as tx:
        since, until = _window(tx.now, start, end, _LONG_SPAN)
        return since, until, store_promises.kept(tx, chosen, since, until)


def _window(now: datetime, start: datetime | None, end: datetime | None, span: timedelta) -> tuple[datetime, datetime]:
    until = end or now
    if until < _EARLIEST:
        sentence = f"Nothing was due before {_EARLIEST:%Y}."
        raise Invalid(sentence, {"end": sentence})
    since = start or until - span
    if since >= until:
        sentence = "The window must begin before it ends."
        raise Invalid(sentence, {"start": sentence})
    if until - since > _LONGEST:
        sentence = f"The window may be at most {_LONGEST.days} days long."
        raise Invalid(sentence, {"start": sentence})
    return since, until
