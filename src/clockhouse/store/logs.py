"""Log lines in the database, of executions and of builds."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from clockhouse.model.log import LogLine
from clockhouse.store import changes
from clockhouse.store.database import Tx
from clockhouse.store.tables.logs import log_lines

FAILURE = "failure"  # the stream of what a failed attempt told of its variables, which is no line for people
_COLUMNS = ("source", "seq", "at", "stream", "level", "text")


def append(tx: Tx, source: str, lines: Sequence[LogLine]) -> None:
    """Adds lines whose `seq` go on from the last one's. Those that are there are left: a commit may go unheard of."""
    if not lines:
        return
    rows = ((source, line.seq, line.at, line.stream, line.level, line.text) for line in lines)
    tx.insert_missing_rows(log_lines, _COLUMNS, rows)
    tx.changed(changes.log_of(source))


def after(tx: Tx, source: str, seq: int, limit: int) -> list[LogLine]:
    """At most `limit` lines that follow `seq`, in order."""
    rows = tx.execute(
        sa.select(log_lines.c.seq, log_lines.c.at, log_lines.c.stream, log_lines.c.level, log_lines.c.text)
        .where(log_lines.c.source == source, log_lines.c.seq > seq, log_lines.c.stream != FAILURE)
        .order_by(log_lines.c.seq)
        .limit(limit)
    )
    return [LogLine(row.seq, row.at, row.stream, row.level, row.text) for row in rows]


def last_failure(tx: Tx, source: str) -> str | None:
    """What the last attempt that failed told of where it did, as JSON; None when none has told it."""
    told: str | None = tx.execute(
        sa.select(log_lines.c.text)
        .where(log_lines.c.source == source, log_lines.c.stream == FAILURE)
        .order_by(log_lines.c.seq.desc())
        .limit(1)
    ).scalar()
    return told


def remove(tx: Tx, source: str) -> None:
    tx.execute(log_lines.delete().where(log_lines.c.source == source))


def last_seq(tx: Tx, source: str) -> int:
    """The number of the last line; 0 when there is none."""
    return tx.execute(sa.select(sa.func.max(log_lines.c.seq)).where(log_lines.c.source == source)).scalar() or 0
