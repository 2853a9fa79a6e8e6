"""Deletes rows of a table that are older than some days."""

import logging
from datetime import UTC, datetime, timedelta

from clockhouse.connectors import sql
from clockhouse.kit import Secret, TaskConfig, due_at, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    database_url: Secret = setting("The database, as kind://user:password@host/name")
    table: str = setting("The table", example="events", pattern=r"[A-Za-z_][A-Za-z0-9_.]*")
    column: str = setting("The column with each row's instant", example="created_at", pattern=r"[A-Za-z_][A-Za-z0-9_]*")
    days: int = setting("How many days old a row may become", default=90, minimum=1)
    only_count: bool = setting("Count the rows, and delete nothing", default=True)


def main(config: Config) -> None:
    database = sql.Client(config.database_url, timeout_seconds=600)
    before = (due_at() or datetime.now(UTC)) - timedelta(days=config.days)
    # The names are what the patterns above allow; the instant is a value of the statement.
    old = f"FROM {config.table} WHERE {config.column} < :before"
    values = {"before": f"{before:%Y-%m-%d %H:%M:%S}"}
    if config.only_count:
        count = database.value(f"SELECT count(*) {old}", values)
        log.info("%s rows of %s are older than %s days", count, config.table, config.days)
        return
    deleted = database.execute(f"DELETE {old}", values)
    log.info("Deleted %s rows of %s older than %s days", deleted, config.table, config.days)


if __name__ == "__main__":
    run(main)
