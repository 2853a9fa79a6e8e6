"""Log lines: numbered, in order, read on from where one was."""

from __future__ import annotations

from tests.support.ledger import NOON

from clockhouse.model.log import LogLine
from clockhouse.store import changes, logs


def line(seq: int, text: str = "") -> LogLine:
    return LogLine(seq, NOON, "stdout", None, text)


def test_lines_come_back_as_they_were(ledger):
    written = [LogLine(1, NOON, "stdout", "info", "INFO grüezi ☕"), LogLine(2, NOON, "stderr", None, "")]
    with ledger.database.begin() as tx:
        logs.append(tx, "one", written)
        logs.append(tx, "two", [line(1)])
        logs.append(tx, "one", [])
    with ledger.database.read() as tx:
        assert logs.after(tx, "one", 0, 10) == written


def test_reading_goes_on_after_a_line(ledger):
    with ledger.database.begin() as tx:
        logs.append(tx, "one", [line(n) for n in range(1, 11)])
    with ledger.database.read() as tx:
        assert [each.seq for each in logs.after(tx, "one", 3, 4)] == [4, 5, 6, 7]
        assert logs.after(tx, "one", 10, 4) == []
        assert (logs.last_seq(tx, "one"), logs.last_seq(tx, "none")) == (10, 0)


def test_who_follows_a_log_is_told_of_its_lines_alone(ledger):
    heard = []
    with ledger.database.changes.listening([changes.log_of("one")], heard.append):
        for source in ("one", "two"):
            with ledger.database.begin() as tx:
                logs.append(tx, source, [line(1)])
    assert heard == [frozenset({"log:one"})]
