"""Which occurrence a task runs for."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # importing `typing` costs milliseconds in every cold start
if TYPE_CHECKING:
    from datetime import datetime

DUE_AT = "CLOCKHOUSE_DUE_AT"


def due_at() -> datetime | None:
    """The instant at which this execution was due, in UTC; None when Clockhouse did not start it.

    It is the due time of the schedule also when the execution is late, tried or run again, or part of a backfill; of
    a start by hand it is when somebody asked for it.
    """
    from datetime import datetime

    written = os.environ.get(DUE_AT)
    return datetime.fromisoformat(written) if written else None
