"""What every place that runs code must do: each one is a `Case` of this suite."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from tests.runtimes import artifacts
from tests.support.docker import OwnedRuntime

from clockhouse.kit.declared import Entry
from clockhouse.kit.secret import Secret
from clockhouse.runtimes.base import Event, Exited, Lines, Runtime, Started, StartFailed, Work
from clockhouse.runtimes.process import ProcessRuntime
from clockhouse.task.clock import SystemClock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the process data plane is for Linux and macOS")

Files = Mapping[str, str]
SOON = timedelta(milliseconds=50)
LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Case:
    """A runtime, given a folder of its own; how its artifacts are made; how one is broken so that nothing starts.

    `left` is what it keeps of executions in that folder, or elsewhere; `many` is how many short ones are many for it.
    """

    make: Callable[[Path], Runtime]
    artifact: Callable[[Path, Files], Path]
    spoil: Callable[[Path], None]
    left: Callable[[Path], list[str]]
    many: int
    measures: bool = True  # what an execution used
    is_apart: bool = False  # from this machine's files and processes, and from the server's life


def process_runtime(folder: Path) -> Runtime:
    folder.mkdir(exist_ok=True)
    return ProcessRuntime(SystemClock(), folder)


PROCESS = Case(
    make=process_runtime,
    artifact=artifacts.make,
    spoil=lambda artifact: (artifact / "environment" / "bin" / "python").unlink(),
    left=lambda folder: os.listdir(folder),
    many=100,
)


@pytest.fixture
def docker_case(docker_engine, python_image):
    def make(folder):
        folder.parent.chmod(0o777)  # what a test shares with its tasks, who are somebody else
        return OwnedRuntime(docker_engine, python_image, mounts=(folder.parent,))

    return Case(
        make=make,
        artifact=artifacts.make_whole,
        spoil=PROCESS.spoil,
        left=lambda _: docker_engine.left(),
        many=5,
        measures=False,
        is_apart=True,
    )


@pytest.fixture(params=["process", pytest.param("docker", marks=[pytest.mark.docker, pytest.mark.slow])])
def case(request):
    if request.param == "process":
        return PROCESS
    return request.getfixturevalue("docker_case")


@dataclass(frozen=True, slots=True)
class Result:
    events: list[Event]

    def texts(self, stream: str) -> list[str]:
        found = [one for one in self.events if isinstance(one, Lines) and one.stream == stream]
        return [text for lines in found for text in lines.texts]

    @property
    def started(self) -> Started:
        assert isinstance(self.events[0], Started)
        return self.events[0]

    @property
    def exited(self) -> Exited:
        assert isinstance(self.events[-1], Exited)
        return self.events[-1]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one test runs its tasks."""

    case: Case
    folder: Path

    def work(self, source: str, execution: str = "e1", **options: object) -> Work:
        call = options.pop("call", None)
        name = f"artifact-{abs(hash(source))}"
        folder = self.folder / name
        if not folder.exists():
            self.case.artifact(folder, {"main.py": textwrap.dedent(source)})
        return Work(execution, folder, Entry("main.py", call), **options)

    def run(self, source: str, **options: object) -> Result:
        return self.run_all(self.work(source, **options))[0]

    def run_all(self, *works: Work) -> list[Result]:
        """One after the other, on one runtime."""

        async def body() -> list[Result]:
            runtime = self.case.make(self.folder / "executions")
            try:
                return [Result([event async for event in runtime.run(work)]) for work in works]
            finally:
                await runtime.close()

        return asyncio.run(body())


@pytest.fixture
def place(case, tmp_path):
    before = os.umask(0)
    yield Place(case, tmp_path)
    os.umask(before)


@pytest.fixture
def here(case):
    """Whether this test is about executions that are processes of this machine."""
    if case.is_apart:
        pytest.skip("its executions are containers, apart from this machine")


def test_a_run_tells_its_start_its_lines_and_its_end(place):
    before = SystemClock().now()

    result = place.run("print('one')\nprint('two')\n")

    assert result.texts("stdout") == ["one", "two"]
    assert result.exited.exit_code == 0
    assert result.exited.signal is None
    if place.case.measures:
        assert result.exited.cpu_s >= 0
        assert result.exited.peak_bytes > 1_000_000
    instants = [event.at for event in result.events]
    assert instants == sorted(instants)
    assert before <= instants[0]
    assert all(at.tzinfo is UTC for at in instants)


