"""The audit trail: what is noted, how it is found, and that nobody changes it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.support.ledger import NOON, Ledger

from clockhouse.model import identifier
from clockhouse.model.actor import SYSTEM, Actor, Origin
from clockhouse.model.audit import Entry, Outcome, Wanted
from clockhouse.store import audit
from clockhouse.store.database import Tx
from clockhouse.store.tables.audit import audit as audit_table

ADA = Actor("01ada", "Ada", (), Origin("192.0.2.7", "browser"))


def all_of(tx: Tx, wanted: Wanted = Wanted()) -> list[Entry]:
    return audit.find(tx, wanted, before=None, limit=100)


def test_an_entry_tells_who_did_what_where_from_where_and_how_it_ended(ledger: Ledger) -> None:
    with ledger.database.begin() as tx:
        audit.note(tx, ADA, "deployment.created", "shop/report", environment="production", number=3)
        audit.note(tx, SYSTEM, "project.created", "shop")
        audit.record(tx, ADA, "environment.moved", "staging", Outcome.FAILED, {})
        audit.note(tx, Actor("", "somebody", ()), "session.refused", "somebody", address="192.0.2.9")
    with ledger.database.read() as tx:
        by_action = {each.action: each for each in all_of(tx)}
    made = by_action["deployment.created"]
    assert (made.actor, made.object, made.project, made.environment) == ("Ada", "shop/report", "shop", "production")
    assert (made.address, made.way, made.outcome) == ("192.0.2.7", "browser", Outcome.SUCCEEDED)
    assert made.facts == {"environment": "production", "number": 3}
    assert (by_action["project.created"].project, by_action["project.created"].way) == ("shop", "the system")
    assert (by_action["environment.moved"].environment, by_action["environment.moved"].outcome) == ("staging", "failed")
    refused = by_action["session.refused"]
    assert (refused.outcome, refused.address, refused.way) == (Outcome.REFUSED, "192.0.2.9", None)


def test_entries_are_found_by_each_part_and_read_page_by_page(ledger: Ledger) -> None:
    for number in range(6):
        ledger.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]  a manual one
        with ledger.database.begin() as tx:
            audit.note(tx, ADA if number % 2 else SYSTEM, "build.requested", f"shop/report-{number}", word="Übung_1")
            audit.note(tx, ADA, "builder.changed", f"mill/report/{number}")
    half = NOON + timedelta(minutes=3, seconds=30)
    found = {
        "all": Wanted(),
        "actor": Wanted(actor="Clockhouse"),
        "action": Wanted(action="build"),
        "thing": Wanted(thing="mill/report"),
        "project": Wanted(project="shop"),
        "within": Wanted(within={"mill": half, "shop": NOON + timedelta(minutes=6)}),
        "none": Wanted(within={}),
        "before": Wanted(end=half),
        "after": Wanted(start=half),
        "text": Wanted(text="ÜBUNG_1".replace("Ü", "Ü")),
        "no wildcard": Wanted(text="report_"),
        "outcome": Wanted(outcome=Outcome.REFUSED),
    }
    with ledger.database.read() as tx:
        numbers = {name: len(all_of(tx, wanted)) for name, wanted in found.items()}
        pages: list[Entry] = []
        while page := audit.find(tx, Wanted(), before=pages[-1].id if pages else None, limit=5):
            pages += page
        assert pages == all_of(tx)
    assert numbers == {
        "all": 12,
        "actor": 3,
        "action": 6,
        "thing": 6,
        "project": 6,
        "within": 4,
        "none": 0,
        "before": 6,
        "after": 6,
        "text": 6,
        "no wildcard": 0,
        "outcome": 0,
    }


def test_what_was_refused_or_failed_is_told_from_what_waits_for_an_approval_in_old_rows_too(ledger: Ledger) -> None:
    with ledger.database.begin() as tx:
        audit.note(tx, ADA, "request.failed", "shop/report", request=1)
        audit.record(tx, ADA, "request.stop", "shop/report", Outcome.REFUSED, {})  # as an earlier version wrote it
        audit.record(tx, ADA, "call.stop", "shop/report", Outcome.FAILED, {})
    wanted = {
        "call": Wanted(action="call"),
        "call.stop": Wanted(action="call.stop"),
        "request": Wanted(action="request"),
        "request.stop": Wanted(action="request.stop"),
        "text": Wanted(text="all.st"),
    }
    with ledger.database.read() as tx:
        found = {name: sorted(each.action for each in all_of(tx, asked)) for name, asked in wanted.items()}
    assert found == {
        "call": ["call.stop", "call.stop"],
        "call.stop": ["call.stop", "call.stop"],
        "request": ["request.failed"],
        "request.stop": [],
        "text": ["call.stop", "call.stop"],
    }


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'Bob'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_the_trail(ledger: Ledger, statement: str) -> None:
    with ledger.database.begin() as tx:
        audit.note(tx, ADA, "project.created", "shop")

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), ledger.database.begin() as tx:
        tx.execute(sa.text(statement))

    with ledger.database.read() as tx:
        assert [each.actor for each in all_of(tx)] == ["Ada"]


def test_what_is_older_than_it_is_kept_goes_and_nothing_else(ledger: Ledger) -> None:
    now = ledger.database.now()
    with ledger.database.begin() as tx:
        for age in (400, 370, 200, 40, 20):
            at = now - timedelta(days=age)
            plain = {"actor": "Ada", "action": "build.requested", "object": str(age), "facts": {}}
            tx.execute(audit_table.insert().values(id=identifier.new(at), at=at, **plain))
        assert audit.kept_days(tx) == 365
        assert audit.remove_old(tx, 1) == 1
        assert audit.remove_old(tx, 10) == 1
        audit.keep(tx, None)
        assert audit.remove_old(tx, 10) == 0
        audit.keep(tx, 30)
    with ledger.database.begin() as tx:
        assert audit.remove_old(tx, 10) == 2
        assert [each.object for each in all_of(tx)] == ["20"]
        audit.keep(tx, 1)  # whatever the rule says: the database keeps a month
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), ledger.database.begin() as tx:
        audit.remove_old(tx, 10)
