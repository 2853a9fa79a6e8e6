"""Artifacts that servers share through their database."""

from __future__ import annotations

import asyncio
import os
import threading
from datetime import timedelta

import pytest
from tests.support.ledger import queued_build, refusing
from tests.support.waiting import comes

from clockhouse.builders import parcel, seal
from clockhouse.builders.base import Built, Entry
from clockhouse.engine import artifacts as module
from clockhouse.engine.artifacts import SharedArtifacts
from clockhouse.errors import Invalid, NotFound, Unavailable
from clockhouse.kit.declared import Problem
from clockhouse.model.build import Status
from clockhouse.store import builds
from clockhouse.store.tables.builds import artifact_chunks

BUILT = Built("d" * 64, Entry("main.py", "main"), ())


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(module, "_TRY_AGAIN", timedelta(milliseconds=10))


def made(ledger, tmp_path, *, size=10):
    """An artifact of the ledger's build on the first server."""
    folder = tmp_path / "one" / ledger.release.build.id
    (folder / "source").mkdir(parents=True)
    (folder / "source" / "main.py").write_bytes(os.urandom(size))
    seal.write(folder, BUILT)
    return folder


def server(ledger, tmp_path, name):
    return SharedArtifacts(ledger.database, tmp_path / name)


def test_what_one_server_shares_another_fetches(ledger, tmp_path):
    folder = made(ledger, tmp_path, size=3 * parcel.PIECE_BYTES)
    build_id = folder.name

    async def story():
        await server(ledger, tmp_path, "one").share(build_id)
        return await server(ledger, tmp_path, "two").folder(build_id)

    fetched = asyncio.run(story())
    assert fetched == tmp_path / "two" / build_id
    assert (fetched / "source" / "main.py").read_bytes() == (folder / "source" / "main.py").read_bytes()
    assert [path.name for path in (tmp_path / "two").iterdir()] == [build_id]


def test_who_asks_while_it_is_fetched_waits_for_the_same(ledger, tmp_path, monkeypatch):
    build_id = made(ledger, tmp_path).name
    fetched, may_go_on = [], threading.Event()
    unpack = parcel.unpack

    def counted(*args, **options):
        fetched.append(args)
        assert may_go_on.wait(timeout=30)
        unpack(*args, **options)

    async def story():
        await server(ledger, tmp_path, "one").share(build_id)
        monkeypatch.setattr(parcel, "unpack", counted)
        two = server(ledger, tmp_path, "two")
        asking = [asyncio.create_task(two.folder(build_id)) for _ in range(5)]
        await comes(lambda: fetched)
        asking[0].cancel()
        may_go_on.set()
        return await asyncio.gather(*asking, return_exceptions=True)

    first, *others = asyncio.run(story())
    assert isinstance(first, asyncio.CancelledError)
    assert others == [tmp_path / "two" / build_id] * 4
    assert len(fetched) == 1


def test_what_nobody_shared_is_told(ledger, tmp_path):
    with pytest.raises(NotFound, match="Build the commit again"):
        asyncio.run(server(ledger, tmp_path, "two").folder(ledger.release.build.id))


@pytest.mark.parametrize("damage", ["piece gone", "piece changed", "another artifact"])
def test_what_is_not_what_was_shared_is_refused(ledger, tmp_path, damage):
    folder = made(ledger, tmp_path, size=3 * parcel.PIECE_BYTES)
    if damage == "another artifact":
        seal.write(folder, Built("e" * 64, BUILT.entry, ()))
    one = server(ledger, tmp_path, "one")
    asyncio.run(one.share(folder.name))
    second = artifact_chunks.c.seq == 1
    with ledger.database.begin() as tx:
        if damage == "piece gone":
            tx.execute(artifact_chunks.delete().where(second))
        if damage == "piece changed":
            tx.execute(artifact_chunks.update().where(second).values(content=b"\0" * parcel.PIECE_BYTES))
    with pytest.raises(Unavailable, match="damaged"):
        asyncio.run(server(ledger, tmp_path, "two").folder(folder.name))
    assert list((tmp_path / "two").iterdir()) == []
    asyncio.run(one.share(folder.name))
    if damage != "another artifact":
        assert asyncio.run(server(ledger, tmp_path, "two").folder(folder.name)).is_dir()


def test_a_database_that_is_away_for_a_moment_is_waited_for(ledger, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_TRIES", 1_000_000)
    build_id = made(ledger, tmp_path).name

    async def story():
        one, two = server(ledger, tmp_path, "one"), server(ledger, tmp_path, "two")
        for begin in (lambda: one.share(build_id), lambda: two.folder(build_id), lambda: one.run()):
            with refusing(ledger.database) as refused:
                going = asyncio.create_task(begin())
                await comes(lambda refused=refused: refused)
            await going

    asyncio.run(story())
    assert (tmp_path / "two" / build_id).is_dir()


def test_what_does_not_run_here_is_told(ledger, tmp_path):
    folder = made(ledger, tmp_path)
    (folder / "environment").mkdir()
    (folder / "environment" / "pyvenv.cfg").write_text("version_info = 3.99.1\n")
    asyncio.run(server(ledger, tmp_path, "one").share(folder.name))
    with pytest.raises(Invalid, match=r"needs cpython-3\.99"):
        asyncio.run(server(ledger, tmp_path, "two").folder(folder.name))


def test_a_build_that_is_not_wanted_any_more_is_not_shared(ledger, tmp_path):
    build = queued_build(ledger.database, ledger.component)
    with ledger.database.begin() as tx:
        builds.fail(tx, build, Status.CANCELLED, Problem("ada cancelled it."))
    made(ledger, tmp_path).rename(tmp_path / "one" / build.id)
    asyncio.run(server(ledger, tmp_path, "one").share(build.id))
    with ledger.database.read() as tx:
        assert tx.execute(artifact_chunks.select()).all() == []


def test_at_a_start_what_was_not_shared_is(ledger, tmp_path):
    build_id = made(ledger, tmp_path).name
    (tmp_path / "one" / "unknown").mkdir()
    (tmp_path / "one" / f"{build_id}.part").mkdir()
    asyncio.run(server(ledger, tmp_path, "one").run())
    assert asyncio.run(server(ledger, tmp_path, "two").folder(build_id)).is_dir()