def test_the_streams_are_told_apart(place):
    result = place.run("import sys\nprint('out')\nprint('err', file=sys.stderr)\n")

    assert (result.texts("stdout"), result.texts("stderr")) == (["out"], ["err"])


def test_a_task_may_write_where_it_begins_and_at_home(place):
    result = place.run("import os\nopen('own', 'w').close()\nprint(os.path.exists(os.path.expanduser('~/own')))\n")

    assert result.texts("stdout") == ["True"]


def test_lines_come_while_the_task_runs(place, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    work = place.work(f"print('waiting')\nopen({str(gate)!r}).read()\nprint('done')\n")

    async def body():
        runtime = place.case.make(place.folder / "executions")
        texts = []
        async for event in runtime.run(work):
            if isinstance(event, Lines):
                texts += event.texts
                if texts == ["waiting"]:
                    await asyncio.to_thread(gate.write_text, "go on")
        await runtime.close()
        return texts

    assert asyncio.run(body()) == ["waiting", "done"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("", 0),
        ("raise SystemExit", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit(-1)", 255),
        ("raise SystemExit(256)", 0),
        ("import os; os._exit(7)", 7),
        ("import sys, threading; threading.Thread(target=lambda: None).start(); sys.exit(4)", 4),
    ],
)
def test_the_exit_code_is_the_tasks(place, source, code):
    exited = place.run(source).exited

    assert (exited.exit_code, exited.signal) == (code, None)


def test_an_exit_with_a_text_prints_it_and_is_a_failure(place):
    result = place.run("import sys\nsys.exit('no such account')\n")

    assert result.exited.exit_code == 1
    assert result.texts("stderr") == ["no such account"]


def test_an_end_by_a_signal_has_no_exit_code(place):
    exited = place.run("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n").exited

    assert (exited.exit_code, exited.signal) == (None, signal.SIGKILL)


def test_an_uncaught_exception_is_a_traceback_of_the_task_alone(place):
    result = place.run("def check():\n    raise ValueError('unhealthy')\n\ncheck()\n")

    lines = result.texts("stderr")
    assert result.exited.exit_code == 1
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1] == "ValueError: unhealthy"
    files = [line for line in lines if line.lstrip().startswith("File ")]
    assert len(files) == 2
    assert all("main.py" in file for file in files)


def test_a_syntax_error_is_told_as_python_tells_it(place):
    result = place.run("x = (\n")

    assert result.exited.exit_code == 1
    assert result.texts("stderr")[-1].startswith("SyntaxError")
    assert not any("shim" in line or "as_main" in line for line in result.texts("stderr"))


def test_main_is_called_with_its_configuration(place):
    source = """
        import logging
        from clockhouse.kit import Secret, TaskConfig, setting

        class Config(TaskConfig):
            url: str = setting("Address")
            token: Secret = setting("Token")

        def main(config: Config) -> None:
            logging.info("%s with %s of %d", config.url, config.token, len(config.token.reveal()))
    """

    result = place.run(
        source, call="main", environment={"TASK_URL": "http://x"}, secrets={"TASK_TOKEN": Secret("hunter2")}
    )

    assert result.texts("stderr") == ["INFO http://x with **** of 7"]
    assert result.exited.exit_code == 0


def test_a_failing_main_is_a_traceback_of_the_task_alone(place):
    result = place.run("def main():\n    raise ValueError('unhealthy')\n", call="main")

    assert result.exited.exit_code == 1
    assert [line for line in result.texts("stderr") if "File" in line and "main.py" not in line] == []
    assert result.texts("stderr")[-1] == "ValueError: unhealthy"


def test_missing_configuration_is_said_at_once(place):
    source = """
        from clockhouse.kit import TaskConfig, setting
        class Config(TaskConfig):
            url: str = setting("Address")
            count: int = setting("Count")
        def main(config: Config) -> None: ...
    """

    result = place.run(source, call="main", environment={"TASK_COUNT": "many"})

    assert result.exited.exit_code == 2
    assert len(result.texts("stderr")) == 3


