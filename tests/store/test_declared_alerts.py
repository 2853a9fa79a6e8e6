"""Alerts that files say: whatever is said one after the other, those of the last one count, and people's stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.alerts import add_alert, add_channel, ended, found
from tests.support.ledger import MINUTE
from tests.support.properties import on_a_database

from clockhouse.model.actor import SYSTEM
from clockhouse.model.alert import DidNotHappen, Failures, NoSuccess
from clockhouse.model.declaration import DeclaredAlert
from clockhouse.model.execution import State
from clockhouse.store import alerts, declared_alerts, incidents, tallies

CONDITIONS = st.sampled_from([Failures(1), Failures(3), DidNotHappen(), NoSuccess(timedelta(days=1))])
CHANNELS = st.lists(st.sampled_from(["desk", "gone", "ops"]), min_size=1, unique=True).map(tuple)
FILES = st.lists(st.builds(DeclaredAlert, CONDITIONS, CHANNELS, st.booleans()), unique=True, max_size=4)


@pytest.fixture
def ledger(ledger):
    for name in ("desk", "ops"):
        add_channel(ledger, name)
    return ledger


def emptied(ledger):
    """The same without the alerts of the example before."""
    with ledger.database.begin() as tx:
        for each in alerts.of_project(tx, ledger.project):
            alerts.remove(tx, each)
    return ledger


def follow(ledger, said):
    with ledger.database.begin() as tx:
        declared_alerts.follow(tx, SYSTEM, ledger.component, ledger.production, said)


def known(ledger):
    with ledger.database.read() as tx:
        return alerts.of_project(tx, ledger.project)


def place(ledger):
    return ledger.component.id, ledger.production.id


def told(wanted):
    """What is told of it where nobody is called gone; None when nobody is left."""
    names = frozenset(wanted.channels) - {"gone"}
    return (wanted.condition, names, wanted.tells_end) if names else None


@pytest.mark.slow
@on_a_database(7)
@given(files=st.lists(st.none() | FILES, min_size=1, max_size=5))
def test_those_of_the_last_file_count_and_peoples_stay(ledger, files):
    here = {"environment": "production", "component": "health-check"}
    emptied(ledger)
    people = [
        add_alert(ledger, Failures(2), **here),
        add_alert(ledger, Failures(1)),
        add_alert(ledger, Failures(1), **{**here, "environment": "development"}),
    ]
    for said in files:
        before = {each.id for each in known(ledger)}
        follow(ledger, said)

        after = {each.id: each for each in known(ledger)}
        declared = [each for each in after.values() if each.declared_by is not None]
        found = {(each.wish.condition, frozenset(each.wish.channels), each.wish.tells_end) for each in declared}
        assert [after[each.id] for each in people] == people
        assert all((each.component_id, each.environment_id) == place(ledger) for each in declared)
        assert found == {told(each) for each in said or ()} - {None}
        if said is None:
            assert after.keys() == before


def test_what_is_said_again_stays_as_it_is(ledger):
    said = [
        DeclaredAlert(Failures(1), ("ops",)),
        DeclaredAlert(Failures(1), ("desk",)),
        DeclaredAlert(Failures(3), ("ops",)),
    ]
    follow(ledger, said)
    first = known(ledger)

    follow(ledger, said[::-1])
    assert known(ledger) == first

    follow(ledger, [DeclaredAlert(Failures(1), ("ops", "desk"), tells_end=False), *said[1:]])
    assert [each.number for each in known(ledger)] == [1, 2, 3]
    assert known(ledger)[1:] == first[1:]
    assert (known(ledger)[0].since, known(ledger)[0].wish.tells_end) == (first[0].since, False)


def test_no_deployment_fails_for_the_number_of_its_alerts(ledger, monkeypatch):
    monkeypatch.setattr(alerts, "_MOST", 1)
    add_alert(ledger, Failures(2), component="health-check")

    follow(ledger, [DeclaredAlert(Failures(1), ("ops",)), DeclaredAlert(Failures(3), ("ops",))])

    assert [each.number for each in known(ledger)] == [1, 2, 3]


@pytest.mark.slow
def test_who_changes_them_and_who_decides_by_them_wait_for_each_other(ledger, another):
    deployment, beside = ledger.deploy(environment=ledger.production), another()
    failing = [Failures(1), Failures(2), Failures(3), Failures(4)]
    follow(ledger, [DeclaredAlert(each, ("ops",)) for each in failing])

    def look():
        with beside.begin() as tx:
            incidents.look(tx, tallies.take(tx, 20))

    with ThreadPoolExecutor(1) as looking:
        for tells_end in (False, True, False, True, False):
            ledger.advance(MINUTE)
            ended(ledger, deployment, State.FAILED)
            looked = looking.submit(look)
            follow(ledger, [DeclaredAlert(each, ("ops",), tells_end) for each in reversed(failing)])
            looked.result()

    assert len(found(ledger)) == 4
