"""Questions about sources, answered in processes of their own: none holds up the server, and none takes for ever."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

from clockhouse.flows.worker import LENGTH_BYTES

P = ParamSpec("P")
T = TypeVar("T")

_READ_BYTES = 256 * 1024
_START_S = 20.0  # of the process itself, on a machine that is busy with other things
_PATIENCE = 5  # so many times what it may take of a processor, where others want one as well


class TooLongError(Exception):
    """The answer did not come within its time, or the process that was to give it is gone."""


class Workers:
    """At most `room` processes, each started when it is first needed, and ended when none was for `idle`.

    A question that takes more than `limit` of a processor, or five times as long, ends its process. All of it may be
    used from any thread.
    """

    def __init__(
        self,
        *,
        room: int = 2,
        limit: timedelta = timedelta(seconds=2),
        idle: timedelta = timedelta(minutes=5),
    ) -> None:
        self._limit_s, self._idle_s = limit.total_seconds(), idle.total_seconds()
        self._room = threading.BoundedSemaphore(room)
        self._lock = threading.Lock()
        self._free: list[_Worker] = []
        self._idle: threading.Timer | None = None
        self._is_closed = False

    def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` returns, or raises, in another process: it is one of ours, by name, and its arguments are plain.

        Raises TooLongError when it takes longer than it may, or as many are at work as may, for as long.
        """
        if not self._room.acquire(timeout=self._limit_s * _PATIENCE):
            raise TooLongError
        worker = None
        try:
            worker = self._taken()
            question = pickle.dumps((self._limit_s, work, args, kwargs), pickle.HIGHEST_PROTOCOL)
            is_good, answer = worker.ask(question, self._limit_s * _PATIENCE)
        except BaseException:
            if worker is not None:
                worker.end()
                worker = None
            raise
        finally:
            if worker is not None:
                self._give_back(worker)
            self._room.release()
        if is_good:
            found: T = answer
            return found
        raise answer

    def close(self) -> None:
        """Ends all that wait for work; nothing can be asked afterwards."""
        with self._lock:
            self._is_closed = True
        self._end_idle()

    def _taken(self) -> _Worker:
        with self._lock:
            while self._free:
                worker = self._free.pop()
                if worker.is_alive:
                    return worker
                worker.end()
        return _Worker()

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            if not self._is_closed:
                self._free.append(worker)
                if self._idle is not None:
                    self._idle.cancel()
                self._idle = threading.Timer(self._idle_s, self._end_idle)
                self._idle.daemon = True
                self._idle.start()
                return
        worker.end()

    def _end_idle(self) -> None:
        with self._lock:
            free, self._free = self._free, []
            if self._idle is not None:
                self._idle.cancel()
                self._idle = None
        for worker in free:
            worker.end()


class _Worker:
    """One process."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-m", "clockhouse.flows.worker"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                env={"LANG": "C.UTF-8", "PATH": os.defpath},
                start_new_session=True,  # a Ctrl-C in the terminal is for the server, which ends it
            )
        self._is_new = True

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: bytes, patience_s: float) -> tuple[bool, Any]:
        deadline = time.monotonic() + patience_s + (_START_S if self._is_new else 0)
        try:
            self._socket.settimeout(patience_s)
            self._socket.sendall(len(question).to_bytes(LENGTH_BYTES) + question)
            answer = self._read(int.from_bytes(self._read(LENGTH_BYTES, deadline)), deadline)
        except OSError as error:  # a timeout is one, too
            raise TooLongError from error
        self._is_new = False
        found: tuple[bool, Any] = pickle.loads(answer)  # noqa: S301  # of our own child
        return found

    def end(self) -> None:
        """Ends it now, and lets nothing of it be left."""
        self._process.kill()
        self._process.wait()
        self._socket.close()

    def _read(self, size: int, deadline: float) -> bytes:
        parts: list[bytes] = []
        while size > 0:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            part = self._socket.recv(min(size, _READ_BYTES))
            if not part:
                raise ConnectionResetError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
