"""Programs of ours in processes of their own, forked from one that has loaded them: a start takes a tenth of the time.

What they are given, and what becomes of them, is as with `subprocess.Popen`; they tell it in text.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn

_THIS = [
    sys.executable,
    "-c",
    "import socket, sys; from tests.support.forks import serve; serve(socket.socket(fileno=int(sys.argv[1]))); "
    "from clockhouse.cli.main import run; run()",
]
_ROOT = Path(__file__).parents[2]
_MOST_BYTES = 1024 * 1024


class Fork:
    """One that was forked. Of `subprocess.Popen`, what tests want of it."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], stderr: int = subprocess.PIPE) -> None:
        """Runs `clockhouse` with these arguments, as the leader of a session. `stderr` may be a file's descriptor."""
        out, told_out = os.pipe()
        err, told_err = os.pipe() if stderr == subprocess.PIPE else (None, os.dup(stderr))
        status, told_status = os.pipe()
        asked = {"arguments": arguments, "environment": dict(environment), "folder": os.getcwd()}
        given = [told_out, told_err, told_status]
        loader, way = _loader()
        with suppress(BrokenPipeError):
            socket.send_fds(way, [json.dumps(asked).encode()], given)
        for each in given:
            os.close(each)
        self.stdout: IO[str] = os.fdopen(out)
        self.stderr: IO[str] | None = None if err is None else os.fdopen(err)
        self.returncode: int | None = None
        self._status = os.fdopen(status)
        told = self._status.readline()
        if not told:
            raise RuntimeError(f"What forks the programs has ended: {loader.communicate()[1].decode()}")
        self.pid = int(told)
        self._readers: list[_Reader] = []

    def poll(self) -> int | None:
        """How it ended, as with Popen; None when it has not."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("clockhouse", timeout or 0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it has said since the last look, until its end."""
        self._readers = self._readers or [_Reader(each) for each in (self.stdout, self.stderr) if each is not None]
        for reader in self._readers:
            reader.join(timeout)
            if reader.is_alive():
                raise subprocess.TimeoutExpired("clockhouse", timeout or 0)
        self.wait(timeout)
        said = [reader.text for reader in self._readers]
        return said[0], said[1] if len(said) > 1 else ""

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, within_s: float | None) -> int | None:
        if self.returncode is None:
            told = select.poll()
            told.register(self._status, select.POLLIN)
            if told.poll(None if within_s is None else within_s * 1000):
                self.returncode = int(self._status.readline())
                self._status.close()
        return self.returncode


class _Reader(threading.Thread):
    def __init__(self, stream: IO[str]) -> None:
        super().__init__(daemon=True)
        self.text, self._stream = "", stream
        self.start()

    def run(self) -> None:
        with self._stream:
            self.text = self._stream.read()


@cache
def _loader() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process that has loaded what it forks, and the way to it; it ends when this one does."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        loader = subprocess.Popen(
            [*_THIS, str(its.fileno())],
            cwd=_ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # as they will be for what it forks: Python treats a file in another way
            stderr=subprocess.PIPE,
            pass_fds=[its.fileno()],
        )

    def end() -> None:
        ours.close()
        loader.communicate()

    atexit.register(end)
    return loader, ours


def serve(way: socket.socket) -> None:
    """Forks whatever is asked for. Returns in those processes alone, ready to be the program."""
    import clockhouse.agent
    import clockhouse.app
    import clockhouse.store.migrations.run  # noqa: F401  a new database needs it

    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    while True:
        asked, given, _, _ = socket.recv_fds(way, _MOST_BYTES, 3)
        if not asked:
            os._exit(0)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            way.close()
            out, err, status = given
            pid = os.fork()
            if pid == 0:
                _become(json.loads(asked), out, err)
                os.write(status, f"{os.getpid()}\n".encode())
                os.close(status)
                return
            os.close(out)
            os.close(err)
            _tell_end(pid, status)
        for each in given:
            os.close(each)


def _tell_end(pid: int, status: int) -> NoReturn:
    _, code = os.waitpid(pid, 0)
    with suppress(BrokenPipeError):
        os.write(status, f"{os.waitstatus_to_exitcode(code)}\n".encode())
    os._exit(0)


def _become(asked: Mapping[str, Any], out: int, err: int) -> None:
    os.setsid()
    for given, own in ((out, 1), (err, 2)):
        os.dup2(given, own)
        os.close(given)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["-c", *asked["arguments"]]
