"""The journal: writes that come together share one transaction, and so one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from clockhouse.engine.service import pause
from clockhouse.errors import Outage, Unavailable
from clockhouse.store.database import Contended, Database, Tx
from clockhouse.telemetry import logger

log = logger("journal")

T = TypeVar("T")

_TRY_AGAIN = timedelta(seconds=2)
_TRIES = 3  # at once, of what another transaction was in the way of


@dataclass(slots=True)
class _Entry:
    write: Callable[[Tx], Any]
    done: asyncio.Future[Any]


class Journal:
    """Group commit: while one transaction is being committed, the next one gathers.

    A commit with an fsync takes about as long for a hundred rows as for one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Entry] = []
        self._flushing: asyncio.Task[None] | None = None
        # A thread of its own: a commit waits for no file that somebody else removes or reads.
        self._thread = ThreadPoolExecutor(1, "journal")

    async def write(self, write: Callable[[Tx], T]) -> T:
        """What `write` returns, once it is committed. An error of its own is raised here and touches no other write."""
        entry = _Entry(write, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        # A caller that is cancelled does not take the write back: others may be in the same transaction.
        result: T = await asyncio.shield(entry.done)
        return result

    async def insist(self, write: Callable[[Tx], T], *, of: str) -> T:
        """As `write`, as often as it takes: while the disk is full, nothing is lost but time. `of` is for the log."""
        while True:
            try:
                return await self.write(write)
            except Unavailable as error:
                tell = log.debug if isinstance(error, Outage) else log.error
                tell("journal.unwritten", of=of, sentence=error.sentence)
                await pause(_TRY_AGAIN)

    async def close(self) -> None:
        """Waits until all that was given is committed."""
        while self._flushing is not None:
            await asyncio.shield(self._flushing)
        self._thread.shutdown()

    async def _flush(self) -> None:
        try:
            while self._waiting:
                entries, self._waiting = self._waiting, []
                committed = asyncio.get_running_loop().run_in_executor(self._thread, self._commit, entries)
                for entry, answer in zip(entries, await committed, strict=True):
                    _settle(entry.done, answer)
        finally:
            self._flushing = None

    def _commit(self, entries: list[_Entry]) -> list[Any]:
        """An answer per entry: a result in a list, or the exception that came instead."""
        try:
            return self._written(entries)
        except Unavailable as error:  # no fault of any of them
            return [error for _ in entries]
        except Exception as error:  # handed to whoever wrote
            if len(entries) == 1:
                return [error]
            # One of them spoils it for all: each for itself, then.
            return [answer for entry in entries for answer in self._commit([entry])]

    def _written(self, entries: list[_Entry]) -> list[Any]:
        """The results, each in a list. What was only in somebody's way is done again: nothing of it has happened."""
        for left in reversed(range(_TRIES)):
            try:
                with self._database.begin() as tx:
                    return [[entry.write(tx)] for entry in entries]
            except Contended:
                if not left:
                    raise
        raise AssertionError  # the last try returned or raised


def _settle(done: asyncio.Future[Any], answer: Any) -> None:
    if done.cancelled():
        return
    if isinstance(answer, BaseException):
        done.set_exception(answer)
        done.exception()  # a caller that went away does not make it an error nobody looked at
    else:
        done.set_result(answer[0])
