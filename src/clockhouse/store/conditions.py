"""The conditions of alerts, as the database keeps them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from clockhouse.errors import Invalid
from clockhouse.model import alert as model
from clockhouse.model.alert import Condition


def columns(condition: Condition) -> dict[str, Any]:
    limit: timedelta | None = getattr(condition, "limit", None)
    return {
        "kind": model.kind_of(condition),
        "failures": getattr(condition, "count", None),
        "limit_s": None if limit is None else limit.total_seconds(),
    }


def read(row: Any) -> Condition | None:
    """None of one that only a newer version understands."""
    limit = None if row.limit_s is None else timedelta(seconds=row.limit_s)
    try:
        return model.made(row.kind, count=row.failures, limit=limit)
    except Invalid:
        return None
