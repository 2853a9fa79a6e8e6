"""Hints between processes: what others changed, heard through PostgreSQL's LISTEN."""

from __future__ import annotations

import os
import selectors
import threading
from collections.abc import Callable, Iterable, Iterator

import psycopg

from clockhouse.store.changes import Changes
from clockhouse.telemetry import logger

log = logger("changes")

CHANNEL = "clockhouse"
_MOST_BYTES = 7_000  # PostgreSQL takes less than 8000 of a notification
_AGAIN_AFTER_S = 1.0


def messages(origin: str, topics: Iterable[str]) -> list[str]:
    """The topics as notifications that name where they come from, each of a size that PostgreSQL takes."""
    return list(_messages(origin, sorted(topics)))


def _messages(origin: str, topics: list[str]) -> Iterator[str]:
    message = origin
    for topic in topics:
        if len(message) + len(topic) >= _MOST_BYTES:
            yield message
            message = origin
        message = f"{message} {topic}"
    if message != origin:
        yield message


class Listening:
    """A thread with a connection of its own, which it makes anew whenever it is lost."""

    def __init__(self, connect: Callable[[], psycopg.Connection], changes: Changes, *, origin: str) -> None:
        self._connect = connect
        self._changes = changes
        self._origin = origin
        self._is_closing = threading.Event()
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._run, name="changes", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_closing.set()
        os.write(self._waker, b".")
        self._thread.join()
        os.close(self._wake)
        os.close(self._waker)

    def _run(self) -> None:
        was_told = False
        while not self._is_closing.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    was_told = False
                    self._changes.publish_all()  # whatever was told while nobody listened
                    self._hear(connection)
            except (psycopg.Error, OSError) as error:
                if not was_told:
                    log.warning("changes.deaf", said=str(error).partition("\n")[0])
                was_told = True
                self._is_closing.wait(_AGAIN_AFTER_S)

    def _hear(self, connection: psycopg.Connection) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while not self._is_closing.is_set():
                selector.select()
                connection.pgconn.consume_input()
                while (told := connection.pgconn.notifies()) is not None:
                    self._pass_on(told.extra.decode())

    def _pass_on(self, message: str) -> None:
        origin, *topics = message.split()
        if origin != self._origin:
            self._changes.publish(topics)
