"""The server's end of a warm parent: the process that holds one build's interpreter and forks for each execution."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from clockhouse.kit.declared import Entry
from clockhouse.runtimes.base import StartFailed

SHIM = Path(__file__).with_name("shim.py")
NOTHING_AHEAD = "*"
END_WITHIN_S = 5.0
SACRIFICED = "500"  # half the machine's memory heavier in the eyes of the kernel than it is
_IMAGE = (
    "This build is an image, which runs on a Docker Engine only. Let the environment run there: "
    "clockhouse environment run-on ENVIRONMENT docker."
)
_AGAIN = "Build it again (clockhouse build PROJECT/COMPONENT --again)."


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: `status` as the operating system tells it, negative for a signal.

    None when the parent is gone and nobody knows; `refused` is the reason when there never was a child.
    """

    status: int | None = None
    cpu_s: float | None = None
    peak_bytes: int | None = None
    refused: str | None = None


Confined = Callable[[Path, Sequence[str]], Sequence[str]]


def unconfined(_artifact: Path, command: Sequence[str]) -> Sequence[str]:
    """The command as it is."""
    return command


class WarmParent:
    """One warm parent, from its start to its end."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket, errors: IO[bytes]) -> None:
        self._process, self._control, self._errors = process, control, errors
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[str, Callable[[Ended], None]] = {}
        self._unsent: deque[tuple[bytes, Sequence[int]]] = deque()
        self._received = b""
        self._awake = self._loop.create_future()
        self._ready = self._loop.create_future()
        self.is_alive = True
        control.setblocking(False)
        self._loop.add_reader(control.fileno(), self._read)

    @classmethod
    async def start(
        cls,
        artifact: Path,
        entry: Entry,
        *,
        within: timedelta,
        memory_bytes: int | None = None,
        confined: Confined = unconfined,
    ) -> WarmParent:
        """A parent that is ready to fork. When the task's imports hang or end it, one that has not loaded them.

        Neither it nor any of its children gets more memory than that, each by itself (on Linux; None: as it comes).
        Raises StartFailed when the build's Python does not start, or not within that time.
        """
        parent = await cls._launched(artifact, entry, (), memory_bytes, confined)
        try:
            if await parent._is_ready(within):
                return parent
            await parent.close()
            parent = await cls._launched(artifact, entry, (NOTHING_AHEAD,), memory_bytes, confined)
            if await parent._is_ready(within):
                return parent
            raise StartFailed(f"The build's Python was not ready within {within.total_seconds():g} s.")
        except BaseException:
            await parent.close()
            raise

    @classmethod
    async def _launched(
        cls, artifact: Path, entry: Entry, skipped: Sequence[str], memory_bytes: int | None, confined: Confined
    ) -> WarmParent:
        python = artifact / "environment" / "bin" / "python"
        script = artifact / "source" / entry.path
        command = [str(python), "-I", "-B", "-X", "utf8", str(SHIM), str(script), entry.call or "", *skipped]
        with contextlib.ExitStack() as opened:
            try:
                ours, theirs = map(opened.enter_context, socket.socketpair())
                errors = opened.enter_context(tempfile.TemporaryFile())
            except OSError as error:
                raise StartFailed(f"A build's Python needs a socket and a file: {error.strerror}.") from error
            process = await cls._begun(command, confined(artifact, command), theirs, errors)
            _bound(process.pid, memory_bytes)
            theirs.close()
            opened.pop_all()  # closed with the parent
        return cls(process, ours, errors)

    @staticmethod
    async def _begun(
        command: Sequence[str], confined: Sequence[str], control: socket.socket, errors: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        try:
            return await asyncio.to_thread(_popen, confined, control, errors)
        except OSError as error:
            if not Path(command[0]).parents[1].exists():
                raise StartFailed(_IMAGE) from error
            reason = f"The build's Python does not start ({error.strerror}: {command[0]}). {_AGAIN}"
            raise StartFailed(reason) from error

    async def _is_ready(self, within: timedelta) -> bool:
        """False when it is not, but Python itself starts. Raises StartFailed when it does not."""
        await asyncio.wait([self._ready], timeout=within.total_seconds())
        if _has_come(self._ready):
            return True
        if _has_come(self._awake):
            return False
        raise StartFailed(f"The build's Python does not start{await self._last_words()}. {_AGAIN}")

    async def _last_words(self) -> str:
        await self._end_process()
        self._errors.seek(0)
        lines = self._errors.read(65536).decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f" ({said[-1]})" if said else ""

    def fork(
        self,
        execution: str,
        order: Mapping[str, Any],
        descriptors: Sequence[int],
        on_end: Callable[[Ended], None],
    ) -> None:
        """Orders a child; `on_end` is called exactly once. The three descriptors are taken over and closed."""
        self._rouse()
        self._waiting[execution] = on_end
        self._send({"start": execution, **order}, descriptors)

    def signal(self, execution: str, number: int) -> None:
        """Sends a signal to the execution's whole process group, if it still runs."""
        if execution in self._waiting:
            self._rouse()
            self._send({"signal": execution, "number": number})

    @property
    def is_idle(self) -> bool:
        """Whether it has no children."""
        return not self._waiting

    async def close(self) -> None:
        """Ends it, and with it all its children."""
        self._lose()
        await self._end_process()
        self._errors.close()

    async def _end_process(self) -> None:
        # At the end of its socket it kills its children and ends by itself; only when it can't, it is killed.
        if not _has_come(self._ready):
            self._process.kill()  # it has none, and may be held by what it loads
        try:
            await asyncio.to_thread(self._process.wait, END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait, END_WITHIN_S)

    def _rouse(self) -> None:
        """A task may have stopped it: it is its parent, and of the same user."""
        self._process.send_signal(signal.SIGCONT)

    def _send(self, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
        self._unsent.append((json.dumps(message).encode() + b"\n", descriptors))
        if len(self._unsent) == 1:
            self._flush()

    def _flush(self) -> None:
        while self._unsent:
            data, descriptors = self._unsent[0]
            try:
                sent = (
                    socket.send_fds(self._control, [data], list(descriptors))
                    if descriptors
                    else self._control.send(data)
                )
            except BlockingIOError:
                self._loop.add_writer(self._control.fileno(), self._flush)
                return
            except OSError:
                self._lose()
                return
            _close(descriptors)
            self._unsent.popleft()
            if sent < len(data):
                self._unsent.appendleft((data[sent:], ()))
        self._loop.remove_writer(self._control.fileno())

    def _read(self) -> None:
        try:
            data = self._control.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        *messages, self._received = (self._received + data).split(b"\n")
        for message in messages:
            self._understand(json.loads(message))

    def _understand(self, message: dict[str, Any]) -> None:
        if "exited" in message:
            ended = Ended(os.waitstatus_to_exitcode(message["status"]), message["cpu_s"], message["peak_bytes"])
            self._waiting.pop(message["exited"])(ended)
        elif "refused" in message:
            self._waiting.pop(message["refused"])(Ended(refused=message["reason"]))
        else:
            state = self._ready if "ready" in message else self._awake
            if not state.done():
                state.set_result(None)

    def _lose(self) -> None:
        """The socket has ended, at one of its ends."""
        if not self.is_alive:
            return
        self.is_alive = False
        self._loop.remove_reader(self._control.fileno())
        self._loop.remove_writer(self._control.fileno())
        self._control.close()
        for _data, descriptors in self._unsent:
            _close(descriptors)
        self._unsent.clear()
        for state in (self._awake, self._ready):
            if not state.done():
                state.set_exception(ConnectionResetError())
                state.exception()  # seen, whether or not anybody waits
        waiting, self._waiting = self._waiting, {}
        for on_end in waiting.values():
            self._loop.call_soon(on_end, Ended())  # each by itself: what one of them raises keeps no other waiting


def _has_come(state: asyncio.Future[None]) -> bool:
    return state.done() and state.exception() is None


def _popen(command: Sequence[str], control: socket.socket, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=control.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=errors,
        cwd="/",
        env=base_environment(),
        start_new_session=True,
    )


def _bound(pid: int, memory_bytes: int | None) -> None:
    """Sets what all that it forks takes over: how much memory each may have, and who goes when the machine has none."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, ValueError):  # it has ended, or has a tighter limit already
        Path(f"/proc/{pid}/oom_score_adj").write_text(SACRIFICED)
        if memory_bytes is not None:
            resource.prlimit(pid, resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


def base_environment() -> dict[str, str]:
    """What of the server's environment anything it starts may know."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
    return {"LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", **kept}


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
