"""One execution on this machine: its folder, its pipes and its place at a warm parent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import stat
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from clockhouse.runtimes.base import FILE_SUFFIX, Exited, Lines, Started, StartFailed, Work
from clockhouse.runtimes.lines import LIMIT_BYTES
from clockhouse.runtimes.output import STREAMS, VALUES, Output
from clockhouse.runtimes.showing import FILE
from clockhouse.runtimes.warm import Ended, WarmParent, base_environment
from clockhouse.task.clock import Clock

KILL_WITHIN_S = 5.0


class StartLost(Exception):
    """The process ended before the task's first line (killed for its memory, perhaps), which will not run."""


class Execution:
    """From its start at a parent to the removal of its folder."""

    def __init__(
        self, clock: Clock, work: Work, parent: WarmParent, root: Path, *, tells_failures: bool = True
    ) -> None:
        """Makes the execution's folder in `root`, and its pipes. Raises StartFailed when that is not possible."""
        self._clock, self._work, self._parent = clock, work, parent
        self._tells_failures = tells_failures
        self._loop = asyncio.get_running_loop()
        self._reported: asyncio.Future[Started] = self._loop.create_future()
        self._ended: asyncio.Future[Exited] = self._loop.create_future()
        self._kill_later: asyncio.TimerHandle | None = None
        self._report: int | None = None
        self._is_forked = False
        self.is_stopped = False  # whether somebody asked it to end
        try:
            streams = (*STREAMS, VALUES) if work.is_traced else STREAMS
            self._output = Output(clock, [secret.reveal() for secret in work.secrets.values()], streams)
        except OSError as error:
            raise StartFailed(f"An execution needs pipes for its output: {error.strerror}.") from error
        try:
            self._folder = tempfile.mkdtemp(dir=root)
        except OSError as error:
            self._output.close()
            raise StartFailed(f"An execution needs a folder of its own in {root}: {error.strerror}.") from error

    async def start(self) -> Started:
        """Forks; the instant right before the first line. Raises StartFailed, or StartLost when trying again may do."""
        try:
            self._report, writer = os.pipe()
        except OSError as error:
            raise StartFailed(f"An execution needs a pipe for its start: {error.strerror}.") from error
        os.set_blocking(self._report, False)
        self._loop.add_reader(self._report, self._read_report)
        self._is_forked = True
        output, errors, *values = self._output.take_writers()
        self._parent.fork(self._work.execution, self._order(), (output, errors, writer, *values), self._end)
        started = await asyncio.shield(self._reported)  # who gives up waiting does not settle what is reported
        self._output.begin()
        return started

    async def next_lines(self) -> Lines | None:
        """The next lines, as soon as there are some; None when it has ended and all are told."""
        return await self._output.next()

    def exited(self) -> Exited:
        """How it ended; only after the last line."""
        return self._ended.result()

    @property
    def has_ended(self) -> bool:
        """Whether its process is gone."""
        return self._ended.done()

    def stop(self, grace: timedelta) -> None:
        """Asks it to end, and kills it after `grace`."""
        self.is_stopped = True
        if self.has_ended:
            return
        self._parent.signal(self._work.execution, signal.SIGTERM)
        if self._kill_later is None:
            self._kill_later = self._loop.call_later(grace.total_seconds(), self.kill)

    def kill(self) -> None:
        """Ends all its processes now."""
        self._parent.signal(self._work.execution, signal.SIGKILL)

    async def clear(self) -> None:
        """Kills what still runs, waits for its end, and removes its folder."""
        if self._kill_later is not None:
            self._kill_later.cancel()
        try:
            if self._is_forked and not self.has_ended:
                self.kill()
                await asyncio.wait([self._ended], timeout=KILL_WITHIN_S)
        finally:
            self._close_report()
            self._output.close()
            await _remove(self._folder)

    def _order(self) -> dict[str, Any]:
        work, bin_folder = self._work, self._work.artifact / "environment" / "bin"
        base = base_environment()
        environment = {**base, "PATH": f"{bin_folder}:{base['PATH']}", "HOME": self._folder, "TMPDIR": self._folder}
        environment |= work.environment
        environment |= {name: secret.reveal() for name, secret in work.secrets.items()}
        environment = self._with_files(environment)
        script = str(work.artifact / "source" / work.entry.path)
        return {
            "argv": [script, *work.arguments],
            "environment": environment,
            "folder": self._folder,
            "failure": list(work.secrets) if self._tells_failures else None,
            "values": list(work.secrets) if work.is_traced else None,
        }

    def _with_files(self, environment: dict[str, str]) -> dict[str, str]:
        """Writes what is handed over as files; the variables that tell where they are, in the place of the values."""
        files = {name: path for name, path in self._work.files.items() if name in environment}
        for name, path in files.items():
            file = os.path.join(self._folder, path)
            try:
                os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
                descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as opened:
                    opened.write(environment[name].encode("utf-8", "surrogateescape"))
            except OSError as error:
                raise StartFailed(f"The file {path} cannot be made for {name}: {error.strerror}.") from error
        told = {f"{name}{FILE_SUFFIX}": os.path.join(self._folder, path) for name, path in files.items()}
        return {name: value for name, value in environment.items() if name not in files} | told

    def _read_report(self) -> None:
        """Takes what the child reports right before the task's first line: its process id and when that was."""
        if self._report is None:
            return
        try:
            said = os.read(self._report, 4096).decode("utf-8", "replace")
        except BlockingIOError:
            return
        self._close_report()
        if self._reported.done():
            return
        if not said:
            self._reported.set_exception(self._lost())
            return
        if said.startswith("!"):
            self._reported.set_exception(StartFailed(f"It could not start: {said.removeprefix('! ')}."))
            return
        pid, at_ns = map(int, said.split())
        ago = timedelta(microseconds=(time.monotonic_ns() - at_ns) / 1000)
        self._reported.set_result(Started(self._clock.now() - ago, pid))

    def _end(self, ended: Ended) -> None:
        """Told by the parent, exactly once: the child has been reaped, or nobody knows."""
        is_lost = ended.status is None and ended.refused is None
        if ended.refused is not None and not self._reported.done():
            self._reported.set_exception(StartFailed(ended.refused))
        if is_lost:
            self._end_orphan()
        code = signal.SIGKILL * -1 if ended.status is None else ended.status
        exit_code, number = (code, None) if code >= 0 else (None, -code)
        if exit_code and self._tells_failures and (record := _left_behind(self._folder)):
            self._output.add("failure", record)
        self._output.finish()
        self._ended.set_result(Exited(self._clock.now(), exit_code, number, ended.cpu_s, ended.peak_bytes))

    def _end_orphan(self) -> None:
        self._read_report()
        if self._reported.done():
            if self._reported.exception() is None and (pid := self._reported.result().pid) is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
            return
        # A child that can't report does not run the task: once this end is closed, nothing can start.
        self._close_report()
        self._reported.set_exception(self._lost())

    def _lost(self) -> Exception:
        return StartFailed("It was stopped before its first line.") if self.is_stopped else StartLost()

    def _close_report(self) -> None:
        if self._report is not None:
            self._loop.remove_reader(self._report)
            os.close(self._report)
            self._report = None


def _left_behind(folder: str) -> bytes | None:
    """What the task's process wrote of its failure, as a line; None when there is nothing that could be that."""
    try:
        # The task may have put anything in its place.
        descriptor = os.open(os.path.join(folder, FILE), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            record = file.read(LIMIT_BYTES)
    except OSError:
        return None
    return None if len(record) == LIMIT_BYTES or b"\n" in record else record


async def _remove(folder: str) -> None:
    try:
        os.rmdir(folder)  # mostly it is empty, and a thread is dearer
    except OSError:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
