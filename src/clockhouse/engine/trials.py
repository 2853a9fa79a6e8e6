"""Trials under way: runs source that nobody has saved, and keeps what it tells for whoever looks on."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import timedelta
from pathlib import Path

from clockhouse.builders import draft
from clockhouse.builders.base import Builder, Built, Failed, Line, Order, Step
from clockhouse.builders.threads import whole
from clockhouse.engine.trial_notes import Notes
from clockhouse.errors import Unavailable
from clockhouse.model import execution
from clockhouse.model.execution import State, Usage
from clockhouse.model.log import LogLine, level_of, without_level
from clockhouse.model.trial import BUILD, WITH_SERVER, End, Ended, Phase, Seen, Wanted
from clockhouse.runtimes.base import Exited, Lines, Runtime, Started, StartFailed, Work
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger

log = logger("trials")

GRACE = timedelta(seconds=2)
ROOM = 4  # that run at once
KEPT = 20  # that are over, for whoever still looks on
MOST_LINES = 2000  # of one; then the oldest are let go
MOST_TEXT = 2 * 1024 * 1024  # characters of these
ENVIRONMENTS = 4  # that were made for drafts and are kept


class Trial:
    """One trial, and what it has told. It belongs to the event loop; looking on may happen in any thread."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.ending: tuple[End, str] | None = None  # why we end it
        self.phase = Phase.PREPARING
        self.ended: Ended | None = None
        self.failure: str | None = None
        self.last_words = ""
        self._source = f"{wanted.folder}/source/"
        self._lines: list[tuple[int, LogLine]] = []
        self._text = 0
        self._dropped = 0
        self._count = 0
        self._notes = Notes()
        self._version = 0
        self._hints: set[Callable[[], object]] = set()
        self._over = asyncio.Event()

    def seen(self, version: int) -> Seen:
        lines = [line for at, line in self._lines if at > version]
        notes = self._notes.since(version)
        return Seen(self.phase, lines, notes, self._version, self._dropped, self._notes.is_whole, self.ended)

    @contextmanager
    def listening(self, hint: Callable[[], object]) -> Iterator[None]:
        self._hints.add(hint)
        try:
            yield
        finally:
            self._hints.discard(hint)

    def enter(self, phase: Phase, ended: Ended | None = None) -> None:
        self.phase, self.ended = phase, ended
        if phase is Phase.OVER:
            self._over.set()
        self._changed()

    async def wait(self) -> None:
        """Until it is over."""
        await self._over.wait()

    def take(self, lines: Lines) -> None:
        """Keeps what came from the runtime."""
        if lines.stream == "failure":
            self.failure = lines.texts[-1]
            return
        if lines.stream == "values":
            self._version += 1
            self._notes.take(lines.texts, self._version)
        else:
            for text in lines.texts:
                plain = text.replace(self._source, "")  # paths as their author knows them
                self._add(LogLine(self._count + 1, lines.at, lines.stream, level_of(plain), plain))
        if lines.stream == "stderr":
            self.last_words = next((without_level(text) for text in reversed(lines.texts) if text.strip()), "")
        self._changed()

    def tell(self, line: Line) -> None:
        """Keeps a line of making its environment."""
        self._add(LogLine(self._count + 1, line.at, BUILD, None, line.text))
        self._changed()

    def _add(self, line: LogLine) -> None:
        self._count += 1
        self._lines.append((self._version + 1, line))
        self._text += len(line.text)
        while len(self._lines) > MOST_LINES or self._text > MOST_TEXT:
            self._text -= len(self._lines.pop(0)[1].text)
            self._dropped += 1

    def _changed(self) -> None:
        self._version += 1
        for hint in tuple(self._hints):
            hint()