def test_the_task_sees_itself_as_a_script(place):
    source = """
        import sys
        print(__name__, __file__ == sys.argv[0], sys.argv[1:], sys.path[0] == __file__.rpartition("/")[0])
        print(sys.modules["__main__"].__dict__ is globals())
        print(sys.stdin.read() == "")
    """

    result = place.run(source, arguments=("a", "b c"))

    assert result.texts("stdout") == ["__main__ True ['a', 'b c'] True", "True", "True"]


def test_exit_handlers_run_and_open_files_are_written(place, tmp_path):
    left, global_left = tmp_path / "left", tmp_path / "global"
    source = f"""
        import atexit, json
        class Loud:
            def __del__(self): print("gone", flush=True)
        loud = Loud()
        atexit.register(print, "bye")
        json.left_open = open({str(left)!r}, "w")
        json.left_open.write("kept")
        left_open = open({str(global_left)!r}, "w")
        left_open.write("kept")
        print("no end", end="")
    """

    result = place.run(source)

    assert result.texts("stdout") == ["no endbye", "gone"]
    assert (left.read_text(), global_left.read_text()) == ("kept", "kept")


def test_threads_are_waited_for_and_daemons_are_not(place):
    source = """
        import threading
        go = threading.Event()
        def last(): go.wait(); print("last")
        threading.Thread(target=last).start()
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        threading.Thread(target=go.set).start()
    """

    result = place.run(source)

    assert result.texts("stdout") == ["last"]
    assert result.exited.exit_code == 0


def test_executions_share_no_state(place):
    source = """
        import collections, os, random
        print(getattr(collections, "mark", None), os.environ.get("MARK"), random.random())
        collections.mark = 1
        os.environ["MARK"] = "1"
    """
    work = place.work(source)

    first, second = place.run_all(work, work)

    assert first.texts("stdout")[0].startswith("None None ")
    assert second.texts("stdout")[0].startswith("None None ")
    assert first.texts("stdout") != second.texts("stdout")


@pytest.mark.slow
def test_each_execution_runs_exactly_once(place, tmp_path):
    work = place.work(f"open({str(tmp_path / 'ran')!r}, 'a').write('x')")

    results = place.run_all(*[work] * place.case.many)

    assert [result.exited.exit_code for result in results] == [0] * place.case.many
    assert (tmp_path / "ran").read_text() == "x" * place.case.many


