"""The journal: writes that come together share one transaction, and so one commit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from clockhouse.engine.service import pause
from clockhouse.errors import Outage, Unavailable
from clockhouse.store.database import Database, Tx
from clockhouse.telemetry import logger

log = logger("journal")

T = TypeVar("T")

_TRY_AGAIN = timedelta(seconds=2)


@dataclass(slots=True)
class _Entry:
    write: Callable[[Tx], Any]
    done: asyncio.Future[Any]
    comes_first: bool


class Journal:
    """Group commit: while one transaction is being committed, the next one gathers.

    A commit with an fsync takes about as long for a hundred rows as for one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Entry] = []
        self._committed: asyncio.Future[None] | None = None  # None while nothing is being committed
        self._is_expected = False  # whether a commit begins in a moment
        # A thread of its own: a commit waits for no file that somebody else removes or reads.
        self._thread = ThreadPoolExecutor(1, "journal")

    async def write(self, write: Callable[[Tx], T], *, first: bool = False) -> T:
        """What `write` returns, once it is committed. An error of its own is raised here and touches no other write.

        `first`: it comes before the others of its transaction, since it may wait for what another server's has, which
        in turn must not wait for what this one has. A caller that is cancelled does not take the write back: others may
        be in the same transaction.
        """
        loop = asyncio.get_running_loop()
        entry = _Entry(write, loop.create_future(), first)
        self._waiting.append(entry)
        if self._committed is None and not self._is_expected:
            self._is_expected = True
            loop.call_soon(self._begin, loop)  # and not at once: who was woken by the same event writes, too
        result: T = await entry.done
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
        while self._waiting or self._committed is not None:
            if self._committed is None:
                self._begin(asyncio.get_running_loop())
            else:
                await asyncio.wait([self._committed])
        self._thread.shutdown()

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_expected = False
        if self._committed is not None or not self._waiting:
            return
        entries, self._waiting = sorted(self._waiting, key=lambda entry: not entry.comes_first), []
        self._committed = loop.create_future()
        self._thread.submit(self._commit_and_tell, entries, loop)

    def _commit_and_tell(self, entries: list[_Entry], loop: asyncio.AbstractEventLoop) -> None:
        """In the thread. One call to the loop and no future of the pool's: each hop between threads takes 0.1 ms."""
        answers = self._commit(entries)
        with contextlib.suppress(RuntimeError):  # the loop has ended, and whoever waited with it
            loop.call_soon_threadsafe(self._end, entries, answers, loop)

    def _end(self, entries: list[_Entry], answers: list[Any], loop: asyncio.AbstractEventLoop) -> None:
        committed, self._committed = self._committed, None
        if committed is not None:
            committed.set_result(None)
        for entry, answer in zip(entries, answers, strict=True):
            _settle(entry.done, answer)
        if self._waiting:
            self._begin(loop)

    def _commit(self, entries: list[_Entry]) -> list[Any]:
        """An answer per entry: a result in a list, or the exception that came instead."""
        try:
            return self._written(entries)
        except Unavailable as error:  # no fault of any of them
            return [error for _ in entries]
        except BaseException as error:  # handed to whoever wrote
            if len(entries) == 1:
                return [error]
            # One of them spoils it for all: each for itself, then.
            return [answer for entry in entries for answer in self._commit([entry])]

    def _written(self, entries: list[_Entry]) -> list[Any]:
        """The results, each in a list."""
        return self._database.write(lambda tx: [[entry.write(tx)] for entry in entries])


def _settle(done: asyncio.Future[Any], answer: Any) -> None:
    if done.done():  # who waited was cancelled
        return
    if isinstance(answer, BaseException):
        done.set_exception(answer)
    else:
        done.set_result(answer[0])