class Trials:
    """Runs trials on a runtime of their own. `folder` holds them while they run, `environments` what is made for them.

    Both are this server's alone; what an earlier one left in `folder` goes.
    """

    def __init__(self, runtime: Runtime, builder: Builder, clock: Clock, *, folder: Path, environments: Path) -> None:
        self._runtime, self._builder, self._clock = runtime, builder, clock
        self._folder, self._environments = folder, environments
        self._loop = asyncio.get_running_loop()
        self._trials: OrderedDict[str, Trial] = OrderedDict()
        self._lock = threading.Lock()  # of `_trials`, which is read and written in any thread
        self._tasks: set[asyncio.Task[None]] = set()
        self._making = asyncio.Lock()
        self._in_use: dict[Path, int] = {}
        self._is_closed = False
        shutil.rmtree(folder, ignore_errors=True)

    def folder(self, owner: str) -> Path:
        with self._lock:
            self._former(owner)
        self._folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(dir=self._folder))

    def begin(self, wanted: Wanted) -> None:
        with self._lock:
            former = self._former(wanted.owner)
            for each in former:
                self.stop(each.wanted.id, "You started another run.")
            self._trials[wanted.id] = trial = Trial(wanted)
            self._loop.call_soon_threadsafe(self._begin, trial, former)

    def _former(self, owner: str) -> list[Trial]:
        """What of theirs is not over. Raises Unavailable where others leave them no room."""
        under_way = [each for each in self._trials.values() if each.ended is None]
        former = [each for each in under_way if each.wanted.owner == owner]
        if self._is_closed or len(under_way) - len(former) >= ROOM:
            raise Unavailable(f"{ROOM} drafts are being run, which is as many as may. Try again in a minute.")
        return former

    def find(self, trial_id: str) -> Trial | None:
        return self._trials.get(trial_id)

    def stop(self, trial_id: str, sentence: str) -> None:
        self._loop.call_soon_threadsafe(self._end, trial_id, End.STOPPED, sentence)

    async def close(self) -> None:
        """Ends all that run, and removes what they left."""
        with self._lock:
            self._is_closed = True
            known = tuple(self._trials)
        for trial_id in known:
            self._end(trial_id, WITH_SERVER.end, WITH_SERVER.sentence)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._runtime.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self, trial: Trial, former: Sequence[Trial]) -> None:
        task = asyncio.create_task(self._follow(trial, former), name=trial.wanted.id)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _end(self, trial_id: str, end: End, sentence: str) -> None:
        trial = self._trials.get(trial_id)
        if trial is None or trial.ended is not None or trial.ending is not None:
            return
        trial.ending = end, sentence
        if trial.phase is Phase.RUNNING:
            stopping = asyncio.create_task(self._stop(trial_id))
            self._tasks.add(stopping)
            stopping.add_done_callback(self._tasks.discard)
            return
        for task in self._tasks:
            if task.get_name() == trial_id:
                task.cancel()

    async def _stop(self, trial_id: str) -> None:
        await self._runtime.stop(trial_id, grace=GRACE)

    async def _follow(self, trial: Trial, former: Sequence[Trial]) -> None:
        """Runs it to its end, which is told whatever happens, once those of the same owner are over."""
        began = self._clock.monotonic()
        ended = Ended(End.NOT_STARTED, "Clockhouse itself failed at this run; the server's log has the details.")
        try:
            for each in former:
                await each.wait()
            ended = await self._ran(trial) if trial.ending is None else ended
        except StartFailed as error:
            ended = Ended(End.NOT_STARTED, error.reason)
        except asyncio.CancelledError:
            trial.ending = trial.ending or (WITH_SERVER.end, WITH_SERVER.sentence)
        except Exception:  # one trial's trouble must not end the server
            log.exception("trial.broke", trial=trial.wanted.id)
        finally:
            if trial.ending is not None:
                ended = Ended(*trial.ending, ended.took_s, ended.exit_code, ended.failure)
            try:
                await whole(shutil.rmtree, trial.wanted.folder, ignore_errors=True)
            finally:
                trial.enter(Phase.OVER, ended)
                took_s = round(self._clock.monotonic() - began, 3)
                log.info("trial.ended", trial=trial.wanted.id, end=str(ended.end), took_s=took_s)
                self._let_go()

    async def _ran(self, trial: Trial) -> Ended:
        wanted = trial.wanted
        with self._using(wanted.environment or self._environments / wanted.likeness) as artifact:
            if artifact != wanted.environment and await self._made(trial, artifact) is None:
                return trial.ended or Ended(End.NOT_STARTED, "Its environment could not be made.", failure=None)
            (wanted.folder / "environment").symlink_to(artifact / "environment", target_is_directory=True)
            work = Work(wanted.id, wanted.folder, wanted.entry, wanted.variables, wanted.secrets, is_traced=True)
            return await self._watched(trial, work)

    async def _watched(self, trial: Trial, work: Work) -> Ended:
        limit = trial.wanted.time_out
        alarm: asyncio.TimerHandle | None = None
        started_at = self._clock.monotonic()
        try:
            async with aclosing(self._runtime.run(work)) as events:
                async for event in events:
                    match event:
                        case Started():
                            started_at = self._clock.monotonic()
                            trial.enter(Phase.RUNNING)
                            alarm = self._loop.call_later(limit.total_seconds(), self._ring, work.execution, limit)
                            if trial.ending is not None:
                                await self._stop(work.execution)
                        case Lines():
                            trial.take(event)
                        case Exited():
                            return _ended(trial, event, self._clock.monotonic() - started_at)
        finally:
            if alarm is not None:
                alarm.cancel()
        raise StartFailed("Its end was not told.")

    def _ring(self, trial_id: str, limit: timedelta) -> None:
        self._end(trial_id, End.TIMED_OUT, execution.timed_out(limit).sentence)

    async def _made(self, trial: Trial, artifact: Path) -> Path | None:
        """An environment for the draft: one that was made for such a draft before, or a new one; None if it failed."""
        check_out = draft.copied(trial.wanted.folder / "source")
        order = Order(trial.wanted.id, check_out, artifact, trial.wanted.recipe)
        async with self._making:
            await asyncio.to_thread(self._make_room, artifact)
            async with aclosing(self._builder.build(order)) as events:
                async for event in events:
                    match event:
                        case Line():
                            trial.tell(event)
                        case Failed(problem):
                            raise StartFailed(problem.message)
                        case Built():
                            await asyncio.to_thread(artifact.touch)
                            return artifact
                        case Step():
                            pass
        return None

    def _make_room(self, wanted: Path) -> None:
        """Removes environments that were not used for longest, as far as there are more than are kept."""
        self._environments.mkdir(parents=True, exist_ok=True)
        there = [each for each in self._environments.iterdir() if each != wanted and each not in self._in_use]
        there.sort(key=lambda each: each.stat().st_mtime, reverse=True)
        for each in there[ENVIRONMENTS - 1 :]:
            shutil.rmtree(each, ignore_errors=True)

    def is_used(self, artifact: Path) -> bool:
        """Whether a trial runs, or is to run, in the environment of this artifact."""
        with self._lock:
            under_way = [each.wanted.environment for each in self._trials.values() if each.ended is None]
        return artifact in self._in_use or artifact in under_way

    @contextmanager
    def _using(self, artifact: Path) -> Iterator[Path]:
        self._in_use[artifact] = self._in_use.get(artifact, 0) + 1
        try:
            yield artifact
        finally:
            self._in_use[artifact] -= 1
            if not self._in_use[artifact]:
                del self._in_use[artifact]

    def _let_go(self) -> None:
        with self._lock:
            over = [trial_id for trial_id, trial in self._trials.items() if trial.ended is not None]
            for trial_id in over[: max(0, len(over) - KEPT)]:
                del self._trials[trial_id]


def _ended(trial: Trial, event: Exited, took_s: float) -> Ended:
    outcome = execution.ended(event.exit_code, event.signal, Usage(event.cpu_s, event.peak_bytes), trial.last_words)
    if event.out_of_memory:
        return Ended(End.FAILED, execution.OUT_OF_MEMORY.sentence, took_s, event.exit_code, trial.failure)
    is_good = outcome.state is State.SUCCEEDED
    sentence = "It ran to its end." if outcome.reason is None else outcome.reason.sentence
    end = End.SUCCEEDED if is_good else End.FAILED
    return Ended(end, sentence, took_s, event.exit_code, None if is_good else trial.failure)
