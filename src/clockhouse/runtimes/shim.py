"""The warm parent of one build: loads the interpreter and the task's imports once, and forks for every execution.

It runs with the build's own Python, so it needs the standard library alone and imports nothing of ours but the kit, as
the task does; what else of ours it uses are files beside it. Started as `python -I -B -X utf8 shim.py SCRIPT CALL
[MODULE...]`: CALL is the function to hand to the kit afterwards, or empty; the MODULEs are not to be loaded ahead.

On its standard input is a Unix stream socket with a JSON object a line. What it is told:

    {"start": ID, "argv": [...], "environment": {...}, "folder": PATH,
     "failure": ..., "values": ...}  with three file descriptors: standard output, standard error, and where to report
                                     the start; with `values` a fourth, where what statements do is told. `failure`
                                     and `values` are null, or the names of the variables that hold secrets
    {"signal": ID, "number": 15}                                         for the whole process group
and what it answers:

    {"awake": true}                 Python runs; what takes time from here on is the task's own imports
    {"ready": true}                 executions may start
    {"refused": ID, "reason": ...}  nothing has run
    {"exited": ID, "status": ..., "cpu_s": ..., "peak_bytes": ...}

A child reports "PID NANOSECONDS" (of the monotonic clock) right before the first line of the task, or "! REASON". When
nobody listens there any more, it does not run the task. At the end of the socket everything is killed: a server that
died leaves nothing behind. On Linux, an execution takes its descendants with it even when they have left its process
group: they are its children once they are orphans, and then the parent's, which knows them by that.
"""

# ruff: noqa: E402  # what is loaded before our own imports has to be known

from __future__ import annotations

import sys

AT_START = frozenset(sys.modules)  # what any Python has loaded before a script's first line

import contextlib
import importlib
import json
import os
import resource
import select
import signal
import socket
import time
import types
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING, Any, NamedTuple

PARSE_ONLY = 0x400  # ast.PyCF_ONLY_AST, without loading `ast`: a lean parent forks faster
MOST_SKIPPED = 3  # modules that start threads, found one by one; with more of them nothing is loaded ahead
ALL = "*"
SUBREAPER = 36  # of prctl
LOAD_WITHIN_S = 300  # a module that holds us longer ends us: while it loads, the end of the server goes unnoticed
QUIET_MS = 1  # with nothing to do for so long, a child is forked ahead
BUSY_MS = 20  # the same while children run: one that ends soon must not have to wait for a fork
SET_HANDLER = getattr(signal.signal, "__wrapped__", signal.signal)  # without the enums, which take it 0.3 ms in a child


def _beside(name: str) -> Any:
    """A file of ours beside this one. It is known to nobody else."""
    module = types.ModuleType(f"_clockhouse_{name}")
    module.__file__ = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
    loader = SourceFileLoader(module.__name__, module.__file__)
    exec(loader.get_code(module.__name__) or "", module.__dict__)  # noqa: S102  # our own
    return module


if TYPE_CHECKING:
    from clockhouse.runtimes import as_main
else:
    as_main = _beside("as_main")


class Order(NamedTuple):
    """One execution to start."""

    id: str
    argv: list[str]
    environment: dict[str, str]
    folder: str
    failure: list[str] | None
    traced: list[str] | None
    output: int
    errors: int
    report: int
    values: int = -1

    @classmethod
    def of(cls, message: dict[str, Any], fds: list[int]) -> Order:
        what = (message["argv"], message["environment"], message["folder"], message["failure"], message["values"])
        return cls(message["start"], *what, *fds)


class Standby(NamedTuple):
    """A child that waits for its order at the other end of this socket."""

    pid: int
    orders: socket.socket


def main() -> None:
    """Serves until the socket ends; in a child it goes on as the task, and ends as the task ends."""
    ADOPT()
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    control = _control()
    _send(control, {"awake": True})
    path, call, *skipped = sys.argv[1:]
    signal.alarm(LOAD_WITHIN_S)
    _preload(control, path, call, skipped)
    signal.alarm(0)
    script = as_main.Script(path, call, as_main.compiled(path))
    as_main.settle(os.path.dirname(path), handlers, AT_START)
    _send(control, {"ready": True})
    order = Parent(control).serve()
    if order is not None:
        _enter(order)
        as_main.leave(_carry_out(script, order))


