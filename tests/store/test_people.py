"""People, tokens and wrong passwords in both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from clockhouse.control import people as control
from clockhouse.control.parts import Parts
from clockhouse.errors import Conflict
from clockhouse.model.actor import SYSTEM, Grant, Role
from clockhouse.model.patience import HERE
from clockhouse.model.person import Kind
from clockhouse.model.token import Bounds, Seen
from clockhouse.store import actors, attempts, people, tokens
from clockhouse.store.actors import TokenKind


@pytest.fixture
def parts(ledger) -> Parts:
    return Parts(ledger.database, None, None)


def invited(parts: Parts, login: str, *grants: Grant, kind: Kind = Kind.PERSON) -> str:
    return control.invite(parts, SYSTEM, login=login, name=login.title(), kind=kind, grants=grants)[0].id


def administrators(parts: Parts) -> list[str]:
    return [each.name for each in control.every(parts, SYSTEM) if each.is_administrator()]


@pytest.mark.parametrize("way", ["disable", "remove", "revoke", "lower"])
def test_of_two_administrators_who_end_each_other_at_once_one_is_left(parts, way):
    for login in ("ann", "ben"):
        invited(parts, login, Grant(Role.ADMIN))
    together, refused = threading.Barrier(2), []

    def end(login):
        [held] = [each for each in control.every(parts, SYSTEM) if each.login == login]
        together.wait()
        try:
            if way == "lower":
                control.grant(parts, SYSTEM, login, Grant(Role.VIEWER))
            elif way == "revoke":
                control.revoke(parts, SYSTEM, login, held.memberships[0].id)
            else:
                getattr(control, way)(parts, SYSTEM, login)
        except Conflict as error:
            refused.append(error)

    threads = [threading.Thread(target=end, args=[login]) for login in ("ann", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(administrators(parts)) == 1
    assert ["the last administrator" in error.sentence for error in refused] == [True]


def test_a_login_that_two_want_at_once_is_one_persons(parts):
    together, refused = threading.Barrier(2), []

    def invite():
        together.wait()
        try:
            invited(parts, "ann")
        except Conflict as error:
            refused.append(error)

    threads = [threading.Thread(target=invite) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    assert [each.login for each in control.every(parts, SYSTEM)] == ["ann"]


def test_of_wrong_passwords_at_once_none_is_lost(parts):
    together, waits = threading.Barrier(8), []

    def wrong():
        together.wait()
        waits.append(parts.database.write(lambda tx: attempts.begin(tx, {"ann": HERE})))

    threads = [threading.Thread(target=wrong) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(bool(each) for each in waits) == [False] * 6 + [True] * 2


def test_the_oldest_counts_are_forgotten_first(ledger, monkeypatch):
    monkeypatch.setattr(attempts, "_MOST", 2)
    for thing in ("one", "two", "three"):
        ledger.advance(timedelta(seconds=1))
        with ledger.database.begin() as tx:
            for _ in range(6):
                attempts.begin(tx, {thing: HERE})

    with ledger.database.begin() as tx:
        assert [bool(attempts.begin(tx, {thing: HERE})) for thing in ("three", "two")] == [True, True]
        assert not attempts.begin(tx, {"one": HERE})


def test_tokens_are_told_by_what_they_are_good_for(ledger, parts):
    invited(parts, "ann", Grant(Role.OPERATOR))
    with ledger.database.begin() as tx:
        ann = people.get(tx, "ann")
        owner = actors.Actor(ann.id, ann.name, ())
        bounds = Bounds(Role.VIEWER, None, tx.now + timedelta(days=1))
        told = actors.give_token(tx, owner, TokenKind.PERSONAL, name="laptop", bounds=bounds)
        [listed] = tokens.every(tx, TokenKind.PERSONAL, of=ann.id)
        assert (listed.name, listed.owner, listed.bounds) == ("laptop", "ann", bounds)
        bearer = actors.bearer(tx, told, TokenKind.PERSONAL)
        assert bearer.actor.grants == (Grant(Role.VIEWER),)
        actors.note_use(tx, bearer, Seen("10.0.0.1", "curl"))
        assert tokens.get(tx, listed.id, TokenKind.PERSONAL).seen == Seen("10.0.0.1", "curl")
        assert tokens.withdraw(tx, listed)
        assert not tokens.withdraw(tx, listed)
    with ledger.database.read() as tx:
        assert actors.bearer(tx, told, TokenKind.PERSONAL) is None
