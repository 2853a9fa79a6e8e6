"""The terms of schedules as the database keeps them."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import lru_cache
from typing import Any

from clockhouse.model.schedule import Terms
from clockhouse.task import CatchUp, CatchUpMode, Overlap
from clockhouse.task.spec import from_spec, to_spec


def columns(terms: Terms) -> dict[str, Any]:
    """The values of their columns, by name."""
    return {
        "trigger": to_spec(terms.trigger),
        "overlap": str(terms.overlap),
        "catch_up": _written(terms),
        "end_after_failures": terms.end_after_failures,
        "max_count": terms.max_count,
    }


def read(row: Any) -> Terms:
    """From a row with these columns, those of JSON as text. Raises whatever shows that they cannot be read."""
    return _read(row.trigger, row.overlap, row.catch_up, row.end_after_failures, row.max_count)


@lru_cache(maxsize=4096)
def _read(trigger: str, overlap: str, catch_up: str, end_after_failures: int | None, max_count: int | None) -> Terms:
    """A trigger never changes, and to read one takes longer than to ask it."""
    written = json.loads(catch_up)
    after_pause = written.get("after_pause", False)
    parts = from_spec(json.loads(trigger)), Overlap(overlap), _caught_up(written)
    return Terms(*parts, end_after_failures, max_count, after_pause)


def _written(terms: Terms) -> dict[str, Any]:
    catch_up = terms.catch_up
    within = None if catch_up.within is None else catch_up.within.total_seconds()
    written = {"mode": str(catch_up.mode), "within_s": within, "grace_s": catch_up.grace.total_seconds()}
    return {**written, "after_pause": terms.after_pause}


def _caught_up(written: dict[str, Any]) -> CatchUp:
    within, grace = written["within_s"], timedelta(seconds=written["grace_s"])
    return CatchUp(CatchUpMode(written["mode"]), None if within is None else timedelta(seconds=within), grace)
