"""Tokens: of the right kind, in time, once where once is meant, and never kept."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from tests.support.ledger import SECOND

from clockhouse.control import sessions
from clockhouse.control.parts import Parts
from clockhouse.errors import Unauthenticated
from clockhouse.model.actor import Role, of_installation
from clockhouse.model.token import Seen
from clockhouse.store import actors
from clockhouse.store.actors import TokenKind


def give(ledger, kind):
    with ledger.database.begin() as tx:
        return actors.give_token(tx, actors.administrator(tx), kind)


def whose(ledger, token, *kinds):
    with ledger.database.read() as tx:
        return actors.by_token(tx, token, *kinds)


def test_the_first_administrator_is_made_once(ledger):
    with ledger.database.begin() as tx:
        assert actors.administrator(tx) == actors.administrator(tx)
        assert actors.administrator(tx).grants == of_installation(Role.ADMIN)


def test_a_token_is_good_for_its_kind_alone(ledger):
    token = give(ledger, TokenKind.TOOL)
    assert whose(ledger, token, TokenKind.SESSION, TokenKind.TOOL).name == "admin"
    assert whose(ledger, token, TokenKind.SESSION) is None
    assert whose(ledger, f"{token}x", TokenKind.TOOL) is None


@pytest.mark.parametrize(
    ("kind", "life"), [(TokenKind.SIGN_IN, timedelta(hours=1)), (TokenKind.SESSION, timedelta(days=7))]
)
def test_a_token_ends_with_its_time(ledger, kind, life):
    token = give(ledger, kind)
    ledger.advance(life - SECOND)
    assert whose(ledger, token, kind)
    ledger.advance(SECOND)
    assert whose(ledger, token, kind) is None


def test_a_session_that_is_used_lasts_a_month(ledger):
    token = give(ledger, TokenKind.SESSION)
    for _ in range(5):
        ledger.advance(timedelta(days=6) - SECOND)
        with ledger.database.begin() as tx:
            actors.note_use(tx, actors.bearer(tx, token, TokenKind.SESSION), Seen("10.0.0.1", "Firefox"))
    assert whose(ledger, token, TokenKind.SESSION)
    ledger.advance(5 * SECOND)
    assert whose(ledger, token, TokenKind.SESSION) is None


def test_a_tool_token_lasts(ledger):
    token = give(ledger, TokenKind.TOOL)
    ledger.advance(timedelta(days=4000))
    assert whose(ledger, token, TokenKind.TOOL)


def test_a_withdrawn_token_is_no_good(ledger):
    token = give(ledger, TokenKind.SESSION)
    with ledger.database.begin() as tx:
        assert actors.withdraw(tx, token)
        assert not actors.withdraw(tx, token)
    assert whose(ledger, token, TokenKind.SESSION) is None


def test_no_token_is_in_the_database(ledger, tmp_path):
    token = give(ledger, TokenKind.TOOL)
    ledger.database.close()
    assert all(token.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_of_those_who_use_a_sign_in_link_at_once_one_is_let_in(ledger):
    parts = Parts(ledger.database, None, None)
    token = give(ledger, TokenKind.SIGN_IN)
    let_in, refused, together = [], [], threading.Barrier(6)

    def sign_in():
        together.wait()
        try:
            let_in.append(sessions.sign_in(parts, token))
        except Unauthenticated as error:
            refused.append(error)

    threads = [threading.Thread(target=sign_in) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(let_in), len(refused)) == (1, 5)
    [(_, session)] = let_in
    assert whose(ledger, session, TokenKind.SESSION)
