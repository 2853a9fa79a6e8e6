"""Runs a command that may write to some folders only and does not see others: what is built runs code of its author.

A program of its own, run by path with the standard library alone: `confine.py ORDER COMMAND [ARGUMENT...]`, where ORDER
is JSON with `writable`, `readable` and `hidden`, lists of paths; each may have some of the others in it. It
uses Landlock, which Linux has had since 5.13 and which needs no privilege; where there is none, the command runs all
the same. What it starts is confined with it, and can neither signal nor trace what is outside.
"""

from __future__ import annotations

import ctypes
import json
import os
import stat
import sys

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the system calls, the same on every architecture
_NO_NEW_PRIVILEGES = 38
_BENEATH = 1
_VERSION = 1
_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE, _IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_READING = _EXECUTE | _READ | _LIST
_FOR_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL  # what can be said of a file
_KNOWN = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_KNOWN_LATER = (1 << 16) - 1
_SCOPES_FROM, _SCOPES = 6, 0b11  # abstract sockets and signals
_ALWAYS_WRITABLE = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty", "shm"))


class _Rules(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def main() -> None:
    """Becomes the command."""
    order, *command = sys.argv[1:]
    told = json.loads(order)
    confine(told["writable"], told["hidden"], told["readable"])
    os.execvp(command[0], command)  # noqa: S606  on purpose


def confine(writable: list[str], hidden: list[str], readable: list[str]) -> bool:
    """Confines this process; whether the system can do that. Raises OSError when it should, and does not."""
    if not sys.platform.startswith("linux"):
        return False
    system = ctypes.CDLL(None, use_errno=True)
    version = system.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    if version < 1:
        return False
    known = _KNOWN.get(version, _KNOWN_LATER)
    rules = _Rules(known, 0, _SCOPES if version >= _SCOPES_FROM else 0)
    size = ctypes.sizeof(_Rules) if version >= _SCOPES_FROM else 8 if version < 4 else 16
    made = _checked(system.syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0)))
    hidden_paths = [os.path.realpath(path) for path in hidden]
    for path in (*_seen("/", hidden_paths), *map(os.path.realpath, readable)):
        _allow(system, made, path, _READING & known)
    for path in (*writable, *_ALWAYS_WRITABLE):
        for seen in _seen(os.path.realpath(path), hidden_paths):
            _allow(system, made, seen, known)
    _checked(system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _checked(system.syscall(_RESTRICT, made, ctypes.c_uint32(0)))
    os.close(made)
    return True


def _seen(folder: str, hidden: list[str]) -> list[str]:
    """What there is but for the hidden: whole folders where nothing in them is."""
    if folder in hidden:
        return []
    inner = folder.rstrip("/") + "/"
    if not any(path.startswith(inner) for path in hidden):
        return [folder]
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [path for name in names for path in _seen(inner + name, hidden)]


def _allow(system: ctypes.CDLL, rules: int, path: str, allowed: int) -> None:
    try:
        # A link is not followed: what it leads to has a rule of its own, unless it is hidden.
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:  # it is gone, or nobody may look
        return
    try:
        mode = os.fstat(opened).st_mode
        if stat.S_ISLNK(mode):
            return
        beneath = _Beneath(allowed if stat.S_ISDIR(mode) else allowed & _FOR_FILES, opened)
        _checked(system.syscall(_ADD, rules, _BENEATH, ctypes.byref(beneath), ctypes.c_uint32(0)))
    finally:
        os.close(opened)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


if __name__ == "__main__":
    main()