class Parent:
    """Starts children and tells of their end."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._wake, wake = os.pipe()
        self._own = (control.fileno(), self._wake, wake)
        for end in (self._wake, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._buffer = b""
        self._fds: list[int] = []
        self._running: dict[int, Order] = {}
        self._standby: Standby | None = None
        self._helpers = frozenset(_children())  # what the task's imports have started

    def serve(self) -> Order | None:
        """None when the server is gone; in a child, the order it is to carry out."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        try:
            while True:
                ready = {fd for fd, _event in poll.poll(self._patience_ms())}
                if not ready and (order := self._stand_by()) is not None:
                    return order
                if self._wake in ready:
                    self._reap()
                if self._control.fileno() in ready:
                    for line in self._received():
                        order = self._obey(line)
                        if order is not None:
                            return order
        except (EOFError, OSError):
            self._give_up()
            return None

    def _patience_ms(self) -> int | None:
        if self._standby is not None:
            return None
        return BUSY_MS if self._running else QUIET_MS

    def _received(self) -> list[bytes]:
        data, fds, _flags, _address = socket.recv_fds(self._control, 65536, 16)
        self._fds += fds
        if not data:
            raise EOFError
        *whole, self._buffer = (self._buffer + data).split(b"\n")
        return whole

    def _obey(self, line: bytes) -> Order | None:
        message = json.loads(line)
        if "start" not in message:
            self._signal(message["signal"], message["number"])
            return None
        count = 3 if message["values"] is None else 4
        fds, self._fds = self._fds[:count], self._fds[count:]
        order = Order.of(message, fds)
        pid = self._handed_over(line, fds)
        if not pid:
            try:
                pid = os.fork()
            except OSError as error:
                _send(self._control, {"refused": order.id, "reason": f"No process was to be had: {error.strerror}."})
                pid = -1
        if pid == 0:
            self._let_go()
            return order
        for fd in fds:
            os.close(fd)
        if pid > 0:
            self._running[pid] = order._replace(environment={})
        return None

    def _stand_by(self) -> Order | None:
        """Forks a child ahead of its order, when there is time for it; in the child, the order, once it comes.

        A fork and the first steps after it, on pages that have to be copied, are most of the way to the first line.
        """
        ours, theirs = socket.socketpair()
        try:
            pid = os.fork()
        except OSError:
            pid = -1
        if pid:
            theirs.close()
            self._standby = Standby(pid, ours)  # with pid -1 it is found dead when it is needed
            return None
        ours.close()
        self._let_go()
        _change_environment(dict(os.environ))  # the same, for the pages it touches
        data, fds, _flags, _address = socket.recv_fds(theirs, 65536, 4)
        while data and not data.endswith(b"\n"):
            data += theirs.recv(65536) or os._exit(0)
        if not data:
            os._exit(0)
        theirs.close()
        return Order.of(json.loads(data), fds)

    def _handed_over(self, line: bytes, fds: list[int]) -> int:
        """The process id of the child that stood by and has the order now; 0 when there is none."""
        if self._standby is None:
            return 0
        (pid, theirs), self._standby = self._standby, None
        with theirs:
            try:
                sent = socket.send_fds(theirs, [line + b"\n"], fds)
            except OSError:
                return 0
            # From here on the order is its own, whatever happens: it may have carried it out already.
            rest = (line + b"\n")[sent:]
            with contextlib.suppress(OSError):
                if rest:
                    theirs.sendall(rest)
        return pid

    def _let_go(self) -> None:
        """In a child: a session of its own, and nothing of the parent stays open or installed."""
        self._running = {}
        os.setsid()
        ADOPT()  # else whoever leaves our group becomes a child of the parent while we run, and nobody knows whose
        signal.set_wakeup_fd(-1)
        SET_HANDLER(signal.SIGCHLD, signal.SIG_DFL)
        self._control.detach()
        for fd in (*self._own, *self._fds):
            os.close(fd)
        if self._standby is not None:
            self._standby.orders.close()

    def _signal(self, execution: str, number: int) -> None:
        for pid, order in self._running.items():
            if order.id == execution:
                _signal_group(pid, number)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 4096)
        for pid, order in list(self._running.items()):
            ended = _collected(pid)
            if ended is None:
                continue
            status, used = ended
            del self._running[pid]
            peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
            cpu_s = used.ru_utime + used.ru_stime
            _send(self._control, {"exited": order.id, "status": status, "cpu_s": cpu_s, "peak_bytes": peak})
        if self._standby is not None and self._standby.pid > 0 and _collected(self._standby.pid) is not None:
            self._standby = None
        for pid in self._left_behind():
            _end(pid, os.WNOHANG)  # at its end we are woken again, and it leaves us its own children

    def _left_behind(self) -> list[int]:
        """Processes of executions that are over: whoever left their group is our child now."""
        standby = -1 if self._standby is None else self._standby.pid
        known = self._helpers
        return [pid for pid in _children() if pid not in self._running and pid != standby and pid not in known]

    def _give_up(self) -> None:
        import shutil  # it loads compression libraries, and what is not mapped need not be forked

        for pid in self._running:
            _signal_group(pid, signal.SIGKILL)
        for pid, order in self._running.items():
            os.waitpid(pid, 0)
            shutil.rmtree(order.folder, ignore_errors=True)
        self._running, self._standby = {}, None
        while left := self._left_behind():
            for pid in left:
                _end(pid, 0)


