"""Alerts: notices what is late while nothing ends, and tells people what there is to be told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from clockhouse import messenger
from clockhouse.engine.service import Wake, after_trouble, pause, waking
from clockhouse.errors import ClockhouseError, Unavailable
from clockhouse.kit import Secret
from clockhouse.messenger import Tone
from clockhouse.model import channel as channel_model
from clockhouse.model import message as model
from clockhouse.store import changes, channels, incidents, messages, overdue
from clockhouse.store.changes import Changes
from clockhouse.store.database import Database, Tx
from clockhouse.store.messages import Batch
from clockhouse.store.overdue import Key
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger
from clockhouse.vault import Vault

log = logger("alerts")

Send = Callable[[Secret, messenger.Message], object]

_AT_ONCE = 8  # channels that are told at the same time
_GATHER = timedelta(seconds=1)
_LATEST_LOOK = timedelta(seconds=5)
_LATEST_SENDING = timedelta(seconds=30)  # after one that a hint got lost of
_TRY_AGAIN = timedelta(seconds=2)
_LAST_WORDS = timedelta(seconds=5)  # for what is being sent when the server is stopped


class Alerts:
    """Tells each thing once: what was decided is in the database, and so is what was told of it.

    What ends is looked at where it is counted, by the bookkeeper; this duty looks at what has not ended. Of several
    servers, one at a time sends to a channel. One that goes away in the middle of that leaves open whether it was
    told: then it is told again, and says so.
    """

    def __init__(
        self,
        database: Database,
        hints: Changes,
        clock: Clock,
        vault: Vault,
        *,
        address: str,
        send: Send = messenger.send,
    ) -> None:
        """`address` is where people reach the console; `send` must end by itself in bounded time."""
        self._database = database
        self._hints = hints
        self._clock = clock
        self._vault = vault
        self._address = address
        self._send = send
        self._deadlines: dict[Key, datetime] = {}
        self._under_way = 0

    async def look(self) -> int:
        """Notices what runs too long, has not started or is silent by now; how many incidents began."""
        return await asyncio.to_thread(self._look)

    async def tell(self) -> int:
        """Tells one after the other what is to be told by now; how many messages went out or failed."""
        told = 0
        while (batch := await self._claim()) is not None:
            await self._deliver(batch)
            told += 1
        return told

    async def run(self) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._look_again_and_again())
            both.create_task(self._tell_again_and_again())

    async def _look_again_and_again(self) -> None:
        async with waking(self._hints, [changes.ALERTS, changes.DEPLOYMENTS], self._clock) as wake:
            while True:
                try:
                    await self.look()
                    await wake.until(longest=_LATEST_LOOK)
                    await pause(_GATHER)
                except Exception as error:  # the duty goes on
                    await after_trouble(wake, "alerts.look-failed", error)

    async def _tell_again_and_again(self) -> None:
        async with waking(self._hints, [changes.MESSAGES], self._clock) as wake, asyncio.TaskGroup() as sending:
            while True:
                try:
                    while self._under_way < _AT_ONCE and (batch := await self._claim()) is not None:
                        self._under_way += 1
                        sending.create_task(self._deliver_beside(batch, wake))
                    await wake.until(await asyncio.to_thread(self._next), longest=_LATEST_SENDING)
                except Exception as error:  # the duty goes on
                    await after_trouble(wake, "alerts.tell-failed", error)

    async def _deliver_beside(self, batch: Batch, wake: Wake) -> None:
        try:
            await self._deliver(batch)
        except Exception as error:  # its lease ends, and it is tried again
            log.error("alerts.tell-failed", channel=batch.channel, exc_info=error)
        finally:
            self._under_way -= 1
            wake.hint()

    async def _deliver(self, batch: Batch) -> None:
        """Sends it and writes how that went; also when the server is being stopped, if it does not take long."""
        sending = asyncio.ensure_future(_beside(partial(self._sent, batch)))
        try:
            trouble = await asyncio.shield(sending)
        except asyncio.CancelledError:
            with suppress(TimeoutError, Unavailable):
                async with asyncio.timeout(_LAST_WORDS.total_seconds()):
                    trouble = await sending
                    await asyncio.to_thread(self._database.write, partial(_settle, batch=batch, trouble=trouble))
            raise
        while True:
            try:
                await asyncio.to_thread(self._database.write, partial(_settle, batch=batch, trouble=trouble))
            except Unavailable:  # it was told: nobody may tell it again while this is not written
                await pause(_TRY_AGAIN)
            else:
                break
        if trouble is None:
            log.info("alerts.told", channel=batch.channel, messages=len(batch.news))
        else:
            log.warning("alerts.not-told", channel=batch.channel, messages=len(batch.news), reason=trouble)

    async def _claim(self) -> Batch | None:
        with_work = await asyncio.to_thread(self._is_due)
        return await asyncio.to_thread(self._database.write, messages.claim) if with_work else None

    def _is_due(self) -> bool:
        with self._database.read() as tx:
            return messages.is_due(tx)

    def _next(self) -> datetime | None:
        with self._database.read() as tx:
            found = messages.next_at(tx)
            return found if found is None or found > tx.now else tx.now + _TRY_AGAIN

    def _look(self) -> int:
        with self._database.read() as tx:
            found = overdue.find(tx, self._deadlines)
        self._deadlines = dict(found.deadlines or {})
        if found.is_empty:
            return 0
        for silence in found.silences:
            self._database.write(lambda tx, each=silence: overdue.note_silence(tx, each))  # type: ignore[misc]
        if found.left_behind:
            self._database.write(lambda tx: incidents.end_quietly(tx, found.left_behind, overdue.UNDEPLOYED))
        began = 0
        for late in found.late:
            began += self._database.write(lambda tx, each=late: overdue.note(tx, each))  # type: ignore[misc]
        return began

    def _sent(self, batch: Batch) -> str | None:
        """Why it could not be sent; None when it was."""
        try:
            with self._database.read() as tx:
                channel = channels.by_id(tx, batch.channel_id)
            if channel is None:
                return "The channel is gone."
            address = self._vault.open(channel.sealed, channel_model.purpose(channel.id))
            told = model.together(batch.news)
            tone = Tone.BAD if told.is_bad else Tone.GOOD
            self._send(address, messenger.Message(told.title, told.text, f"{self._address}{told.path}", tone))
        except ClockhouseError as error:
            return error.sentence
        except Exception as error:  # nothing of it is told: the address may be in it
            log.error("alerts.send-broke", channel=batch.channel, cause=type(error).__name__)
            return "Clockhouse itself failed at sending it; the server's log has the kind of error."
        return None


def _settle(tx: Tx, *, batch: Batch, trouble: str | None) -> None:
    if trouble is None:
        messages.note_sent(tx, batch)
    else:
        messages.note_failed(tx, batch, trouble)


async def _beside(do: Callable[[], str | None]) -> str | None:
    """What `do` returns, from a thread of its own: the others are for the database, and none of them is to wait.

    A daemon: what a service keeps waiting must not keep the server from ending.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str | None] = loop.create_future()

    def give(result: str | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)

    def run() -> None:
        result, broken = None, None
        try:
            result = do()
        except BaseException as error:
            broken = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(give, result, broken)

    threading.Thread(target=run, name="alerts", daemon=True).start()
    return await done
