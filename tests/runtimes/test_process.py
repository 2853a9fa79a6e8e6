"""What is particular to the process data plane: its warm parents, and what becomes of them."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from tests.runtimes import artifacts

from clockhouse.kit.declared import Entry
from clockhouse.kit.secret import Secret
from clockhouse.runtimes import warm
from clockhouse.runtimes.base import Exited, Lines, Started, StartFailed, Work
from clockhouse.runtimes.execution import Execution, StartLost
from clockhouse.runtimes.output import STREAMS
from clockhouse.runtimes.process import ProcessRuntime
from clockhouse.task.clock import SystemClock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these look into /proc")

MAIN = Entry("main.py")
PARENT = "import os\nprint(os.getppid())\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "executions").mkdir()
    return tmp_path / "executions"


@pytest.fixture
def build(tmp_path):
    def make(main, *, name="artifact", **modules):
        artifact = artifacts.make(tmp_path / name, {"main.py": main})
        for module, text in modules.items():
            artifacts.installed(artifact, module, text)
        return artifact

    return make


def on(folder, body, **options):
    """Runs `body(runtime)` on a runtime that is closed afterwards."""

    async def whole():
        runtime = ProcessRuntime(SystemClock(), folder, **options)
        try:
            return await body(runtime)
        finally:
            await runtime.close()

    return asyncio.run(whole())


async def texts(runtime, artifact, *, execution="e1", entry=MAIN, **options):
    events = [event async for event in runtime.run(Work(execution, artifact, entry, **options))]
    assert isinstance(events[-1], Exited)
    lines = [event for event in events if isinstance(event, Lines) and event.stream in STREAMS]
    return [text for each in lines for text in each.texts]


def state_of(pid):
    """As the system has it, such as Z for a zombie; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


def runs(pid):
    return state_of(pid) not in ("", "Z")


async def ended(pid):
    """Waits until a process is gone; its parent may not have noticed."""
    async with asyncio.timeout(20):
        while await asyncio.to_thread(runs, pid):
            pass


def test_a_build_that_is_an_image_says_where_it_runs(folder, tmp_path):
    async def body():
        runtime = ProcessRuntime(SystemClock(), folder)
        try:
            await anext(runtime.run(Work("e1", tmp_path / "artifact", MAIN)))
        finally:
            await runtime.close()

    (tmp_path / "artifact" / "source").mkdir(parents=True)
    with pytest.raises(StartFailed, match="clockhouse environment run-on ENVIRONMENT docker"):
        asyncio.run(body())


def test_executions_of_a_build_share_a_parent_and_builds_do_not(folder, build):
    one, other = build(PARENT), build(PARENT, name="other")

    async def body(runtime):
        return [await texts(runtime, artifact) for artifact in (one, one, other)]

    first, second, third = on(folder, body)
    assert first == second != third


def test_first_executions_at_once_share_one_start(folder, build):
    artifact = build(PARENT)

    async def body(runtime):
        return await asyncio.gather(*(texts(runtime, artifact, execution=f"e{n}") for n in range(4)))

    parents = on(folder, body)
    assert len({parent for [parent] in parents}) == 1


def test_warming_ahead_is_what_the_first_execution_uses(folder, build):
    artifact = build(
        "import heavy, os\nprint(heavy.loaded_by == os.getppid())\n", heavy="import os\nloaded_by = os.getpid()"
    )

    async def body(runtime):
        await runtime.warm(artifact, MAIN)
        return await texts(runtime, artifact)

    assert on(folder, body) == ["True"]