def _control() -> socket.socket:
    """The socket that came as standard input, which is empty from here on, for the parent and its children."""
    control = socket.socket(fileno=os.dup(0))
    empty = os.open(os.devnull, os.O_RDWR)
    os.dup2(empty, 0)
    os.dup2(empty, 1)
    os.close(empty)
    return control


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(json.dumps(message).encode() + b"\n")


def _adoption() -> Callable[[], object]:
    """What makes the calling process adopt its orphaned descendants; elsewhere than on Linux it does nothing."""
    try:
        import ctypes

        prctl = ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return lambda: None
    return lambda: prctl(SUBREAPER, 1, 0, 0, 0)


ADOPT = _adoption()


def _children() -> list[int]:
    """The process ids of this process's children, zombies too; none where the system does not tell."""
    with contextlib.suppress(OSError):
        own = os.getpid()
        with open(f"/proc/{own}/task/{own}/children", "rb") as file:
            return [int(pid) for pid in file.read().split()]
    return []


def _end(pid: int, options: int) -> None:
    """Kills a child and takes note of its end, if that comes at once."""
    _signal_group(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, options)


def _nothing(_number: int, _frame: types.FrameType | None) -> None:
    """A handler, so that a child's end writes to the wake-up descriptor."""


def _collected(pid: int) -> tuple[int, resource.struct_rusage] | None:
    """How a child ended, with all that is left of its group killed; None while it runs."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        found, status, used = os.wait4(pid, os.WNOHANG)
        if not found:
            return None
        _signal_group(pid, signal.SIGKILL)
        return status, used
    if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        return None
    _signal_group(pid, signal.SIGKILL)  # before it is reaped: until then its number can't be given to another
    _pid, status, used = os.wait4(pid, 0)
    return status, used


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:  # the child is so young that it leads no group yet, or nobody is left
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    except PermissionError:  # how macOS says that only zombies are left
        pass


def _preload(control: socket.socket, path: str, call: str, skipped: list[str]) -> None:
    """Loads what the script will import. A module that starts threads can't be forked with: without it, from anew."""
    names = [] if ALL in skipped else _imports(path)
    if call:
        names.append("clockhouse.kit")  # which calls it
    if any(name.startswith("clockhouse.kit") for name in names):
        names.append("logging")  # which `run` sets up
    for name in names:
        if name in skipped:
            continue
        with contextlib.suppress(BaseException):  # it will fail, or not, in the execution
            importlib.import_module(name)
        if _threads() > 1:
            os.dup2(control.fileno(), 0)
            skipped = [*skipped, name] if len(skipped) < MOST_SKIPPED else [ALL]
            os.execv(sys.executable, [*sys.orig_argv[: -len(sys.argv)], *sys.argv[:3], *skipped])  # noqa: S606


