"""Artifacts from afar: what the servers have built, fetched by an agent when it is first needed."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from clockhouse.builders import parcel
from clockhouse.engine.remote import TRY_AGAIN, Link
from clockhouse.engine.service import pause
from clockhouse.errors import ClockhouseError, Internal, Unavailable
from clockhouse.telemetry import logger

log = logger("artifacts")

_TIDY_EVERY = timedelta(minutes=5)


class RemoteArtifacts:
    """What the servers have built, fetched into `folder` when it is first needed."""

    def __init__(self, link: Link, folder: Path) -> None:
        self._link = link
        self._folder = folder
        self._fetching: dict[str, asyncio.Task[Path]] = {}
        self._asked_for: set[str] = set()  # builds, since it was last asked which are not needed

    async def begin(self) -> None:
        """Clears away what a kill left half fetched or half removed. To be called before anything is fetched."""
        await asyncio.to_thread(_clear, self._folder)

    async def folder(self, build_id: str) -> Path:
        """See `Artifacts.folder`. While no server answers it waits; those who ask at once share what is fetched."""
        self._asked_for.add(build_id)
        found = self._folder / build_id
        if build_id not in self._fetching:
            if found.is_dir():
                return found
            task = self._fetching[build_id] = asyncio.create_task(self._fetch(build_id, found))
            task.add_done_callback(lambda _: self._fetching.pop(build_id))
        return await asyncio.shield(self._fetching[build_id])

    async def tidy(self) -> int:
        """Removes what nothing in the agent's environment starts any more; how many."""
        found = await asyncio.to_thread(_artifacts, self._folder)
        if not found:
            return 0
        self._asked_for.clear()
        unneeded = set((await self._link.post("/agent/unneeded", {"builds": sorted(found)}))["builds"])
        # What was asked for meanwhile is needed again. The others go at once: one is there whole, or not at all.
        aside = [self._put_aside(build) for build in (found & unneeded) - self._asked_for]
        for folder in aside:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return len(aside)

    def _put_aside(self, build: str) -> Path:
        log.info("artifact.removed", build=build)
        return (self._folder / build).rename(self._folder / f"{build}.{secrets.token_hex(4)}.removed")

    async def run(self) -> None:
        """Tidies now and then, until it is cancelled."""
        while True:
            await pause(_TIDY_EVERY)
            try:
                await self.tidy()
            except ClockhouseError as error:  # another time, then
                log.debug("artifacts.untidied", sentence=error.sentence)
            except Exception:
                log.exception("artifacts.broke")

    async def close(self) -> None:
        for task in list(self._fetching.values()):
            task.cancel()
            await asyncio.wait([task])

    async def _fetch(self, build_id: str, to: Path) -> Path:
        file = to.with_name(f"{build_id}.parcel")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            digest = await self._downloaded(build_id, file)
            await asyncio.to_thread(_unpack, file, to, digest)
            log.info("artifact.fetched", build=build_id)
        except OSError as error:
            raise Internal(
                f"What was built cannot be kept in {self._folder}: {error.strerror or error}. "
                "Check the free space and the permissions of the agent's data directory."
            ) from error
        finally:
            with suppress(OSError):
                file.unlink(missing_ok=True)
        return to

    async def _downloaded(self, build_id: str, file: Path) -> str | None:
        while True:
            try:
                with file.open("wb") as opened:
                    headers = await self._link.servers.download(f"/agent/artifacts/{build_id}", opened)
                return headers.get("clockhouse-digest") or None
            except Unavailable as error:
                log.warning("artifact.unavailable", build=build_id, sentence=error.sentence)
                await pause(TRY_AGAIN)


def _unpack(file: Path, to: Path, digest: str | None) -> None:
    with file.open("rb") as opened:
        parcel.unpack(iter(lambda: opened.read(parcel.PIECE_BYTES), b""), to, digest=digest)


def _clear(folder: Path) -> None:
    for left in folder.glob("*.*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            with suppress(OSError):
                left.unlink()


def _artifacts(folder: Path) -> set[str]:
    """The ids of the builds that are there whole."""
    return {each.name for each in folder.iterdir() if "." not in each.name} if folder.is_dir() else set()
