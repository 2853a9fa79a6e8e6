"""Engines: the processes that make executions happen, as they tell of themselves in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Engine:
    """One process. It writes `seen_at` again and again; `ended_at` says when it was stopped in good order.

    `ahead` is by how much its machine's clock was ahead of the ledger's time. `claimed_at` is when it last took an
    execution from the queue, None when it has not yet. `key_names` are of the keys that its vault opens with; the one
    that it seals with is the first.
    """

    id: str
    began_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    claimed_at: datetime | None
    ahead: timedelta
    key_names: tuple[str, ...] = ()