def test_a_module_that_starts_a_thread_is_loaded_by_each_execution(folder, build):
    artifact = build(
        "import threaded, plain, os\nprint(threaded.loaded_by == os.getpid(), plain.loaded_by == os.getppid())\n"
        "import threading\nprint(threaded.thread in threading.enumerate())\nthreaded.end.set()\n",
        threaded="import os, threading\nloaded_by = os.getpid()\nend = threading.Event()\n"
        "thread = threading.Thread(target=end.wait)\nthread.start()\n",
        plain="import os\nloaded_by = os.getpid()\n",
    )

    async def body(runtime):
        return [await texts(runtime, artifact) for _ in range(2)]

    assert on(folder, body) == [["True True", "True"]] * 2


@pytest.mark.parametrize(
    "fault", ["os._exit(3)", "os.kill(os.getpid(), 9)", pytest.param("signal.pause()", marks=pytest.mark.slow)]
)
def test_a_module_that_ends_or_holds_the_parent_is_loaded_by_each_execution(folder, build, fault):
    artifact = build(
        "import awkward\nprint('here')\n",
        awkward=f"import os, signal, sys\nif 'shim' in sys.argv[0]:\n    {fault}\n",
    )

    async def body(runtime):
        return await texts(runtime, artifact)

    # The limit is far above what a healthy start takes and is only waited for in the third case.
    assert on(folder, body, start_within=timedelta(seconds=3)) == ["here"]


def test_a_module_that_fails_to_load_fails_in_the_execution(folder, build):
    artifact = build("import absent\n")

    async def body(runtime):
        return await texts(runtime, artifact)

    assert on(folder, body)[-1] == "ModuleNotFoundError: No module named 'absent'"


def test_the_tasks_own_modules_come_first_and_fresh(folder, tmp_path):
    files = {"main.py": "import json, own\nprint(json.mine, own.count)\nown.count += 1\n"}
    artifact = artifacts.make(
        tmp_path / "a", {**files, "json.py": "mine = True\n", "own.py": "import csv\ncount = 0\n"}
    )

    async def body(runtime):
        return [await texts(runtime, artifact) for _ in range(2)]

    assert on(folder, body) == [["True 0"], ["True 0"]]


def test_a_parent_that_was_killed_is_replaced(folder, build):
    artifact = build(PARENT)

    async def body(runtime):
        [first] = await texts(runtime, artifact)
        os.kill(int(first), signal.SIGKILL)
        [second] = await texts(runtime, artifact)
        return first, second

    first, second = on(folder, body)
    assert first != second


def test_a_child_that_stood_by_and_was_killed_is_replaced(folder, build):
    artifact = build("import os\nprint(os.getppid())\n")

    async def body(runtime):
        found = []
        for _ in range(3):
            [parent] = await texts(runtime, artifact)
            children = await asyncio.to_thread(Path(f"/proc/{parent}/task/{parent}/children").read_text)
            for child in children.split():
                os.kill(int(child), signal.SIGKILL)
            found.append(parent)
        return found

    assert len(set(on(folder, body))) == 1


def test_an_execution_whose_parent_is_killed_ends_killed(folder, build):
    artifact = build("import os, signal\nprint(os.getppid())\nsignal.pause()\n")

    async def body(runtime):
        events = []
        async for event in runtime.run(Work("e1", artifact, MAIN)):
            events.append(event)
            if isinstance(event, Lines):
                os.kill(int(event.texts[0]), signal.SIGKILL)
        await ended(events[0].pid)
        return events

    started, _lines, exited = on(folder, body)
    assert isinstance(started, Started)
    assert (exited.exit_code, exited.signal, exited.cpu_s) == (None, signal.SIGKILL, None)


def test_the_least_recently_used_parent_gives_way(folder, build):
    artifacts_ = [build(PARENT, name=name) for name in "abc"]

    async def body(runtime):
        first = [await texts(runtime, artifact) for artifact in artifacts_]
        await ended(first[0][0])
        again = [await texts(runtime, artifacts_[2])]
        return first, again

    first, again = on(folder, body, warm=2)
    assert again == [first[2]]


