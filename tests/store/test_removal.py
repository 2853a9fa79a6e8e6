"""An environment is deleted while somebody deploys to it: one of the two wins, and nothing of the other's is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from tests.store.test_races import together
from tests.support.ledger import MINUTE, Ledger, every

from clockhouse.control import environments
from clockhouse.control.parts import Parts
from clockhouse.engine.bookkeeper import Bookkeeper
from clockhouse.engine.journal import Journal
from clockhouse.errors import ClockhouseError, Conflict, NotFound
from clockhouse.model.actor import Actor, Grant, Role
from clockhouse.model.environment import Environment, Plane, Retention
from clockhouse.model.execution import State
from clockhouse.store import audit, deployments, removal
from clockhouse.store import environments as store
from clockhouse.store.database import Database, Tx
from clockhouse.store.tables.environments import environments as environments_table
from clockhouse.vault import Key, Vault

ADA = Actor("ada", "Ada", (Grant(Role.ADMIN),))


class Interrupted:
    """A database on which something else happens right before the transaction of this number that may write."""

    def __init__(self, database: Database, number: int, act: Callable[[], None]) -> None:
        self._database, self._left, self._act = database, number, act

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        self._left -= 1
        if self._left == 0:
            self._act()
        with self._database.begin() as tx:
            yield tx


@pytest.fixture
def staging(ledger: Ledger) -> Environment:
    with ledger.database.begin() as tx:
        return store.add(tx, **_named("staging"))


def parts_of(database: Database) -> Parts:
    return Parts(database, Vault(Key.new()))


def with_history(ledger: Ledger, staging: Environment) -> int:
    """Of some executions there that ended; how many there are."""
    deployment = ledger.deploy(environment=staging)
    for _ in range(5):
        ledger.run_now(deployment)
    for claimed in ledger.claim():
        ledger.start(claimed)
        ledger.finish(claimed)
    ledger.end(deployment)
    return len(ledger.rows(State.SUCCEEDED))


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_of_a_removal_and_a_deployment_one_happens_and_the_other_is_told(
    ledger: Ledger,
    staging: Environment,
    another: Callable[[], Database],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    before, told = with_history(ledger, staging), []
    monkeypatch.setattr(environments, "_REMOVED_AT_ONCE", 2)  # so that it goes in several steps

    def deploy() -> None:
        try:
            ledger.deploy(every(MINUTE), environment=staging)
        except ClockhouseError as error:
            told.append(error)

    with suppress(Conflict):
        environments.remove(parts_of(Interrupted(another(), number, deploy)), ADA, "staging")  # type: ignore[arg-type]
        assert [type(each) for each in told] == [NotFound]
        assert ledger.rows() == []
        return
    assert told == []
    assert len(ledger.rows(State.SUCCEEDED)) == before


def test_two_who_deploy_and_remove_at_the_same_moment_do_not_both_have_it(
    ledger: Ledger, another: Callable[[], Database]
) -> None:
    there, other = ledger.database, another()
    for number in range(6):
        with there.begin() as tx:
            made = store.add(tx, **_named(f"place-{number}"))

        def act(database: Database, made: Environment = made) -> None:
            if database is other:
                environments.remove(parts_of(other), ADA, made.slug)
            else:
                ledger.deploy(every(MINUTE), environment=made)

        answers = together([there, other], act)
        assert [type(each) for each in answers] in ([type(None), Conflict], [NotFound, type(None)])
    with there.read() as tx:
        history = deployments.history(tx, ledger.component, environment=None, limit=100)
        deployed = {each.environment for each in history}
        assert {each.slug for each in store.every(tx)} == {"development", "production", *deployed}


def test_who_renames_and_who_removes_at_the_same_moment_do_not_wait_for_each_other_for_good(
    ledger: Ledger, another: Callable[[], Database]
) -> None:
    there, other = ledger.database, another()
    for number in range(6):
        with there.begin() as tx:
            made = store.add(tx, **_named(f"place-{number}"))

        def act(database: Database, made: Environment = made) -> None:
            if database is other:
                environments.remove(parts_of(other), ADA, made.slug)
            else:
                environments.change(parts_of(there), ADA, made.slug, name=f"Called {made.slug}")

        renamed, removed = together([there, other], act)
        assert (type(renamed) in (type(None), NotFound), removed) == (True, None), (renamed, removed)


def test_a_removal_that_was_cut_off_hides_the_environment_and_goes_on_later(
    ledger: Ledger, staging: Environment
) -> None:
    with_history(ledger, staging)
    with ledger.database.begin() as tx:
        removal.begin(tx, "staging")
        assert staging not in store.every(tx)
        with pytest.raises(NotFound):
            store.get(tx, "staging")
        with pytest.raises(Conflict, match="still being removed"):
            store.add(tx, **_named("staging"))

    asyncio.run(_tidy_up(ledger))

    with ledger.database.begin() as tx:
        assert store.being_removed(tx) == []
        assert store.add(tx, **_named("staging")).slug == "staging"
    assert ledger.rows() == []


def test_of_all_that_are_removed_at_once_one_remains(ledger: Ledger, staging: Environment) -> None:
    def remove_all(tx: Tx) -> None:
        for each in ("development", staging.slug, "production"):
            removal.begin(tx, each)

    with pytest.raises(Conflict, match="only environment"):
        ledger.database.write(remove_all)


def test_what_a_server_of_an_earlier_version_uses_meanwhile_stays(ledger: Ledger, staging: Environment) -> None:
    with_history(ledger, staging)
    with ledger.database.begin() as tx:
        removal.begin(tx, "staging")
        tx.execute(environments_table.update().values(removed_at=None))
    ledger.deploy(every(MINUTE), environment=staging)
    with ledger.database.begin() as tx:
        tx.execute(environments_table.update().where(environments_table.c.id == staging.id).values(removed_at=tx.now))

    asyncio.run(_tidy_up(ledger))

    with ledger.database.read() as tx:
        assert staging in store.every(tx)
        assert audit.has_happened(tx, "environment.kept", "staging")


async def _tidy_up(ledger: Ledger) -> None:
    journal = Journal(ledger.database)
    await Bookkeeper(journal, ledger.database.changes, ledger.clock).remove_old()
    await journal.close()


def _named(slug: str) -> dict[str, Any]:
    return {
        "slug": slug,
        "name": slug,
        "is_production": False,
        "plane": Plane.PROCESS,
        "retention": Retention(),
        "at_once": None,
    }
