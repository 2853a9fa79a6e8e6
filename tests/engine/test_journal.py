"""The journal: one commit for many writes, and each write for itself when one of them fails."""

from __future__ import annotations

import asyncio
import threading

import pytest
import sqlalchemy as sa
from tests.support.ledger import NOON
from tests.support.waiting import comes

from clockhouse.engine import journal as journal_module
from clockhouse.engine.journal import Journal
from clockhouse.errors import NotFound, Outage
from clockhouse.model.log import LogLine
from clockhouse.store import database as database_module
from clockhouse.store import logs, projects
from clockhouse.store.database import Contended
from clockhouse.store.tables.projects import projects as projects_table

LOG = "one"


def line(seq: int):
    return lambda tx: logs.append(tx, LOG, [LogLine(seq, NOON, "stdout", None, str(seq))])


def written(ledger) -> list[int]:
    with ledger.database.read() as tx:
        return [each.seq for each in logs.after(tx, LOG, 0, 1000)]


def commits(database) -> list[int]:
    counted = []
    sa.event.listen(database._engine, "commit", lambda connection: counted.append(1))
    return counted


def test_a_write_returns_what_it_found_once_it_is_committed(ledger):
    async def story():
        return await Journal(ledger.database).write(lambda tx: projects.get(tx, "shop").name)

    assert asyncio.run(story()) == "Shop"


def test_writes_that_come_together_share_one_commit(ledger):
    counted = commits(ledger.database)

    async def story():
        journal = Journal(ledger.database)
        await asyncio.gather(*[journal.write(line(seq)) for seq in range(1, 101)])

    asyncio.run(story())
    assert written(ledger) == list(range(1, 101))
    assert len(counted) <= 2


def test_what_is_to_come_first_does_so(ledger):
    order = []

    async def story():
        journal = Journal(ledger.database)
        writes = [journal.write(lambda _, n=n: order.append(n), first=n == 2) for n in range(4)]
        await asyncio.gather(*writes)

    asyncio.run(story())
    assert order == [2, 0, 1, 3]


def test_what_comes_during_a_commit_gathers_for_the_next_one(ledger):
    counted, begun, may_go_on = commits(ledger.database), threading.Event(), threading.Event()

    def slow(tx):
        begun.set()
        assert may_go_on.wait(10)

    async def story():
        journal = Journal(ledger.database)
        first = asyncio.create_task(journal.write(slow))
        await asyncio.to_thread(begun.wait, 10)
        others = [asyncio.create_task(journal.write(line(seq))) for seq in (1, 2, 3)]
        await asyncio.wait(others, timeout=0)
        may_go_on.set()
        await asyncio.gather(first, *others)

    asyncio.run(story())
    assert len(counted) == 2
    assert written(ledger) == [1, 2, 3]


def test_a_write_that_fails_spoils_no_other(ledger):
    def failing(tx):
        line(99)(tx)
        raise NotFound("There is no such thing.")

    def contradicting(tx):
        tx.execute(projects_table.insert().values(id="1", slug="shop", name="", description="", is_example=False))

    async def story():
        journal = Journal(ledger.database)
        writes = [journal.write(each) for each in (line(1), failing, line(2), contradicting, line(3))]
        return await asyncio.gather(*writes, return_exceptions=True)

    answers = asyncio.run(story())
    assert written(ledger) == [1, 2, 3]
    assert [type(answer) for answer in answers] == [
        type(None),
        NotFound,
        type(None),
        sa.exc.IntegrityError,
        type(None),
    ]


def test_a_database_that_does_not_answer_is_asked_once_for_all(ledger):
    """Each for itself would wait as long as the database lets one wait: half a minute, every time."""
    asked = []

    def refuse(connection):
        asked.append(1)
        raise sa.exc.OperationalError("BEGIN", None, Exception("database is locked"))

    async def story():
        journal = Journal(ledger.database)
        sa.event.listen(ledger.database._engine, "begin", refuse)
        return await asyncio.gather(*[journal.write(line(seq)) for seq in range(20)], return_exceptions=True)

    assert {type(answer) for answer in asyncio.run(story())} == {Outage}
    assert len(asked) == 1


def test_a_write_goes_on_though_who_asked_for_it_went_away(ledger):
    async def story():
        journal = Journal(ledger.database)
        writing = asyncio.create_task(journal.write(line(1)))
        await asyncio.wait([writing], timeout=0)
        writing.cancel()
        await asyncio.wait([writing])
        await journal.close()

    asyncio.run(story())
    assert written(ledger) == [1]


def test_closing_waits_for_what_was_given(ledger):
    async def story():
        journal = Journal(ledger.database)
        writes = [asyncio.create_task(journal.write(line(seq))) for seq in range(1, 6)]
        await asyncio.wait(writes, timeout=0)
        await journal.close()
        return [write.done() or written(ledger) for write in writes]

    asyncio.run(story())
    assert written(ledger) == [1, 2, 3, 4, 5]


def test_who_insists_is_heard_once_the_database_answers_again(ledger, monkeypatch):
    monkeypatch.setattr(journal_module, "_TRY_AGAIN", journal_module.timedelta(milliseconds=10))
    refused = []

    def refuse(connection):
        if len(refused) < 3:
            refused.append(1)
            raise sa.exc.OperationalError("BEGIN", None, Exception("database or disk is full"))

    async def story():
        sa.event.listen(ledger.database._engine, "begin", refuse)
        await Journal(ledger.database).insist(line(1), of=LOG)

    asyncio.run(story())
    assert (len(refused), written(ledger)) == (3, [1])


def contending(times):
    """A write that another transaction is in the way of so many times, and what became of each try."""
    tries = []

    def write(tx):
        line(99 if len(tries) < times else 2)(tx)
        tries.append(1)
        if len(tries) <= times:
            raise Contended("Somebody else changed the same.")

    return write, tries


def test_what_another_transaction_was_in_the_way_of_is_done_again_at_once(ledger):
    write, tries = contending(2)

    async def story():
        journal = Journal(ledger.database)
        await asyncio.gather(journal.write(line(1)), journal.write(write), journal.write(line(3)))

    asyncio.run(story())
    assert (len(tries), written(ledger)) == (3, [1, 2, 3])


def test_what_another_transaction_is_always_in_the_way_of_is_told_to_who_wrote(ledger):
    write, tries = contending(100)

    async def story():
        await Journal(ledger.database).write(write)

    with pytest.raises(Contended):
        asyncio.run(story())
    assert (len(tries), written(ledger)) == (database_module._TRIES, [])


def test_who_insists_on_what_cannot_be_is_told_so(ledger):
    async def story():
        await Journal(ledger.database).insist(lambda tx: projects.get(tx, "none"), of=LOG)

    with pytest.raises(NotFound):
        asyncio.run(story())


def test_a_journal_is_idle_when_all_is_written(ledger):
    async def story():
        journal = Journal(ledger.database)
        await journal.write(line(1))
        await comes(lambda: journal._committed is None)
        await journal.write(line(2))

    asyncio.run(story())
    assert written(ledger) == [1, 2]
