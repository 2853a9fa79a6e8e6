"""Sources in the database, when several change them at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from tests.support.ledger import NOON, Ledger
from tests.support.sources import Sources
from tests.support.waiting import eventually

from clockhouse.builders.source import Author, Commit, Repository
from clockhouse.errors import Conflict, NotFound
from clockhouse.store import components, repositories
from clockhouse.store.database import Database

ANNA = Author("Anna Müller", "anna@example.org")
AT_ONCE = 6
_SOMEBODY_WAITS = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def save(database: Database, component: str, parent: Commit, text: str) -> Commit | None:
    """None when somebody else was first."""
    try:
        changes = {"main.py": text}
        return Sources(database).commit(component, parent=parent.sha, changes=changes, author=ANNA, message="Change")
    except Conflict:
        return None


def at_once(act: Callable[[int], Commit | None]) -> list[Commit]:
    start = threading.Barrier(AT_ONCE)

    def started(number: int) -> Commit | None:
        start.wait(timeout=30)
        return act(number)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [commit for commit in threads.map(started, range(AT_ONCE)) if commit]


def test_of_those_who_save_at_once_one_is_first_and_the_others_leave_nothing(
    ledger: Ledger, another: Callable[[], Database]
) -> None:
    component = ledger.component.id
    sources = Sources(ledger.database)
    first = sources.create(component, {"main.py": "start"}, author=ANNA, message="Start")
    before = sources.count()
    servers = [ledger.database, another()]
    won = at_once(lambda number: save(servers[number % 2], component, first, str(number)))
    assert won == [sources.head(component)]
    assert len(sources.commits(component)) == 2
    assert sources.count() == before + 3  # a commit, a tree and a file


def test_of_those_who_begin_at_once_one_is_first(ledger: Ledger, another: Callable[[], Database]) -> None:
    servers = [ledger.database, another()]

    def create(number: int) -> Commit | None:
        try:
            files = {"main.py": str(number)}
            return Sources(servers[number % 2]).create(ledger.component.id, files, author=ANNA, message="Start")
        except Conflict:
            return None

    assert at_once(create) == [Sources(ledger.database).head(ledger.component.id)]


def test_a_save_while_the_component_is_removed_finds_no_source(
    ledger: Ledger, another: Callable[[], Database], kind: str
) -> None:
    component = ledger.component.id
    sources = Sources(ledger.database)
    first = sources.create(component, {"main.py": "start"}, author=ANNA, message="Start")
    removing = threading.Event()
    other = Sources(another())

    def late() -> Commit | NotFound:
        assert removing.wait(timeout=30)
        try:
            return other.commit(component, parent=first.sha, changes={"a": "b"}, author=ANNA, message="Late")
        except NotFound as error:
            return error

    with ThreadPoolExecutor(1) as threads:
        saving = threads.submit(late)
        with ledger.database.begin() as tx:
            components.remove(tx, ledger.component)
            removing.set()
            if kind == "postgresql":  # SQLite has nobody else begin
                eventually(lambda: tx.execute(_SOMEBODY_WAITS).scalar())
        assert isinstance(saving.result(timeout=30), NotFound)
    assert sources.count() == 0


def test_what_an_error_leaves_behind_is_nothing(ledger: Ledger) -> None:
    sources = Sources(ledger.database)

    def broken() -> None:
        with ledger.database.begin() as tx:
            kept = Repository(repositories.of(tx, ledger.component.id))
            kept.create({"main.py": "start"}, author=ANNA, message="Start", at=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert (sources.head(ledger.component.id), sources.count()) == (None, 0)
