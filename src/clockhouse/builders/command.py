"""A child process in a group of its own, whose output is read as lines while it runs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from io import FileIO
from pathlib import Path

from clockhouse.builders import confine, guard
from clockhouse.builders.base import LINE_MAX_BYTES

_CHUNK_BYTES = 64 * 1024
_DRAIN_S = 1.0  # for output that is still in the pipe when the process has ended


class Command:
    """A running child; `started` makes it."""

    def __init__(self, child: subprocess.Popen[bytes], guarding: _Guarding, output: asyncio.StreamReader) -> None:
        self._child = child
        self._guarding = guarding
        self._output = output
        self._ended = asyncio.create_task(self._reap())
        self._rest = b""

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._child.returncode

    async def read(self, *, left_s: float) -> list[str] | None:
        """The next lines of output, both streams in one; None when the process has ended.

        A line longer than LINE_MAX_BYTES comes in pieces. Raises TimeoutError when `left_s` seconds brought nothing.
        """
        chunk = await self._chunk(left_s)
        if chunk:
            *whole, self._rest = (self._rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
            whole += _pieces(self._rest)[:-1]
            self._rest = _pieces(self._rest)[-1]
            return [_text(piece) for line in whole for piece in _pieces(line)]
        if self._rest:
            last, self._rest = self._rest, b""
            return [_text(last)]
        await asyncio.wait_for(asyncio.shield(self._ended), max(left_s, 0))
        return None

    async def kill(self) -> None:
        """End the whole group at once and wait until the process is gone."""
        if not self._ended.done():  # else its number may be somebody else's by now
            _kill_group(self._child)
        await asyncio.shield(self._ended)

    async def _chunk(self, left_s: float) -> bytes:
        """What came, at once when there is something; empty at the end."""
        reading = asyncio.ensure_future(self._output.read(_CHUNK_BYTES))
        try:
            await asyncio.wait({reading, self._ended}, timeout=max(left_s, 0), return_when=asyncio.FIRST_COMPLETED)
            if not reading.done() and self._ended.done():
                # A process that left the group may hold the pipe open for ever; it must not hold up the build.
                await asyncio.wait({reading}, timeout=_DRAIN_S)
                return reading.result() if reading.done() else b""
            if not reading.done():
                raise TimeoutError
            return reading.result()
        finally:
            reading.cancel()

    async def _reap(self) -> None:
        # A thread of its own: this one waits for minutes, and the shared ones are few.
        with ThreadPoolExecutor(1) as thread:
            await asyncio.get_running_loop().run_in_executor(thread, self._child.wait)
            _kill_group(self._child)  # what it left running
            await asyncio.get_running_loop().run_in_executor(thread, self._guarding.end)


@asynccontextmanager
async def started(
    arguments: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str]
) -> AsyncGenerator[Command, None]:
    """A child with exactly this environment, no input, and the working directory `folder`.

    Leaving the block ends it with everything it started in its group, and so does the end of this process. Raises
    OSError when it cannot start.
    """
    guarding = _Guarding()
    try:
        child, pipe = _start(arguments, folder, environment)
    except BaseException:
        guarding.end()
        raise
    guarding.begin(child.pid)
    output = asyncio.StreamReader()
    command = Command(child, guarding, output)
    try:
        protocol = asyncio.StreamReaderProtocol(output)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
        try:
            yield command
        finally:
            transport.close()
    finally:
        await command.kill()


def confined(
    arguments: Sequence[str | Path],
    *,
    writable: Sequence[Path],
    hidden: Sequence[Path] = (),
    readable: Sequence[Path] = (),
) -> list[str]:
    """The same command, which may write to some folders only and does not see others, where the system can see to it.

    Of what is hidden it sees what is readable or writable all the same, and of what is writable it does not see what
    is hidden. For whatever runs code that is being built or tried.
    """
    paths = {"writable": writable, "hidden": hidden, "readable": readable}
    order = json.dumps({name: [str(path) for path in several] for name, several in paths.items()})
    return [sys.executable, "-I", "-S", confine.__file__, order, *map(str, arguments)]


def _start(
    arguments: Sequence[str | Path], folder: Path, environment: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], FileIO]:
    """The child, and the end of the pipe where both its streams arrive."""
    reader, writer = os.pipe()
    pipe = FileIO(reader)
    try:
        child = subprocess.Popen(
            arguments,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
            start_new_session=True,
        )
    except BaseException:
        pipe.close()
        raise
    finally:
        os.close(writer)
    return child, pipe


class _Guarding:
    """A process that outlives this one, if need be, for as long as it takes to kill the group."""

    def __init__(self) -> None:
        reader, writer = os.pipe()
        self._words = FileIO(writer, "w")
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__],
                stdin=reader,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,  # what ends this process's own group must leave it
            )
        except BaseException:
            self._words.close()
            raise
        finally:
            os.close(reader)

    def begin(self, group: int) -> None:
        self._tell(b"%d\n" % group)

    def end(self) -> None:
        """The group has ended, or never began."""
        self._tell(b".")
        with suppress(OSError):
            self._words.close()
        self._guard.wait()

    def _tell(self, words: bytes) -> None:
        with suppress(OSError):  # somebody has ended it: then nothing is guarded
            self._words.write(words)


def _kill_group(leader: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter for a group of zombies
        os.killpg(leader.pid, signal.SIGKILL)


def _pieces(line: bytes) -> list[bytes]:
    """`line` in parts of at most LINE_MAX_BYTES; one empty part for an empty line."""
    return [line[start : start + LINE_MAX_BYTES] for start in range(0, max(len(line), 1), LINE_MAX_BYTES)]


def _text(line: bytes) -> str:
    return line.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
