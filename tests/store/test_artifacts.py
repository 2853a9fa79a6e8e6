"""What builds made, in the database."""

from __future__ import annotations

from tests.support.ledger import LEASE, Ledger, queued_build

from clockhouse.kit.declared import Entry, Problem
from clockhouse.model.build import Build, Status
from clockhouse.store import artifacts, builds, components
from clockhouse.store.artifacts import Shared


def running(ledger: Ledger, sha: str = "b") -> Build:
    build = queued_build(ledger.database, ledger.component, sha * 40)
    with ledger.database.begin() as tx:
        builds.claim(tx, "tests:1", 1, tx.now + LEASE)
    return build


def share(ledger: Ledger, build: Build, *pieces: bytes) -> list[bool]:
    with ledger.database.begin() as tx:
        done = [artifacts.begin(tx, build.id)]
        done += [artifacts.add(tx, build.id, seq, content) for seq, content in enumerate(pieces)]
        done.append(artifacts.complete(tx, build.id, size_bytes=sum(map(len, pieces)), sha256="5" * 64))
        return done


def fail(ledger: Ledger, build: Build) -> None:
    with ledger.database.begin() as tx:
        builds.fail(tx, build, Status.LOST, Problem("It went away."))


def found(ledger: Ledger, build: Build) -> tuple[Shared | None, list[bytes | None]]:
    with ledger.database.read() as tx:
        return artifacts.find(tx, build.id), [artifacts.piece(tx, build.id, seq) for seq in range(3)]


def test_what_is_shared_is_found_piece_by_piece(ledger: Ledger) -> None:
    build = running(ledger)
    assert share(ledger, build, b"\0\xff", b"two") == [True] * 4
    assert found(ledger, build) == (Shared(5, "5" * 64, None), [b"\0\xff", b"two", None])
    with ledger.database.begin() as tx:
        builds.succeed(tx, build, digest="d" * 64, entry=Entry("main.py", "main"), settings=[])
    assert found(ledger, build)[0] == Shared(5, "5" * 64, "d" * 64)


def test_before_its_last_piece_it_is_not_found(ledger: Ledger) -> None:
    build = running(ledger)
    with ledger.database.begin() as tx:
        artifacts.begin(tx, build.id)
        artifacts.add(tx, build.id, 0, b"one")
    assert found(ledger, build)[0] is None


def test_shared_again_it_takes_the_place_of_what_was_there(ledger: Ledger) -> None:
    build = running(ledger)
    share(ledger, build, b"one", b"two")
    share(ledger, build, b"three")
    assert found(ledger, build) == (Shared(5, "5" * 64, None), [b"three", None, None])


def test_a_build_that_is_over_without_success_shares_nothing_more(ledger: Ledger) -> None:
    build = running(ledger)
    fail(ledger, build)
    assert share(ledger, build, b"one") == [False] * 3
    assert found(ledger, build) == (None, [None] * 3)


def test_what_a_build_shared_goes_when_it_did_not_succeed(ledger: Ledger) -> None:
    build, other = running(ledger), running(ledger, "c")
    share(ledger, build, b"one")
    share(ledger, other, b"one")
    fail(ledger, build)
    with ledger.database.begin() as tx:
        assert artifacts.remove_unneeded(tx) == 1
        assert artifacts.remove_unneeded(tx) == 0
    assert found(ledger, build) == (None, [None] * 3)
    assert found(ledger, other)[0] is not None


def test_what_is_shared_goes_with_its_component(ledger: Ledger) -> None:
    build = running(ledger)
    share(ledger, build, b"one")
    with ledger.database.begin() as tx:
        components.remove(tx, ledger.component)
    assert found(ledger, build) == (None, [None] * 3)


def test_what_succeeded_and_is_not_shared_is_named(ledger: Ledger) -> None:
    succeeded, failed, under_way = ledger.release.build, running(ledger), running(ledger, "c")
    fail(ledger, failed)
    ids = [succeeded.id, failed.id, under_way.id, "gone"]
    with ledger.database.read() as tx:
        assert artifacts.unshared(tx, ids) == [succeeded.id]
    share(ledger, succeeded, b"one")
    with ledger.database.read() as tx:
        assert artifacts.unshared(tx, ids) == []
