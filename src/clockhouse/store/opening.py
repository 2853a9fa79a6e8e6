"""Opens the database that a configuration names."""

from __future__ import annotations

from clockhouse.config import Config
from clockhouse.errors import Invalid
from clockhouse.store.database import Database
from clockhouse.task.clock import Clock


def open_database(config: Config, clock: Clock, *, read_only: bool = False) -> Database:
    """SQLite tells the time by `clock`, PostgreSQL by its own. With `read_only`, nothing can be written or made.

    Raises Invalid when the address cannot be read, and when the driver is not installed.
    """
    if config.database is None:
        from clockhouse.store.sqlite import SQLite

        return SQLite(config.database_file, clock, read_only=read_only)
    try:
        from clockhouse.store.postgresql import PostgreSQL
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise Invalid(
            "PostgreSQL needs a driver that is not installed. Install it: pip install 'clockhouse[server,postgres]'"
        ) from error
    return PostgreSQL(config.database, password=config.database_password)
