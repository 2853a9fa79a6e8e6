"""Deployments: one active per environment, numbered, with their limits and their history."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from tests.support.ledger import MINUTE, SECOND, every

from clockhouse.model.deployment import Limits, Status
from clockhouse.store import changes, deployments
from clockhouse.store.tables.deployments import deployments as table
from clockhouse.task import Backoff, Retry


def test_a_deployment_comes_back_as_it_was_given(ledger):
    limits = Limits(20 * SECOND, Retry(3, 2 * SECOND, Backoff.EXPONENTIAL, MINUTE))
    made = ledger.deploy(every(MINUTE), limits=limits, values={"url": "http://x", "list": [1, 2], "flag": False})
    with ledger.database.read() as tx:
        assert deployments.get(tx, made.id) == made
    assert (made.number, made.status, made.limits, made.release) == (1, Status.ACTIVE, limits, ledger.release)
    assert made.values == {"url": "http://x", "list": [1, 2], "flag": False}


def test_the_newest_takes_the_place_of_the_one_before(ledger):
    made = [ledger.deploy() for _ in range(5)]
    with ledger.database.read() as tx:
        active = deployments.active(tx, ledger.component, ledger.development)
        history = deployments.history(tx, ledger.component, environment="development", limit=10)
        assert deployments.active(tx, ledger.component, ledger.production) is None
    assert active.id == made[-1].id
    assert [(each.number, each.status) for each in history] == [
        (5, Status.ACTIVE),
        *[(number, Status.SUPERSEDED) for number in (4, 3, 2, 1)],
    ]


def test_deployments_are_numbered_by_environment(ledger):
    assert ledger.deploy().number == 1
    assert ledger.deploy(environment=ledger.production).number == 1
    assert ledger.deploy().number == 2


def test_the_schema_lets_one_be_active_whoever_races(ledger):
    ledger.deploy()
    ledger.deploy()
    with pytest.raises(sa.exc.IntegrityError), ledger.database.begin() as tx:
        tx.execute(table.update().values(status=str(Status.ACTIVE)))


def test_two_who_deploy_at_once_leave_one_active_and_one_schedule_planned(ledger):
    threads = [threading.Thread(target=ledger.deploy, args=(every(MINUTE),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.states() == [(60.0, "planned")]
    with ledger.database.read() as tx:
        assert deployments.active(tx, ledger.component, ledger.development).number == 6


def test_a_first_deployment_without_schedules_is_told(ledger):
    told = []
    with ledger.database.changes.listening([changes.DEPLOYMENTS], told.append):
        ledger.deploy()
    assert told