def test_a_parent_nobody_used_for_a_while_ends(folder, build):
    artifact = build(PARENT)

    async def body(runtime):
        [first] = await texts(runtime, artifact)
        await ended(first)
        [second] = await texts(runtime, artifact)
        return first, second

    first, second = on(folder, body, idle=timedelta(milliseconds=20))
    assert first != second


def test_an_execution_can_be_stopped_before_it_has_a_parent(folder, build):
    artifact = build("print('never')\n")

    async def body(runtime):
        run = asyncio.create_task(texts(runtime, artifact))
        while not await runtime.stop("e1", grace=timedelta(seconds=1)):
            await asyncio.to_thread(os.sched_yield)
        with pytest.raises(StartFailed):
            await run

    on(folder, body)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("moment", ["start", "clear"])
def test_a_stop_between_two_attempts_to_start_counts(folder, build, monkeypatch, moment):
    artifact = build("print('never')\n")
    start, clear = Execution.start, Execution.clear

    async def body(runtime):
        async def lose(_execution):
            monkeypatch.setattr(Execution, "start", start)
            if moment == "start":
                await runtime.stop("e1", grace=timedelta(seconds=1))
            raise StartLost

        async def clear_while_it_is_stopped(execution):
            await runtime.stop("e1", grace=timedelta(seconds=1))
            await clear(execution)

        if moment == "clear":
            monkeypatch.setattr(Execution, "clear", clear_while_it_is_stopped)
        monkeypatch.setattr(Execution, "start", lose)
        with pytest.raises(StartFailed, match="stopped before it started"):
            await texts(runtime, artifact)

    on(folder, body)
    assert list(folder.iterdir()) == []


def test_a_start_that_found_no_descriptors_is_tried_again_by_the_next(folder, build, monkeypatch):
    artifact = build("print('here')\n")

    def none_left():
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    async def body(runtime):
        with monkeypatch.context() as patch:
            patch.setattr(tempfile, "TemporaryFile", none_left)
            with pytest.raises(StartFailed, match="Too many open files"):
                await texts(runtime, artifact)
        return await texts(runtime, artifact)

    assert on(folder, body) == ["here"]


def test_a_start_that_broke_is_tried_again_by_the_next(folder, build, monkeypatch):
    artifact = build("print('here')\n")

    def broken(*_args):
        raise ZeroDivisionError

    async def body(runtime):
        with monkeypatch.context() as patch:
            patch.setattr(warm, "_popen", broken)
            with pytest.raises(ZeroDivisionError):
                await texts(runtime, artifact)
        return await texts(runtime, artifact)

    assert on(folder, body) == ["here"]


def test_a_parent_lost_after_a_start_took_too_long_ends_all_its_executions(folder, build, monkeypatch):
    artifact = build("import os, time\nprint(os.getppid())\ntime.sleep(30)\n")
    monkeypatch.setattr(Execution, "kill", lambda _execution: None)  # too slow for that, too

    async def body(runtime):
        parent = await runtime._parents.of(artifact, MAIN)
        late = Execution(SystemClock(), Work("e1", artifact, MAIN), parent, folder)
        monkeypatch.setattr(late, "_read_report", lambda: None)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await late.start()
        events = []
        async for event in runtime.run(Work("e2", artifact, MAIN)):
            events.append(event)
            if isinstance(event, Lines):
                os.kill(int(event.texts[0]), signal.SIGKILL)
        await late.clear()
        return events[-1].signal, late.has_ended

    assert on(folder, body) == (signal.SIGKILL, True)


@pytest.mark.parametrize("next_one", ["started", "stopped"])
def test_a_task_that_stops_its_parent_holds_neither_itself_nor_others(folder, build, next_one):
    artifact = build("import os, signal, sys\nif sys.argv[1:]:\n    os.kill(os.getppid(), 19)\n    signal.pause()\n")

    async def body(runtime):
        running = runtime.run(Work("e1", artifact, MAIN, arguments=("stop",)))
        parent = await runtime._parents.of(artifact, MAIN)
        assert isinstance(await anext(running), Started)
        async with asyncio.timeout(20):
            while await asyncio.to_thread(state_of, parent._process.pid) != "T":
                pass
            if next_one == "started":
                await texts(runtime, artifact, execution="e2")
            await runtime.stop("e1", grace=timedelta())
            return [event async for event in running][-1].signal

    assert on(folder, body) in (signal.SIGTERM, signal.SIGKILL)


