"""Artifacts that servers share: what one has built goes into the database, and whoever needs it fetches it once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from clockhouse.builders import parcel
from clockhouse.engine.service import pause
from clockhouse.errors import NotFound, Outage, Unavailable
from clockhouse.store import artifacts
from clockhouse.store.artifacts import Shared
from clockhouse.store.database import Database
from clockhouse.telemetry import logger

log = logger("artifacts")

T = TypeVar("T")

_TRY_AGAIN = timedelta(seconds=2)
_TRIES = 5  # to fetch: a database that is started again is away for some seconds


class SharedArtifacts:
    """The artifacts in `root` on this machine, and in the database those of all servers."""

    def __init__(self, database: Database, root: Path) -> None:
        self._database = database
        self._root = root
        self._fetching: dict[str, asyncio.Task[None]] = {}

    async def folder(self, build_id: str) -> Path:
        """The build's artifact on this machine, fetched when it is not here yet; who asks meanwhile waits for the same.

        Raises NotFound when there is none, Invalid when it does not run on this machine, Unavailable when the database
        or the disk refuses.
        """
        folder = self._root / build_id
        if not folder.exists():  # quicker than a thread, and every execution asks
            fetching = self._fetching.get(build_id)
            if fetching is None:
                fetching = self._fetching[build_id] = asyncio.create_task(self._fetch(build_id, folder))
                fetching.add_done_callback(lambda done: self._forget(build_id, done))
            await asyncio.shield(fetching)
        return folder

    async def share(self, build_id: str) -> None:
        """Puts what a build has made into the database, however long that is away."""
        await _insisted(partial(self._share, build_id))

    async def run(self) -> None:
        """Shares what this machine has and the database has not: an earlier version did not share. Then it ends."""
        for build_id in await _insisted(self._unshared):
            try:
                await self.share(build_id)
            except Exception:  # the others are shared
                log.exception("artifact.broke", build=build_id)

    def close(self) -> None:
        """Nobody waits any more for what is being fetched."""
        for fetching in list(self._fetching.values()):
            fetching.cancel()

    def _forget(self, build_id: str, done: asyncio.Task[None]) -> None:
        del self._fetching[build_id]
        if not done.cancelled():
            done.exception()  # whoever waited has been told

    async def _fetch(self, build_id: str, folder: Path) -> None:
        for left in reversed(range(_TRIES)):
            try:
                await asyncio.to_thread(self._unpack, build_id, folder)
            except Unavailable:
                if not left:
                    raise
                await pause(_TRY_AGAIN)
            else:
                return

    def _unpack(self, build_id: str, folder: Path) -> None:
        with self._database.read() as tx:
            shared = artifacts.find(tx, build_id)
        if shared is None:
            raise NotFound("What was built is not here, and no server has shared it. Build the commit again.")
        parcel.unpack(self._pieces(build_id, shared), folder, digest=shared.digest)
        log.info("artifact.fetched", build=build_id, size_bytes=shared.size_bytes)

    def _pieces(self, build_id: str, shared: Shared) -> Iterator[bytes]:
        """Each in a transaction of its own. Raises ValueError when together they are not what was shared."""
        told, seq = hashlib.sha256(), 0
        while (content := self._piece(build_id, seq)) is not None:
            told.update(content)
            seq += 1
            yield content
        if told.hexdigest() != shared.sha256:
            raise ValueError("it is not what was shared")

    def _piece(self, build_id: str, seq: int) -> bytes | None:
        with self._database.read() as tx:
            return artifacts.piece(tx, build_id, seq)

    def _share(self, build_id: str) -> None:
        with self._database.begin() as tx:
            if not artifacts.begin(tx, build_id):
                return
        told, size_bytes = hashlib.sha256(), 0
        for seq, content in enumerate(parcel.pack(self._root / build_id)):
            told.update(content)
            size_bytes += len(content)
            with self._database.begin() as tx:
                if not artifacts.add(tx, build_id, seq, content):
                    return
        with self._database.begin() as tx:
            artifacts.complete(tx, build_id, size_bytes=size_bytes, sha256=told.hexdigest())

    def _unshared(self) -> list[str]:
        found = [folder.name for folder in self._root.glob("*") if folder.is_dir() and "." not in folder.name]
        with self._database.read() as tx:
            return artifacts.unshared(tx, found)


async def _insisted(work: Callable[[], T]) -> T:
    """What `work` returns, which is done in a thread, again and again while the database is away."""
    while True:
        try:
            return await asyncio.to_thread(work)
        except Unavailable as error:
            tell = log.debug if isinstance(error, Outage) else log.error
            tell("artifacts.waiting", sentence=error.sentence)
            await pause(_TRY_AGAIN)