def _imports(path: str) -> list[str]:
    """The modules that the script and the modules beside it import at their top level, without those beside it."""
    folder = os.path.dirname(path)
    local = as_main.local_names(folder)
    found: dict[str, None] = {}
    seen, waiting = {path}, [path]
    while waiting:
        for name in _imports_of(waiting.pop()):
            top = name.partition(".")[0]
            if top not in local:
                found[name] = None
                continue
            for file in (f"{folder}/{top}.py", f"{folder}/{top}/__init__.py"):
                if file not in seen:
                    seen.add(file)
                    waiting.append(file)
    return list(found)


def _imports_of(path: str) -> Iterator[str]:
    try:
        with open(path, "rb") as file:
            parsed: Any = compile(file.read(), path, "exec", PARSE_ONLY, dont_inherit=True)
    except as_main.NO_CODE:
        return
    waiting = list(parsed.body)
    while waiting:
        node = waiting.pop(0)
        kind = type(node).__name__
        if kind == "Import":
            yield from (alias.name for alias in node.names)
        elif kind == "ImportFrom" and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)  # it may be a module; else it fails
        elif kind == "Try":
            waiting = [*node.body, *waiting]


def _threads() -> int:
    if os.path.isdir("/proc/self/task"):
        return len(os.listdir("/proc/self/task"))
    threading = sys.modules.get("threading")
    return threading.active_count() if threading is not None else 1


def _enter(order: Order) -> None:
    """In a child: a folder, an environment and an output of its own; then the start is reported."""
    try:
        for source, target in ((order.output, 1), (order.errors, 2)):
            os.dup2(source, target)
            os.close(source)
        os.chdir(order.folder)
        _change_environment(order.environment)
        sys.argv = order.argv
        numpy = sys.modules.get("numpy.random")
        if numpy is not None:  # unlike `random`, it would give every execution the same numbers
            numpy.seed()
        os.write(order.report, f"{os.getpid()} {time.monotonic_ns()}".encode())
        os.close(order.report)
    except Exception as error:
        with contextlib.suppress(OSError):
            os.write(order.report, f"! {error}".encode())
        os._exit(1)


def _change_environment(wanted: dict[str, str]) -> None:
    zone = os.environ.get("TZ")
    for name in [name for name in os.environ if name not in wanted]:
        del os.environ[name]
    for name, value in wanted.items():
        os.environ[name] = value
    if wanted.get("TZ") != zone:
        time.tzset()


def _carry_out(script: as_main.Script, order: Order) -> int:
    """Runs the task and tells what was asked for; the exit code."""
    script, flush = (script, _nothing_more) if order.traced is None else _traced(script, order)
    return as_main.run(script, failed=lambda error: _note_failure(error, script.path, order), ended=flush)


def _note_failure(error: BaseException, path: str, order: Order) -> None:
    if order.failure is not None:
        with contextlib.suppress(Exception):
            _beside("showing").leave(error, os.path.dirname(path), order.folder, _secrets(order, order.failure))


def _traced(script: as_main.Script, order: Order) -> tuple[as_main.Script, Callable[[], None]]:
    """The script, which tells what it does; and what tells the rest at its end."""
    showing, tracing = _beside("showing"), _beside("tracing")
    shower = showing.Shower(_secrets(order, order.traced or []))
    recorder = tracing.Recorder(order.values, shower.text, showing.type_of)
    recorder.install()
    instrument = tracing.Instrument(recorder, os.path.dirname(script.path))
    instrument.install()
    code = None
    with contextlib.suppress(*as_main.NO_CODE), open(script.path, "rb") as file:
        code = instrument.compiled(file.read(), script.path)
    return script._replace(code=code), recorder.flush


def _secrets(order: Order, names: list[str]) -> list[str]:
    found = [order.environment[name] for name in names if name in order.environment]
    for name in names:
        with contextlib.suppress(KeyError, OSError), open(order.environment[f"{name}_FILE"], "rb") as file:
            found.append(file.read().decode("utf-8", "replace"))
    return found


def _nothing_more() -> None:
    """What is told at the end of a script that is not traced."""


if __name__ == "__main__":
    main()
