"""One execution, when what is asked of it and what it does come in the same moment."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.engine import SETTINGS
from tests.support.ledger import SECOND, WORKER
from tests.support.ledger import ledger as new_ledger

from clockhouse.engine.journal import Journal
from clockhouse.engine.ledger import LedgerFeed
from clockhouse.engine.tracker import Tracker
from clockhouse.kit.declared import Entry
from clockhouse.model.assignment import assigned
from clockhouse.model.execution import OUT_OF_MEMORY, State, stopped_by, timed_out
from clockhouse.runtimes.base import Exited, Lines, Started, Work
from clockhouse.store import logs
from clockhouse.vault import Vault


class Scripted:
    """A runtime whose work tells what it is given; before the last event it waits until it may end."""

    def __init__(self, *events, is_running=True):
        self.events, self.is_running = events, is_running
        self.runs = 0
        self.stops = []
        self.may_end = asyncio.Event()

    async def run(self, work):
        self.runs += 1
        for event in self.events[:-1]:
            yield event
        await self.may_end.wait()
        yield self.events[-1]

    async def stop(self, execution, *, grace):
        self.stops.append(grace)
        return self.is_running


@pytest.fixture
def ledger(tmp_path):
    made = new_ledger(tmp_path / "clockhouse.db", settings=SETTINGS)
    yield made
    made.database.close()


@pytest.fixture
def claimed(ledger, tmp_path):
    ledger.run_now(ledger.deploy())
    return assigned(ledger.claim()[0], Vault(tmp_path / "vault.key").open)


def fed(ledger):
    vault = Vault(ledger.database._path.with_name("vault.key"))
    return LedgerFeed(Journal(ledger.database), ledger.database.changes, ledger.clock, vault, worker=WORKER)


def follow(ledger, claimed, runtime, act, tmp_path, **options):
    """Follows the execution, and does `act(tracker)` beside it; the execution as it ended."""

    async def story():
        tracker = Tracker(claimed, runtime(), fed(ledger), ledger.clock, **options)
        work = Work(claimed.id, tmp_path, Entry("main.py", "main"))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(act(tracker))
            tasks.create_task(tracker.follow(work))
        return tracker._runtime

    used = asyncio.run(story())
    return ledger.get(claimed.id), used


def begun(ledger):
    return Started(ledger.now, 1)


def succeeded(ledger):
    return Exited(ledger.now, 0, None, 0.1, 1024)


def test_what_is_stopped_before_the_runtime_knows_of_it_never_runs(ledger, claimed, tmp_path):
    async def stop(tracker):
        await tracker.stop(State.CANCELLED, stopped_by("ada"))
        tracker._runtime.may_end.set()

    execution, runtime = follow(
        ledger, claimed, lambda: Scripted(begun(ledger), succeeded(ledger), is_running=False), stop, tmp_path
    )
    assert (execution.state, execution.reason, execution.started_at) == (State.CANCELLED, stopped_by("ada"), None)
    assert runtime.runs == 0


def test_the_time_out_of_what_goes_on_counts_from_its_start(ledger, claimed, tmp_path):
    class Ending(Scripted):
        async def stop(self, execution, *, grace):
            self.may_end.set()
            return await super().stop(execution, grace=grace)

    async def nothing(_tracker):
        pass

    limited = replace(claimed, time_out=timedelta(hours=1))
    since = ledger.now - timedelta(hours=2)
    execution, runtime = follow(
        ledger, limited, lambda: Ending(begun(ledger), succeeded(ledger)), nothing, tmp_path, started_at=since
    )
    assert (execution.state, execution.reason) == (State.TIMED_OUT, timed_out(timedelta(hours=1)))
    assert len(runtime.stops) == 1


def test_too_much_memory_is_a_reason_of_its_own(ledger, claimed, tmp_path):
    async def end(tracker):
        tracker._runtime.may_end.set()

    ended = Exited(ledger.now, None, 9, None, None, out_of_memory=True)
    execution, _ = follow(ledger, claimed, lambda: Scripted(begun(ledger), ended), end, tmp_path)
    assert (execution.state, execution.reason, execution.signal) == (State.FAILED, OUT_OF_MEMORY, 9)


@pytest.mark.parametrize("is_running", [True, False], ids=["still ran", "had ended"])
def test_a_stop_counts_only_if_it_came_before_the_end(ledger, claimed, tmp_path, is_running):
    async def stop(tracker):
        await tracker._has_begun.wait()
        await tracker.stop(State.CANCELLED, stopped_by("ada"))
        tracker._runtime.may_end.set()

    execution, _ = follow(
        ledger, claimed, lambda: Scripted(begun(ledger), succeeded(ledger), is_running=is_running), stop, tmp_path
    )
    assert execution.state is (State.CANCELLED if is_running else State.SUCCEEDED)
    assert execution.exit_code == 0


def test_a_stop_that_the_runtime_did_not_hear_while_it_started_is_asked_again(ledger, claimed, tmp_path):
    class Starting(Scripted):
        async def run(self, work):
            await self.may_end.wait()
            yield self.events[0]
            yield self.events[1]

        async def stop(self, execution, *, grace):
            await super().stop(execution, grace=grace)
            return len(self.stops) > 1

    async def stop(tracker):
        await asyncio.to_thread(int)
        await tracker.stop(State.CANCELLED, stopped_by("ada"), SECOND)
        tracker._runtime.may_end.set()

    execution, runtime = follow(ledger, claimed, lambda: Starting(begun(ledger), succeeded(ledger)), stop, tmp_path)
    assert (execution.state, execution.reason) == (State.CANCELLED, stopped_by("ada"))
    assert runtime.stops == [SECOND, SECOND]


def test_lines_that_can_not_be_written_leave_the_outcome_as_it_is(ledger, claimed, tmp_path, monkeypatch):
    append = logs.append

    def refuse(tx, source, lines):
        if any(line.text == "bad" for line in lines):
            raise ValueError("no such line")
        append(tx, source, lines)

    monkeypatch.setattr(logs, "append", refuse)

    async def end(tracker):
        tracker._runtime.may_end.set()

    def chatty():
        return Scripted(begun(ledger), Lines(ledger.now, "stdout", ("bad",)), succeeded(ledger))

    execution, _ = follow(ledger, claimed, chatty, end, tmp_path)
    with ledger.database.read() as tx:
        found = [line.text for line in logs.after(tx, claimed.id, 0, 100)]
    assert execution.state is State.SUCCEEDED
    assert found == ["WARNING 1 lines were lost: they could not be written."]


def test_giving_up_records_what_it_can_and_raises_nothing(ledger, claimed, monkeypatch):
    async def give_up():
        tracker = Tracker(claimed, Scripted(), fed(ledger), ledger.clock)
        with monkeypatch.context() as patch:
            patch.setattr("clockhouse.store.executions.finish", lambda *_: 1 / 0)
            await tracker.give_up(ledger.now)
        assert ledger.get(claimed.id).state is State.STARTED
        await tracker.give_up(ledger.now)

    asyncio.run(give_up())
    assert ledger.get(claimed.id).reason.code == "internal"


def test_of_several_reasons_to_stop_the_first_one_counts_and_the_task_is_told_once(ledger, claimed, tmp_path):
    async def stop(tracker):
        await tracker._has_begun.wait()
        await tracker.stop(State.CANCELLED, stopped_by("ada"))
        await tracker.stop(State.LOST, stopped_by("eve"), SECOND)
        tracker._runtime.may_end.set()

    execution, runtime = follow(ledger, claimed, lambda: Scripted(begun(ledger), succeeded(ledger)), stop, tmp_path)
    assert (execution.state, execution.reason) == (State.CANCELLED, stopped_by("ada"))
    assert len(runtime.stops) == 1


def test_a_runtime_that_says_nothing_at_the_end_leaves_the_outcome_unknown(ledger, claimed, tmp_path):
    async def end(tracker):
        tracker._runtime.may_end.set()

    def mute():
        return Scripted(begun(ledger), Lines(ledger.now, "stdout", ("one",)))

    execution, _ = follow(ledger, claimed, mute, end, tmp_path)
    assert (execution.state, execution.reason.code) == (State.LOST, "internal")


def test_of_overlong_lines_few_are_written_at_once_and_no_more_than_the_most(ledger, claimed, tmp_path, monkeypatch):
    monkeypatch.setattr("clockhouse.engine.tracker.MOST_TEXT", 5 * 1024 * 1024)
    written = []

    async def end(tracker):
        append = tracker._feed.append

        async def noted(execution, attempt, lines):
            written.append(sum(len(line.text) for line in lines))
            return await append(execution, attempt, lines)

        monkeypatch.setattr(tracker._feed, "append", noted)
        tracker._runtime.may_end.set()

    def endless():
        lines = [Lines(ledger.now, "stdout", ("x" * 16_384,) * 64) for _ in range(10)]
        return Scripted(begun(ledger), *lines, succeeded(ledger))

    follow(ledger, claimed, endless, end, tmp_path)
    with ledger.database.read() as tx:
        found = [line.text for line in logs.after(tx, claimed.id, 0, 1000)]
    assert len(found) == 5 * 64 + 1
    assert found[-1] == "WARNING 320 more lines were not kept: 1000000 is the most, or 5 MiB."
    assert written
    assert max(written) <= 1024 * 1024


def test_the_most_lines_are_kept_and_the_others_counted(ledger, claimed, tmp_path, monkeypatch):
    monkeypatch.setattr("clockhouse.engine.tracker.MOST_LINES", 5)

    async def end(tracker):
        tracker._runtime.may_end.set()

    def chatty():
        lines = [Lines(ledger.now, "stdout", tuple(f"line {n}" for n in range(4))) for _ in range(3)]
        return Scripted(begun(ledger), *lines, succeeded(ledger))

    follow(ledger, claimed, chatty, end, tmp_path)
    with ledger.database.read() as tx:
        found = [line.text for line in logs.after(tx, claimed.id, 0, 100)]
    assert found[:5] == ["line 0", "line 1", "line 2", "line 3", "line 0"]
    assert found[5:] == ["WARNING 7 more lines were not kept: 5 is the most, or 256 MiB."]