def test_the_environment_has_none_of_the_servers_variables(place, monkeypatch):
    monkeypatch.setenv("CLOCKHOUSE_KEY", "of the server")
    monkeypatch.setenv("TASK_URL", "of the server")

    result = place.run("import os\nprint(*sorted(os.environ), sep='\\n')", environment={"TASK_NAME": "x"})

    usual = {"HOME", "HOSTNAME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "TASK_NAME", "TMPDIR", "TZ"}
    assert set(result.texts("stdout")) <= usual
    assert "TASK_NAME" in result.texts("stdout")


def test_nothing_of_the_server_is_open(place):
    result = place.run("import os\nprint(*[fd for fd in range(3, 64) if os.path.exists(f'/dev/fd/{fd}')])")

    # Listing them could open one itself; `exists` does not.
    assert result.texts("stdout") == [""]


def test_a_secret_is_in_no_process_table_and_masked_in_the_log(place):
    source = """
        import os, subprocess, sys
        print(os.environ["TASK_TOKEN"] == "hun" + "ter2", os.environ["TASK_TOKEN"])
        for pid in (os.getpid(), os.getppid()):
            for name in ("cmdline", "environ"):
                path = f"/proc/{pid}/{name}"
                print(os.path.exists(path) and b"hun" + b"ter2" in open(path, "rb").read())
    """

    result = place.run(source, secrets={"TASK_TOKEN": Secret("hunter2")})

    assert result.texts("stdout") == ["True ****", "False", "False", "False", "False"]


def test_the_working_folder_is_private_and_removed(place, here):
    source = """
        import os, pathlib
        print(os.getcwd(), os.environ["HOME"] == os.getcwd(), os.listdir(), oct(os.stat(".").st_mode & 0o777))
        pathlib.Path("deep/er").mkdir(parents=True)
        pathlib.Path("deep/er/file").write_text("x")
    """
    work = place.work(source)

    first, second = (result.texts("stdout")[0].split(" ", 1) for result in place.run_all(work, work))

    assert first[0] != second[0]
    assert first[1] == second[1] == "True [] 0o700"
    assert place.case.left(place.folder / "executions") == []


def test_executions_run_beside_each_other(place, tmp_path):
    there, back = tmp_path / "there", tmp_path / "back"
    os.mkfifo(there)
    os.mkfifo(back)
    one = place.work(f"open({str(there)!r}, 'w').write('x'); print(open({str(back)!r}).read())", execution="one")
    two = place.work(f"print(open({str(there)!r}).read()); open({str(back)!r}, 'w').write('y')", execution="two")

    async def body():
        runtime = place.case.make(place.folder / "executions")

        async def all_of(work):
            return Result([event async for event in runtime.run(work)])

        results = await asyncio.gather(all_of(one), all_of(two))
        await runtime.close()
        return results

    first, second = asyncio.run(body())
    assert (first.texts("stdout"), second.texts("stdout")) == (["y"], ["x"])


@pytest.mark.slow
def test_a_flood_of_lines_is_told_whole_in_bounded_memory(place):
    lines = 2_000 * place.case.many
    work = place.work(f"for n in range({lines}): print(n, 'x' * 100)\n")

    async def body():
        runtime = place.case.make(place.folder / "executions")
        count, last = 0, None
        tracemalloc.start()
        async for event in runtime.run(work):
            if isinstance(event, Lines):
                assert [int(text.partition(" ")[0]) for text in event.texts] == list(
                    range(count, count + len(event.texts))
                )
                count += len(event.texts)
                await asyncio.to_thread(str)  # a slow consumer: what is read ahead must not pile up
            last = event
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        await runtime.close()
        return count, last, peak

    count, last, peak = asyncio.run(body())
    assert count == lines
    assert last.exit_code == 0
    assert peak < 12_000_000


def test_overlong_lines_come_in_pieces_and_bytes_that_are_no_text_are_replaced(place):
    result = place.run("import os\nos.write(1, b'x' * 40_000 + b'\\n' + b'a\\xff\\0b\\r\\nend')\n")

    texts = result.texts("stdout")
    assert [len(text) for text in texts[:3]] == [16384, 16384, 7232]
    assert texts[3:] == ["a\ufffd\ufffdb", "end"]


STUBBORN = """
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("deaf")
    while True: signal.pause()
"""


async def stopped(place, work, grace):
    runtime = place.case.make(place.folder / "executions")
    events, answers = [], []
    async for event in runtime.run(work):
        events.append(event)
        if isinstance(event, Lines) and not answers:
            answers.append(await runtime.stop(work.execution, grace=grace))
    answers.append(await runtime.stop(work.execution, grace=grace))
    await runtime.close()
    return Result(events), answers


def test_stopping_ends_a_task_that_listens(place):
    work = place.work("import signal\nprint('here')\nsignal.pause()\n")

    result, answers = asyncio.run(stopped(place, work, LATE))

    assert result.exited.signal == signal.SIGTERM
    assert answers == [True, False]


def test_a_task_may_clean_up_when_it_is_stopped(place):
    source = """
        import signal, sys
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))
        print("here")
        signal.pause()
    """

    result, _answers = asyncio.run(stopped(place, place.work(source), LATE))

    assert result.exited.exit_code == 9


def test_stopping_kills_a_task_that_does_not_listen(place):
    result, answers = asyncio.run(stopped(place, place.work(STUBBORN), SOON))

    assert result.exited.signal == signal.SIGKILL
    assert answers == [True, False]


def held_by_a_child(pipe):
    """A task that leaves a process behind, which holds its output and the named pipe open."""
    return f"""
        import os, signal, sys
        reader, writer = os.pipe()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            held = open({str(pipe)!r}, "w")
            held.write("child")
            held.flush()
            os.write(writer, b"!")
            while True: signal.pause()
        os.read(reader, 1)
        print("parent")
    """


def test_what_a_task_leaves_behind_does_not_hold_it_and_ends_with_it(place, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    work = place.work(held_by_a_child(pipe))

    async def body():
        runtime = place.case.make(place.folder / "executions")
        reading = asyncio.create_task(asyncio.to_thread(pipe.read_text))
        result = Result([event async for event in runtime.run(work)])
        async with asyncio.timeout(20):
            left = await reading  # ends when nobody holds the pipe any more
        await runtime.close()
        return result, left

    result, left = asyncio.run(body())
    assert result.texts("stdout") == ["parent"]
    assert result.exited.exit_code == 0
    assert left == "child"


DAEMON = """
        import os, signal, sys
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() != 0: os._exit(0)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            {deeper}
            for number in (0, 1, 2): os.close(number)
            held = open({pipe!r}, "w")
            held.write("daemon")
            held.flush()
            os.write(writer, b"!")
            while True: signal.pause()
        os.read(reader, 1)
        {then}
    """
DEEPER = "if os.fork() != 0: os.wait()"


ADOPTING = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody adopts orphans but the system")


@ADOPTING
@pytest.mark.parametrize("deeper", ["pass", DEEPER], ids=["alone", "with a child"])
@pytest.mark.parametrize("then", ["pass", "os.kill(os.getpid(), 9)"], ids=["ends", "is killed"])
def test_what_left_the_tasks_group_ends_with_it(place, tmp_path, deeper, then):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o666)
    work = place.work(DAEMON.format(pipe=str(pipe), deeper=deeper, then=then))

    async def body():
        runtime = place.case.make(place.folder / "executions")
        reading = asyncio.create_task(asyncio.to_thread(pipe.read_text))
        async for _event in runtime.run(work):
            pass
        async with asyncio.timeout(20):
            left = await reading  # ends when nobody holds the pipe any more
        await runtime.close()
        return left

    assert asyncio.run(body()) == "daemon"


HOLDING = """
    import os, signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    held = open(os.environ["PIPE"], "w")
    held.write("held")
    held.flush()
    print("holding")
    while True: signal.pause()
"""


@pytest.mark.parametrize("how", ["close", "cancel"])
def test_leaving_early_kills_the_execution_and_clears_up(place, tmp_path, how):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    work = place.work(HOLDING, environment={"PIPE": str(pipe)})

    async def body():
        runtime = place.case.make(place.folder / "executions")
        reading = asyncio.create_task(asyncio.to_thread(pipe.read_text))
        running = asyncio.Event()

        async def consume():
            async with aclosing(runtime.run(work)) as events:
                async for event in events:
                    if isinstance(event, Lines):
                        running.set()
                        if how == "close":
                            break

        consumer = asyncio.create_task(consume())
        await running.wait()
        if how == "cancel":
            consumer.cancel()
        await asyncio.wait([consumer])
        async with asyncio.timeout(20):
            assert await reading == "held"
        assert await asyncio.to_thread(place.case.left, place.folder / "executions") == []
        assert not await runtime.stop(work.execution, grace=SOON)
        await runtime.close()

    asyncio.run(body())


def test_closing_ends_what_runs(place):
    work = place.work(STUBBORN)

    async def body():
        runtime = place.case.make(place.folder / "executions")
        events = []
        async for event in runtime.run(work):
            events.append(event)
            if isinstance(event, Lines):
                await runtime.close()
        with pytest.raises(StartFailed):
            await anext(runtime.run(work))
        return Result(events)

    assert asyncio.run(body()).exited.signal == signal.SIGKILL


def test_a_broken_artifact_does_not_start(place):
    work = place.work("print('hello')")
    place.case.spoil(work.artifact)

    with pytest.raises(StartFailed) as failure:
        place.run_all(work)

    assert failure.value.reason.endswith(".")
    assert place.case.left(place.folder / "executions") == []


SERVER = """
import asyncio, sys
from pathlib import Path
from clockhouse.kit.declared import Entry
from clockhouse.runtimes.base import Work
from tests.conformance.test_runtimes import PROCESS

async def main(artifact, folder, pipe):
    runtime = PROCESS.make(Path(folder))
    async for event in runtime.run(Work("e1", Path(artifact), Entry("main.py"), {"PIPE": pipe})):
        print(type(event).__name__, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["stays", pytest.param("left its group", marks=ADOPTING)])
def test_when_the_server_is_killed_the_task_ends(place, here, tmp_path, way):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    left = DAEMON.format(pipe=str(pipe), deeper="pass", then="signal.pause()").replace("daemon", "held")
    work = place.work(HOLDING if way == "stays" else left)
    arguments = [str(work.artifact), str(tmp_path / "executions"), str(pipe)]
    command = [sys.executable, "-c", SERVER, *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server, pipe.open() as held:
        assert held.read(4) == "held"
        server.kill()
        assert held.read() == ""  # its end comes when the task is gone

    assert server.returncode == -signal.SIGKILL
