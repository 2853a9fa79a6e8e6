"""The watchdog's composition root: a database to read and an address to ping, and nothing else of a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from clockhouse import client
from clockhouse.config import Config
from clockhouse.engine.watchdog import UNREADABLE, Patience, Watchdog
from clockhouse.kit import Secret
from clockhouse.store.opening import open_database
from clockhouse.task.clock import SystemClock

__all__ = ["UNREADABLE", "Patience", "Watchdog", "watchdog"]


@contextmanager
def watchdog(config: Config, patience: Patience, ping: Secret | None = None) -> Iterator[Watchdog]:
    """A watchdog of the database that a configuration names. Raises Invalid when it names none that can be used."""
    clock = SystemClock()
    pinging = None if ping is None else client.Ping(ping)
    database = open_database(config, clock, read_only=True)
    try:
        yield Watchdog(database, clock, patience, pinging)
    finally:
        database.close()
