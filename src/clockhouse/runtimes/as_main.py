"""A script as the main program of a process that runs already, down to its traceback and its end.

It runs with the build's own Python, so it needs the standard library alone and imports nothing of ours but the kit, as
the task does.
"""

from __future__ import annotations

import _thread
import atexit
import builtins
import contextlib
import gc
import io
import os
import resource
import signal
import sys
import types
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from typing import Any, NamedTuple

NO_CODE = (OSError, SyntaxError, ValueError, RecursionError, MemoryError)  # why a file cannot be compiled


class Script(NamedTuple):
    """The file to run, and the function of it to call afterwards."""

    path: str
    call: str
    code: types.CodeType | None


def compiled(path: str) -> types.CodeType | None:
    """The script's code; None when it has none, which its execution will tell."""
    try:
        return _compile(path)
    except NO_CODE:
        return None


def settle(folder: str, handlers: dict[Any, Any], at_start: frozenset[str]) -> None:
    """What is the same for all executions, done once.

    `at_start` are the modules that any Python has loaded before a script's first line, `handlers` what was installed
    for each signal.
    """
    for name in local_names(folder) - at_start:
        # A file of the task's own named like a module that we happen to use comes first, as with `python main.py`.
        for loaded in [one for one in sys.modules if one == name or one.startswith(name + ".")]:
            del sys.modules[loaded]
    sys.path.insert(0, folder)
    for number, handler in handlers.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for stream in (sys.__stdout__, sys.__stderr__):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)
    gc.collect()
    gc.freeze()


def run(
    script: Script,
    *,
    failed: Callable[[BaseException], object] = lambda _: None,
    ended: Callable[[], object] = lambda: None,
) -> int:
    """Runs the script as `python script` would, down to its traceback; the exit code.

    `failed` is called with the error that ended it, `ended` at its end in any case.
    """
    module = types.ModuleType("__main__")
    module.__dict__.update(
        __file__=script.path,
        __builtins__=builtins,
        __loader__=SourceFileLoader("__main__", script.path),
        __cached__=None,
    )
    sys.modules["__main__"] = module
    try:
        exec(script.code or _compile(script.path), module.__dict__)  # noqa: S102  # that is what it is for
        if script.call:
            from clockhouse import kit

            kit.run(module.__dict__[script.call])
    except SystemExit as end:
        exit_code = _exit_code(end)
        if exit_code:  # who ends the task because of an error means that one
            failed(end.__context__ or end)
        return exit_code
    except BaseException as error:
        _tell(error)
        failed(error)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    finally:
        ended()
    return 0


def leave(code: int) -> None:
    """Ends the child as Python ends, without taking its modules apart: that alone would be 6 of 7 ms.

    Threads are waited for, exit handlers run, the script's own objects are let go, what is still open is flushed.
    """
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()
    if _thread._count():
        raise SystemExit(code)  # daemon threads: only a real end stops them at the right moment
    atexit._run_exitfuncs()
    sys.modules["__main__"].__dict__.clear()
    gc.collect()
    for found in gc.get_objects():
        if isinstance(found, io.TextIOWrapper | io.BufferedWriter | io.BufferedRandom):
            with contextlib.suppress(OSError, ValueError):
                found.flush()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            code = code or 120
    os._exit(code)


def local_names(folder: str) -> set[str]:
    """What can be imported from a folder."""
    with os.scandir(folder) as entries:
        return {
            entry.name.partition(".")[0]
            for entry in entries
            if entry.name.endswith((".py", ".so")) or os.path.exists(f"{entry.path}/__init__.py")
        }


def _compile(path: str) -> types.CodeType:
    with open(path, "rb") as file:
        return compile(file.read(), path, "exec", dont_inherit=True)


def _exit_code(end: SystemExit) -> int:
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code & 0xFF
    with contextlib.suppress(Exception):
        print(end.code, file=sys.stderr)  # noqa: T201  # as Python does
    return 1


def _tell(error: BaseException) -> None:
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error.__traceback__ = trace
    sys.excepthook(type(error), error, trace)
