"""The command line as it is, with the clock, the lease or the memory that a chaos story wants of this one process."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from typing import Any

from clockhouse.model import assignment
from clockhouse.task.clock import SystemClock

AHEAD, LEASE = "CHAOS_CLOCK_AHEAD_S", "CHAOS_LEASE_S"


def main() -> None:
    if AHEAD in os.environ:
        _set_clock_ahead(timedelta(seconds=float(os.environ.pop(AHEAD))))
    if LEASE in os.environ:
        _shorten_lease(timedelta(seconds=float(os.environ.pop(LEASE))))
    from clockhouse.cli.main import run

    run()


def _set_clock_ahead(by: timedelta) -> None:
    honest = SystemClock.now

    def now(self: SystemClock) -> datetime:
        return honest(self) + by

    _replace(SystemClock, "now", now)


def _shorten_lease(lease: timedelta) -> None:
    """Before anybody takes it over: the lease is a constant."""
    assert "clockhouse.engine" not in sys.modules
    _replace(assignment, "LEASE", lease)
    from clockhouse.engine import janitor

    _replace(janitor, "_EVERY", lease / 3)


def _replace(place: Any, name: str, value: Any) -> None:
    assert hasattr(place, name), f"{name} has another place by now."
    setattr(place, name, value)


if __name__ == "__main__":
    main()
