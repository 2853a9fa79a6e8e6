"""What becomes of an execution: real processes of a real build, from the queue to the ledger."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from itertools import pairwise

import pytest
from tests.support.engine import engine
from tests.support.ledger import every
from tests.support.waiting import comes

from clockhouse.engine.tracker import Tracker
from clockhouse.model.backfill import Scope
from clockhouse.model.execution import State
from clockhouse.store import backfills, components, executions
from clockhouse.task import Backoff, Retry

pytestmark = pytest.mark.slow

FOREVER = "import signal; print('waiting', flush=True); signal.pause()"
STUBBORN = """
    import signal, subprocess, sys, os
    signal.signal(signal.SIGTERM, lambda *_: print("told to end", flush=True))
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"
    child = subprocess.Popen([sys.executable, "-c", deaf])
    print("child", child.pid, flush=True)
    print("self", os.getpid(), flush=True)
    while True:
        signal.pause()
"""


@pytest.fixture
def tell(live, artifact, tmp_path):
    """Runs a story with an engine: `tell(story)`."""

    def told(story, **options):
        async def whole():
            async with engine(live, artifact, tmp_path, **options) as running:
                return await story(running)

        return asyncio.run(whole())

    return told


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def number(lines: list[str], name: str) -> int:
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def test_code_that_ends_well_has_succeeded(tell):
    async def story(engine):
        return await engine.run("print('hello')")

    execution = tell(story)
    assert (execution.state, execution.exit_code, execution.reason) == (State.SUCCEEDED, 0, None)
    assert execution.due_at <= execution.claimed_at <= execution.started_at <= execution.finished_at
    assert execution.usage.cpu_s is not None
    assert execution.usage.peak_bytes > 0


@pytest.mark.parametrize(
    ("code", "exit_code", "words"),
    [("import sys; sys.exit(3)", 3, "."), ("raise ValueError('no')", 1, ": ValueError: no")],
    ids=["exit", "exception"],
)
def test_code_that_ends_with_an_exit_code_has_failed(tell, code, exit_code, words):
    async def story(engine):
        execution = await engine.run(code)
        return execution, engine.log(execution.id)

    execution, lines = tell(story)
    assert (execution.state, execution.exit_code, execution.signal) == (State.FAILED, exit_code, None)
    assert execution.reason.sentence == f"The task ended with exit code {exit_code}{words}"
    assert any("ValueError: no" in line for line in lines) == (exit_code == 1)


def test_code_that_a_signal_ends_has_failed_with_it(tell):
    async def story(engine):
        return await engine.run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    execution = tell(story)
    assert (execution.state, execution.exit_code, execution.signal) == (State.FAILED, None, signal.SIGKILL)
    assert "SIGKILL" in execution.reason.sentence


def test_a_time_out_ends_code_and_says_so(tell):
    async def story(engine):
        return await engine.run(FOREVER, time_out=0.3)

    execution = tell(story)
    assert (execution.state, execution.signal) == (State.TIMED_OUT, signal.SIGTERM)
    assert execution.reason.sentence == "It took longer than its time-out of 0.3 s, and was ended."
    assert execution.duration >= timedelta(seconds=0.3)


def test_a_time_out_ends_the_children_too_and_who_will_not_end(tell, monkeypatch):
    monkeypatch.setattr(Tracker.stop, "__defaults__", (timedelta(seconds=0.5),))  # instead of five

    async def story(engine):
        execution = await engine.run(STUBBORN, time_out=1)
        return execution, engine.log(execution.id)

    execution, lines = tell(story)
    assert (execution.state, execution.signal) == (State.TIMED_OUT, signal.SIGKILL)
    assert lines.count("told to end") == 1
    assert not is_alive(number(lines, "child"))
    assert not is_alive(number(lines, "self"))


def test_what_a_person_stops_is_cancelled_by_their_name(tell):
    async def story(engine):
        [execution_id] = engine.start(FOREVER, retry=Retry(3, timedelta()))
        await engine.says(execution_id, "waiting")
        engine.ledger.request_stop(execution_id)
        return await engine.ended(execution_id)

    execution = tell(story)
    assert (execution.state, execution.reason.sentence) == (State.CANCELLED, "ada stopped it.")
    assert execution.signal == signal.SIGTERM


def test_code_that_is_told_to_end_is_told_once_and_may_clean_up(tell):
    code = """
        import signal, sys
        asked = []
        signal.signal(signal.SIGTERM, lambda *_: asked.append(print("told to end", flush=True)))
        print("waiting", flush=True)
        while not asked:
            signal.pause()
        for _ in range(3):
            signal.sigtimedwait([], 0.3)
        print("clean", flush=True)
    """

    async def story(engine):
        [execution_id] = engine.start(code)
        await engine.says(execution_id, "waiting")
        engine.ledger.request_stop(execution_id)
        await engine.says(execution_id, "told to end")
        for _ in range(5):  # each makes the dispatcher look again
            engine.start("print('another')")
        return await engine.ended(execution_id), engine.log(execution_id)

    execution, lines = tell(story)
    assert (execution.state, execution.exit_code) == (State.CANCELLED, 0)
    assert lines == ["waiting", "told to end", "clean"]


def test_what_is_stopped_before_its_first_line_is_cancelled(tell):
    async def story(engine):
        [execution_id] = engine.start(FOREVER)
        await comes(lambda: engine.dispatcher.running)
        engine.ledger.request_stop(execution_id)
        return await engine.ended(execution_id)

    assert tell(story).state is State.CANCELLED


def test_a_removed_component_is_ended(tell):
    async def story(engine):
        [execution_id] = engine.start("import os; print('self', os.getpid(), flush=True)\n" + FOREVER)
        await engine.says(execution_id, "waiting")
        pid = number(engine.log(execution_id), "self")
        with engine.ledger.database.begin() as tx:
            components.remove(tx, engine.ledger.component)
        await comes(lambda: engine.dispatcher.running == 0)
        return pid, engine.log(execution_id)

    pid, lines = tell(story)
    assert not is_alive(pid)
    assert lines == []


@pytest.mark.parametrize("state", ["missing", "broken"])
def test_what_cannot_be_started_has_failed_and_says_why(live, tmp_path, state):
    artifact = tmp_path / "artifact"
    if state == "broken":
        (artifact / "environment" / "bin").mkdir(parents=True)
        (artifact / "environment" / "bin" / "python").write_text("no Python")

    async def story():
        async with engine(live, artifact, tmp_path) as running:
            return await running.run("print('never')")

    execution = asyncio.run(story())
    assert (execution.state, execution.reason.code, execution.started_at) == (State.FAILED, "not_started", None)
    assert execution.reason.sentence.startswith("The code could not be started: ")


def test_lines_are_in_the_ledger_while_the_code_runs_and_in_order(tell):
    code = """
        import sys, signal
        for n in range(3000):
            print("line", n)
        print("ERROR now", file=sys.stderr, flush=True)
        signal.pause()
    """

    async def story(engine):
        [execution_id] = engine.start(code)
        await engine.says(execution_id, "ERROR now")
        assert engine.ledger.get(execution_id).state is State.STARTED
        engine.ledger.request_stop(execution_id)
        await engine.ended(execution_id)
        return [line for line in engine.log(execution_id) if line.startswith("line ")]

    assert tell(story) == [f"line {n}" for n in range(3000)]


def test_tries_are_kept_one_by_one_with_one_log_that_goes_on(tell, tmp_path):
    counter = tmp_path / "counter"
    code = f"""
        from pathlib import Path
        counter = Path({str(counter)!r})
        tried = int(counter.read_text()) + 1 if counter.exists() else 1
        counter.write_text(str(tried))
        print("try", tried)
        assert tried == 3
    """

    async def story(engine):
        retry = Retry(5, timedelta(milliseconds=20), Backoff.EXPONENTIAL)
        execution = await engine.run(code, retry=retry)
        return execution, engine.tries(execution.id), engine.log(execution.id)

    execution, tries, lines = tell(story)
    assert (execution.state, execution.attempt) == (State.SUCCEEDED, 3)
    assert tries == [State.FAILED, State.FAILED, State.SUCCEEDED]
    assert [line for line in lines if line.startswith("try")] == ["try 1", "try 2", "try 3"]
    assert lines[-1] == "try 3"


def test_a_time_out_is_tried_again_too(tell):
    async def story(engine):
        execution = await engine.run(FOREVER, time_out=0.2, retry=Retry(2, timedelta()))
        return engine.tries(execution.id)

    assert tell(story) == [State.TIMED_OUT, State.TIMED_OUT]


def test_configuration_reaches_the_code_and_no_variable_of_the_server_does(tell, monkeypatch):
    monkeypatch.setenv("SERVER_ONLY", "x")

    async def story(engine):
        execution = await engine.run("import os; print(sorted(os.environ))")
        return engine.log(execution.id)

    [names] = tell(story)
    assert "TASK_CODE" in names
    assert "SERVER_ONLY" not in names


def test_a_task_learns_when_it_was_due_also_when_it_is_run_again(tell):
    async def story(engine):
        first = await engine.run("import clockhouse.kit as kit; print(kit.due_at().isoformat())")
        with engine.ledger.database.begin() as tx:
            second = executions.add_again(tx, first, by="ada")
        await engine.ended(second)
        return first.due_at.isoformat(), engine.log(first.id), engine.log(second)

    due_at, first, second = tell(story)
    assert (first, second) == ([due_at], [due_at])


def test_a_backfill_is_worked_off_in_order_without_waiting_for_a_look(tell):
    """Each end makes the next one ready: without the hint it would take five seconds an execution, and too long."""

    async def story(engine):
        ledger = engine.ledger
        begin = ledger.now
        code = "import clockhouse.kit as kit; print(kit.due_at().isoformat())"
        deployment = ledger.deploy(every(timedelta(days=1), begin), values={"code": code})
        due = [begin - timedelta(hours=hours) for hours in (5, 4, 3, 2, 1)]
        with ledger.database.begin() as tx:
            made = backfills.add(
                tx,
                ledger.component,
                deployment,
                deployment.schedules[0],
                start=due[0],
                end=begin,
                scope=Scope.ALL,
                at_once=1,
                due=due,
                by="ada",
            )

        def over():
            with ledger.database.read() as tx:
                found = backfills.get(tx, made.id)
            return None if found.is_open else found

        await comes(over)
        rows = [row for row in ledger.rows() if row.backfill_id is not None]
        said = [engine.log(row.id) for row in rows]
        return due, rows, said

    due, rows, said = tell(story)
    assert said == [[each.isoformat()] for each in due]
    assert all(one.finished_at <= other.claimed_at for one, other in pairwise(rows))
