"""The data directory of a process, which holds it alone, and the files in it that have to last."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clockhouse.config import Config
from clockhouse.errors import Conflict, Invalid


@contextmanager
def held(config: Config) -> Iterator[None]:
    """Makes the data directory and holds it for this process. Raises Conflict when another one does, or Invalid."""
    try:
        config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        config.executions_folder.mkdir(mode=0o700, exist_ok=True)
        lock = config.lock_file.open("a+")
    except OSError as error:
        raise Invalid(
            f"The data directory {config.data.absolute()} cannot be written to ({error.strerror}). "
            "Change its permissions, or choose another one with --data."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            raise Conflict(
                f"Another Clockhouse{f' (process {holder})' if holder else ''} is running with the data directory "
                f"{config.data.absolute()}. Stop it first, or choose another directory with --data."
            ) from None
        _sign(lock.fileno(), config)
        for left in config.executions_folder.iterdir():  # of executions that a kill cut off
            shutil.rmtree(left, ignore_errors=True)
        yield


def write(file: Path, text: str) -> None:
    """Makes a file whole or not at all, for its owner's eyes only; it is on the disk, by its name, at the return."""
    new = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _sign(lock: int, config: Config) -> None:
    """Writes there whose it is. Raises Invalid when there is no room for even that."""
    try:
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
    except OSError as error:
        raise Invalid(
            f"Nothing can be written to the data directory {config.data.absolute()} ({error.strerror}). "
            "Free some disk space, or choose another directory with --data."
        ) from error
