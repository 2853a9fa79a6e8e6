"""What a dispatcher may rely on, whether the ledger is at hand or behind HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from tests.support import engine as support
from tests.support.engine import engine
from tests.support.ledger import SECOND, SUCCESS, WORKER, refusing
from tests.support.ledger import ledger as new_ledger
from tests.support.remote import remote_feed, site
from tests.support.waiting import comes

from clockhouse.engine import journal, remote
from clockhouse.engine.feed import STOPS, Feed, Rest
from clockhouse.engine.journal import Journal
from clockhouse.engine.ledger import LedgerFeed
from clockhouse.errors import Internal, Unavailable
from clockhouse.kit import Secret
from clockhouse.kit.declared import Entry, Setting
from clockhouse.model.assignment import Stray
from clockhouse.model.deployment import Limits
from clockhouse.model.environment import Plane
from clockhouse.model.execution import BROKEN, Outcome, Reason, State, Usage, stopped_by
from clockhouse.model.log import LogLine
from clockhouse.store import environments, executions, logs
from clockhouse.task import Retry, SystemClock
from clockhouse.vault import Vault

SETTINGS = (*support.SETTINGS, Setting("key", "secret"))
TWICE = Limits(timedelta(seconds=90), Retry(2, timedelta()))
CRASHED = Outcome(State.FAILED, Reason("exit_code", "It ended with 3."), 3, None, Usage(0.25, 1024))


@pytest.fixture
def ledger(tmp_path):
    made = new_ledger(tmp_path / "clockhouse.db", SystemClock(), settings=SETTINGS)
    yield made
    made.database.close()


@pytest.fixture(params=["at hand", "afar"])
def fed(request, ledger, tmp_path):
    """`fed(story)` tells it with a feed that claims in development, and not in production."""
    key_file = tmp_path / "vault.key"
    if request.param == "at hand":
        move(ledger, ledger.production)
        yield lambda story: asyncio.run(told(story, at_hand(ledger, key_file)))
        return
    move(ledger, ledger.development)
    with site(ledger, key_file) as here:
        _, token = here.add("rack-1", ledger.development)
        yield lambda story: asyncio.run(told(story, remote_feed(token, here.address)))


def move(ledger, environment):
    with ledger.database.begin() as tx:
        environments.set_plane(tx, environment, Plane.AGENTS)


@asynccontextmanager
async def at_hand(ledger, key_file) -> AsyncIterator[Feed]:
    journal = Journal(ledger.database)
    yield LedgerFeed(journal, ledger.database.changes, ledger.clock, Vault(key_file), worker=WORKER)
    await journal.close()


async def told(story, opening):
    async with opening as feed:
        return await story(feed)


def lines(*texts: str, after: int = 0) -> list[LogLine]:
    at = SystemClock().now()
    return [LogLine(seq, at, "stdout", "info", text) for seq, text in enumerate(texts, after + 1)]


def logged(ledger, execution_id):
    with ledger.database.read() as tx:
        return [line.text for line in logs.after(tx, execution_id, 0, 100_000)]


async def one(feed: Feed):
    """The only one that can be claimed."""
    [found] = (await feed.look({}, 10, tends=True)).assignments
    return found


def test_a_look_takes_no_more_than_there_is_room_for_with_all_that_it_takes_to_run_it(fed, ledger, tmp_path):
    sealed = Vault(tmp_path / "vault.key").seal(Secret("s3cret"), f"{ledger.component.id}/key")
    deployment = ledger.deploy(values={"code": "pass"}, sealed={"key": sealed}, limits=TWICE)
    first, second = ledger.run_now(deployment), ledger.run_now(deployment)

    async def story(feed):
        return await feed.look({}, 1, tends=False), await feed.look({}, 5, tends=False)

    looked, rest = fed(story)
    [found] = looked.assignments
    assert (found.id, found.attempt, found.build_id) == (first, 1, ledger.release.build.id)
    assert (found.entry, found.time_out, found.last_line) == (Entry("main.py", "main"), timedelta(seconds=90), 0)
    assert found.variables["TASK_CODE"] == "pass"
    assert {name: secret.reveal() for name, secret in found.secrets.items()} == {"TASK_KEY": "s3cret"}
    assert (found.problem, looked.tended) == (None, None)
    assert [each.id for each in rest.assignments] == [second]


def test_a_value_that_no_variable_can_hold_is_handed_on_as_it_is(fed, ledger):
    """It fails when it is started, alone."""
    ledger.run_now(ledger.deploy(values={"code": "half \ud800 of a pair"}))

    async def story(feed):
        return (await one(feed)).variables["TASK_CODE"]

    assert fed(story) == "half \ud800 of a pair"


def test_nothing_is_claimed_where_others_run_it(fed, ledger):
    ledger.run_now(ledger.deploy(environment=ledger.production))

    async def story(feed):
        return await feed.look({}, 5, tends=True)

    looked = fed(story)
    assert (looked.assignments, looked.next_at) == ([], None)
    assert [row.state for row in ledger.rows()] == ["queued"]


def test_a_look_tells_when_the_next_may_start(fed, ledger):
    deployment = ledger.deploy(limits=Limits(retry=Retry(2, timedelta(hours=1))))
    ledger.run_now(deployment)

    async def story(feed):
        found = await one(feed)
        await feed.finish(found.id, found.attempt, CRASHED, ledger.now)
        return await feed.look({}, 5, tends=False)

    looked = fed(story)
    assert looked.assignments == []
    assert timedelta(minutes=59) < looked.next_at - ledger.now <= timedelta(hours=1)


def test_a_look_that_tends_tells_what_to_stop_what_was_taken_and_what_strays(fed, ledger):
    deployment = ledger.deploy(limits=TWICE)
    ids = [ledger.run_now(deployment) for _ in range(3)]

    async def story(feed):
        await feed.look({}, 3, tends=False)
        ledger.request_stop(ids[0])
        with ledger.database.begin() as tx:
            executions.finish(tx, ids[1], 1, SUCCESS, tx.now)
        looked = await feed.look({ids[0]: 1, ids[1]: 1}, 0, tends=True)
        await feed.lose(Stray(ids[2], 1), BROKEN)
        return looked.tended

    tended = fed(story)
    assert tended.stops == {ids[0]: stopped_by("ada")}
    assert (tended.taken, tended.stray) == (frozenset({ids[1]}), (Stray(ids[2], 1),))
    lost = ledger.get(ids[2])
    assert (lost.state, lost.attempt) == (State.QUEUED, 2)  # its deployment lets it be tried again


def test_what_is_told_of_an_execution_is_in_the_ledger(fed, ledger):
    execution_id = ledger.run_now(ledger.deploy())
    began = ledger.now

    async def story(feed):
        found = await one(feed)
        await feed.mark_started(found.id, 1, began)
        assert await feed.append(found.id, 1, lines("one", "two \u2028 \U0001f600"))
        assert await feed.finish(found.id, 1, CRASHED, began + 2 * SECOND)

    fed(story)
    execution = ledger.get(execution_id)
    assert (execution.started_at, execution.finished_at) == (began, began + 2 * SECOND)
    assert (execution.state, execution.reason, execution.exit_code) == (State.FAILED, CRASHED.reason, 3)
    assert execution.usage == CRASHED.usage
    assert logged(ledger, execution_id) == ["one", "two \u2028 \U0001f600"]


def test_the_start_and_the_last_lines_may_be_told_with_the_end(fed, ledger):
    execution_id = ledger.run_now(ledger.deploy(limits=TWICE))
    began = ledger.now

    async def story(feed):
        found = await one(feed)
        rest = Rest(began, lines("one", "two"))
        ends = [await feed.finish(found.id, 1, CRASHED, began + SECOND, rest)]
        again = await one(feed)
        rest = Rest(began + SECOND, lines("three", after=again.last_line))
        ends.append(await feed.finish(again.id, 2, SUCCESS, began + 3 * SECOND, rest))
        late = Rest(None, lines("late", after=3))
        return [*ends, await feed.finish(again.id, 2, SUCCESS, began + 3 * SECOND, late)]

    assert fed(story) == [True, True, False]
    execution = ledger.get(execution_id)
    assert execution.duration == 2 * SECOND
    assert logged(ledger, execution_id) == ["one", "two", "three"]


def test_what_is_told_again_changes_nothing_and_what_comes_late_does_not_count(fed, ledger):
    execution_id = ledger.run_now(ledger.deploy(limits=TWICE))

    async def story(feed):
        found = await one(feed)
        for _ in range(2):
            assert await feed.append(found.id, 1, lines("one"))
        counted = [await feed.finish(found.id, 1, CRASHED, ledger.now) for _ in range(2)]
        assert not await feed.append(found.id, 1, lines("late", after=1))
        again = await one(feed)
        assert not await feed.finish(found.id, 1, SUCCESS, ledger.now)
        return counted, again

    counted, again = fed(story)
    assert counted == [True, False]
    assert (again.id, again.attempt, again.last_line) == (execution_id, 2, 1)
    assert ledger.get(execution_id).state is State.STARTED
    assert logged(ledger, execution_id) == ["one"]


def test_more_lines_than_one_request_takes_arrive_in_their_order(fed, ledger):
    execution_id = ledger.run_now(ledger.deploy())
    texts = [f"{number} {'x' * 8_000}" for number in range(400)]

    async def story(feed):
        found = await one(feed)
        assert await feed.append(found.id, 1, lines(*texts))

    fed(story)
    assert logged(ledger, execution_id) == texts


def test_a_secret_that_cannot_be_opened_is_said_of_that_one_alone(fed, ledger, tmp_path):
    sealed = Vault(tmp_path / "another.key").seal(Secret("s3cret"), f"{ledger.component.id}/key")
    other, release = ledger.add_component("other", SETTINGS)
    ledger.run_now(ledger.deploy(sealed={"key": sealed}))
    ledger.run_now(ledger.deploy(component=other, release=release), other)

    async def story(feed):
        return (await feed.look({}, 5, tends=True)).assignments

    problem, fine = fed(story)
    assert problem.problem.startswith("A secret cannot be opened")
    assert fine.problem is None


def test_a_wake_is_hinted_at_what_is_queued_and_at_what_is_to_stop(fed, ledger):
    deployment = ledger.deploy()

    async def story(feed):
        async with feed.waking() as wake:
            await hinted(wake, "queue", lambda: ledger.run_now(deployment))
            [found, *_] = (await feed.look({}, 10, tends=True)).assignments
            await hinted(wake, STOPS, lambda: ledger.request_stop(found.id))

    fed(story)


async def hinted(wake, topic, act):
    """Does it again until it is heard of: whoever begins to listen may miss the first time."""
    for _ in range(20):
        act()
        heard = await wake.until(longest=SECOND)
        if topic in heard or topic in await wake.until(longest=SECOND):
            return
    pytest.fail(f"There was no hint at {topic}.")


def test_what_cannot_be_written_now_is_written_later_and_a_look_says_so(fed, ledger, monkeypatch):
    monkeypatch.setattr(journal, "_TRY_AGAIN", timedelta(milliseconds=50))
    monkeypatch.setattr(remote, "TRY_AGAIN", timedelta(milliseconds=50))
    execution_id = ledger.run_now(ledger.deploy())

    async def story(feed):
        found = await one(feed)
        with refusing(ledger.database) as refused:
            with pytest.raises(Unavailable):
                await feed.look({found.id: 1}, 5, tends=True)
            ending = asyncio.gather(
                feed.append(found.id, 1, lines("one")), feed.finish(found.id, 1, SUCCESS, ledger.now)
            )
            before = len(refused)
            await comes(lambda: len(refused) > before + 3)
        return await ending

    assert fed(story) == [True, True]
    assert ledger.get(execution_id).state is State.SUCCEEDED
    assert logged(ledger, execution_id) == ["one"]


def test_what_the_ledger_does_not_take_at_all_is_told_and_spoils_nothing_else(fed, ledger, monkeypatch):
    append = logs.append

    def refuse(tx, source, told):
        if told[0].text == "bad":
            raise ValueError("no such line")
        append(tx, source, told)

    monkeypatch.setattr(logs, "append", refuse)
    deployment = ledger.deploy()
    ids = [ledger.run_now(deployment) for _ in range(3)]

    async def story(feed):
        await feed.look({}, 3, tends=False)
        texts = ("fine", "bad", "fine")
        appending = (feed.append(each, 1, lines(text)) for each, text in zip(ids, texts, strict=True))
        return await asyncio.gather(*appending, return_exceptions=True)

    first, refused, last = fed(story)
    assert (first, last) == (True, True)
    assert isinstance(refused, ValueError | Internal)


@pytest.mark.slow
def test_a_dispatcher_runs_what_it_is_fed(ledger, tmp_path):
    """Afar; at hand is what the other tests of the engine tell of."""
    artifact = support.build(tmp_path / "built")
    move(ledger, ledger.development)
    with site(ledger, tmp_path / "vault.key") as here:
        _, token = here.add("rack-1", ledger.development)

        async def story():
            async with (
                remote_feed(token, here.address) as feed,
                engine(ledger, artifact, tmp_path / "agent", feed=feed) as running,
            ):
                failed = await running.run("print('no'); raise SystemExit(3)")
                late = await running.run("import signal; signal.pause()", time_out=0.3)
                return failed, running.log(failed.id), late

        failed, log, late = asyncio.run(story())
    assert (failed.state, failed.exit_code, log) == (State.FAILED, 3, ["no"])
    assert failed.claimed_at <= failed.started_at <= failed.finished_at
    assert late.state is State.TIMED_OUT