def test_an_environment_may_be_large(folder, build):
    artifact = build("import os\nprint(len(os.environ['TASK_KEY']), len(os.environ['TASK_TEXT']))\n")

    async def body(runtime):
        options = {"environment": {"TASK_TEXT": "x" * 100_000}, "secrets": {"TASK_KEY": Secret("ü\n" * 60_000)}}
        return [await texts(runtime, artifact, **options) for _ in range(2)]

    assert on(folder, body) == [["120000 100000"]] * 2


def test_a_variable_that_no_environment_can_hold_does_not_start(folder, build, tmp_path):
    artifact = build(f"open({str(tmp_path / 'ran')!r}, 'a').write('x')\n")

    async def body(runtime):
        with pytest.raises(StartFailed, match="could not start"):
            await texts(runtime, artifact, environment={"TASK_X": "a\0b"})
        await texts(runtime, artifact)

    on(folder, body)
    assert (tmp_path / "ran").read_text() == "x"


def test_a_python_that_is_none_says_so(folder, build):
    artifact = build("print('never')\n")
    python = artifact / "environment" / "bin" / "python"
    python.unlink()
    python.write_text("#!/bin/sh\necho 'no libpython here' >&2\nexit 1\n")
    python.chmod(0o755)

    async def body(runtime):
        with pytest.raises(StartFailed, match="no libpython here"):
            await texts(runtime, artifact)

    on(folder, body)


def test_no_folder_for_executions_is_said(folder, build):
    artifact = build("print('never')\n")
    folder.rmdir()

    async def body(runtime):
        with pytest.raises(StartFailed, match="needs a folder"):
            await texts(runtime, artifact)

    on(folder, body)


def test_subprocesses_of_a_task_use_its_python(folder, build):
    artifact = build("import subprocess\nsubprocess.run(['python', '-c', 'import sys; print(sys.prefix)'])\n")

    async def body(runtime):
        return await texts(runtime, artifact)

    assert on(folder, body) == [str(artifact / "environment")]


@pytest.mark.slow
def test_multiprocessing_works_in_a_task(folder, build):
    artifact = build(
        "import multiprocessing\ndef double(x): return 2 * x\n"
        "if __name__ == '__main__':\n"
        "    for way in ('fork', 'spawn'):\n"
        "        with multiprocessing.get_context(way).Pool(1) as pool: print(pool.map(double, [21]))\n"
    )

    async def body(runtime):
        return await texts(runtime, artifact)

    assert on(folder, body) == ["[42]", "[42]"]


def test_what_calls_main_is_loaded_once_though_the_script_does_not_import_it(folder, build):
    artifact = build("import sys\nprint('clockhouse.kit' in sys.modules)\ndef main(): ...\n")

    assert on(folder, lambda runtime: texts(runtime, artifact, entry=Entry("main.py", "main"))) == ["True"]


def test_a_task_gets_no_more_memory_than_it_may_have_and_goes_before_the_server(folder, build):
    artifact = build("print(open('/proc/self/oom_score_adj').read().strip())\nbytearray(300_000_000)\n")

    async def body(runtime):
        return [event async for event in runtime.run(Work("e1", artifact, MAIN))]

    events = on(folder, body, memory_bytes=200_000_000)
    told = {event.stream: event.texts for event in events if isinstance(event, Lines)}
    assert told["stdout"] == (warm.SACRIFICED,)
    assert told["stderr"][-1] == "MemoryError"
    assert events[-1].exit_code == 1
