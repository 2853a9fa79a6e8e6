"""The first occurrence of a deployment that is watched: it stays, or the one before comes back, paused."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.support.ledger import FAILURE, MINUTE, NOON, SUCCESS, built, every

from clockhouse.engine.expiry import Expiry
from clockhouse.engine.first_occurrence import FirstOccurrence
from clockhouse.engine.journal import Journal
from clockhouse.kit import Secret
from clockhouse.model import difference
from clockhouse.model.actor import SYSTEM
from clockhouse.model.configuration import Snapshot
from clockhouse.model.deployment import Limits, Status, Watch
from clockhouse.model.difference import Change, Part
from clockhouse.model.execution import Outcome, Reason, State
from clockhouse.model.request import LIFE, Placement
from clockhouse.store import deployments, requests
from clockhouse.store.sqlite import SQLite
from clockhouse.store.tables.audit import audit
from clockhouse.store.tables.builds import builds
from clockhouse.task import Overlap, Retry
from clockhouse.vault import Vault

LOST = Outcome(State.LOST, Reason("server_lost", "The server went away."))


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "vault.key")


def watched(ledger, *terms, release=None, limits=None, sealed=None):
    """Deploys to development, with its first occurrence watched."""
    with ledger.database.begin() as tx:
        return deployments.add(
            tx,
            ledger.component,
            ledger.development,
            release or ledger.release,
            configured=Snapshot(sealed=sealed or {}),
            limits=limits or Limits(),
            terms=terms or (every(MINUTE),),
            by="ada",
            is_watched=True,
        )


def decide(ledger, vault):
    return asyncio.run(FirstOccurrence(ledger.database, ledger.database.changes, ledger.clock, vault).decide())


def run_next(ledger, outcome, *, after=MINUTE):
    """The next occurrence falls due and ends so."""
    ledger.advance(after)
    ledger.settle()
    for claimed in ledger.claim():
        ledger.start(claimed)
        ledger.finish(claimed, outcome)


def everything(ledger):
    """Number, status and what became of the watch of each deployment, oldest first."""
    with ledger.database.read() as tx:
        found = deployments.history(tx, ledger.component, environment="development", limit=50)
    return [(each.number, each.status, each.watch, each.rolled_back_to) for each in reversed(found)]


def present(ledger):
    with ledger.database.read() as tx:
        return deployments.active(tx, ledger.component, ledger.development)


def noted(ledger):
    with ledger.database.read() as tx:
        return [row.action for row in tx.execute(sa.select(audit).order_by(audit.c.id)).all()]


def test_nothing_is_decided_before_the_first_occurrence_has_ended(ledger, vault):
    watched(ledger)
    assert decide(ledger, vault) == 0
    ledger.advance(MINUTE)
    ledger.settle()
    [claimed] = ledger.claim()
    assert decide(ledger, vault) == 0
    ledger.finish(claimed)
    assert decide(ledger, vault) == 1


def test_one_whose_first_occurrence_succeeds_stays(ledger, vault):
    ledger.deploy(every(MINUTE))
    watched(ledger)
    run_next(ledger, SUCCESS)
    assert decide(ledger, vault) == 1
    run_next(ledger, FAILURE)
    assert decide(ledger, vault) == 0
    assert everything(ledger)[1] == (2, Status.ACTIVE, Watch.KEPT, None)
    assert noted(ledger) == ["deployment.kept"]


def test_one_whose_first_occurrence_fails_makes_way_for_the_one_before_paused(ledger, vault):
    newer = built(ledger.database, ledger.component)
    sealed = {"token": vault.seal(Secret("of before"), f"{ledger.component.id}/token")}
    ledger.deploy(every(MINUTE), sealed=sealed, limits=Limits(time_out=MINUTE))
    watched(ledger, every(2 * MINUTE), release=newer)
    run_next(ledger, FAILURE, after=2 * MINUTE)

    assert decide(ledger, vault) == 1

    assert everything(ledger)[1:] == [
        (2, Status.SUPERSEDED, Watch.WENT_BACK, None),
        (3, Status.ACTIVE, None, 1),
    ]
    back = present(ledger)
    assert (back.release.id, back.limits.time_out, back.secret_names) == (ledger.release.id, MINUTE, {"token"})
    assert [schedule.terms for schedule in back.schedules] == [every(MINUTE)]
    assert (back.created_by, back.pause.by, back.pause.until) == (SYSTEM.name, SYSTEM.name, None)
    assert back.pause.note == (
        "Deployment 2 failed at its first occurrence, due 2026-11-22 12:02:00 UTC. The task ended with exit code 3."
    )
    assert sorted(noted(ledger)) == ["deployment.went-back", "secret.used"]
    ledger.advance(MINUTE)
    ledger.settle()
    assert ledger.claim() == []  # it is paused


def test_the_history_says_that_what_came_back_was_paused_with_that(ledger, vault):
    ledger.deploy(every(MINUTE))
    watched(ledger)
    run_next(ledger, FAILURE)
    decide(ledger, vault)
    ledger.advance(MINUTE)
    ledger.deploy(every(MINUTE))

    with ledger.database.read() as tx:
        again, back, failed, _ = deployments.history(tx, ledger.component, environment="development", limit=9)
    assert difference.between(failed, back) == [Change(Part.PAUSE, "pause", None, SYSTEM.name)]
    assert difference.between(back, again) == [Change(Part.PAUSE, "pause", SYSTEM.name, SYSTEM.name)]


def test_with_nothing_to_go_back_to_it_is_paused(ledger, vault):
    watched(ledger)
    run_next(ledger, FAILURE)
    assert decide(ledger, vault) == 1
    assert everything(ledger) == [(1, Status.ACTIVE, Watch.PAUSED, None)]
    assert "There is no deployment before it" in present(ledger).pause.note
    assert noted(ledger) == ["deployment.paused"]


def test_one_that_cannot_come_back_does_not_and_says_why(ledger, vault):
    newer = built(ledger.database, ledger.component)
    ledger.deploy(every(MINUTE))
    watched(ledger, release=newer)
    with ledger.database.begin() as tx:
        tx.execute(builds.update().where(builds.c.id == ledger.release.build.id).values(retired_at=tx.now))
    run_next(ledger, FAILURE)
    assert decide(ledger, vault) == 1
    assert everything(ledger)[1] == (2, Status.ACTIVE, Watch.PAUSED, None)
    assert "What build 1 made was removed" in present(ledger).pause.note


def test_after_a_stop_there_is_nothing_to_go_back_to(ledger, vault):
    ledger.end(ledger.deploy(every(MINUTE)))
    watched(ledger)
    run_next(ledger, FAILURE)
    decide(ledger, vault)
    assert [number for number, *_ in everything(ledger)] == [1, 2]
    assert present(ledger).pause is not None


def test_a_retry_is_waited_for(ledger, vault):
    ledger.deploy(every(MINUTE))
    watched(ledger, limits=Limits(retry=Retry(2, timedelta(seconds=1))))
    run_next(ledger, FAILURE)
    assert decide(ledger, vault) == 0
    ledger.advance(timedelta(seconds=1))
    [claimed] = ledger.claim()
    ledger.finish(claimed, SUCCESS)
    assert decide(ledger, vault) == 1
    assert everything(ledger)[1][2] is Watch.KEPT


@pytest.mark.parametrize("outcome", [LOST, Outcome(State.CANCELLED, Reason("stopped", "ada stopped it."))])
def test_what_tells_nothing_of_the_release_leaves_it_to_the_next_one(ledger, vault, outcome):
    ledger.deploy(every(MINUTE))
    watched(ledger)
    run_next(ledger, outcome)
    assert decide(ledger, vault) == 0
    run_next(ledger, FAILURE)
    assert decide(ledger, vault) == 1


def test_what_was_missed_or_skipped_in_a_pause_decides_nothing(ledger, vault):
    ledger.deploy(every(MINUTE))
    deployment = watched(ledger)
    ledger.pause(deployment)
    ledger.advance(5 * MINUTE)
    ledger.settle()
    ledger.resume(deployment)
    assert decide(ledger, vault) == 0
    run_next(ledger, SUCCESS)
    assert decide(ledger, vault) == 1


def test_a_start_by_hand_decides_nothing(ledger, vault):
    ledger.deploy(every(MINUTE))
    deployment = watched(ledger)
    ledger.run_now(deployment)
    [claimed] = ledger.claim()
    ledger.finish(claimed, FAILURE)
    assert decide(ledger, vault) == 0


def test_the_first_one_decides_though_a_later_one_ends_earlier(ledger, vault):
    ledger.deploy(every(MINUTE))
    watched(ledger, every(MINUTE, overlap=Overlap.ALLOW))
    ledger.advance(MINUTE)
    ledger.settle()
    [first] = ledger.claim()
    run_next(ledger, SUCCESS)
    assert decide(ledger, vault) == 0
    ledger.finish(first, FAILURE)
    assert decide(ledger, vault) == 1
    assert everything(ledger)[1][2] is Watch.WENT_BACK


def test_what_waits_of_the_one_that_failed_does_not_run(ledger, vault):
    ledger.deploy(every(MINUTE))
    watched(ledger, every(MINUTE, overlap=Overlap.ALLOW))
    run_next(ledger, FAILURE)
    ledger.advance(MINUTE)
    ledger.settle()
    decide(ledger, vault)
    assert ledger.claim() == []
    assert [row.reason_code for row in ledger.rows(State.CANCELLED)] == ["undeployed"]


def test_one_that_was_replaced_meanwhile_is_left_alone(ledger, vault):
    ledger.deploy(every(MINUTE))
    watched(ledger)
    run_next(ledger, FAILURE)
    ledger.deploy(every(MINUTE))
    assert decide(ledger, vault) == 0
    assert [number for number, *_ in everything(ledger)] == [1, 2, 3]


def test_a_change_on_trial_goes_back_to_what_was_there_before_the_trial(ledger, vault):
    ledger.deploy(every(MINUTE))
    watched(ledger)
    watched(ledger, every(2 * MINUTE))
    run_next(ledger, FAILURE, after=2 * MINUTE)
    decide(ledger, vault)
    assert everything(ledger)[-1] == (4, Status.ACTIVE, None, 1)


def test_two_servers_go_back_once(ledger, vault, tmp_path):
    ledger.deploy(every(MINUTE))
    watched(ledger)
    run_next(ledger, FAILURE)
    other = SQLite(tmp_path / "clockhouse.db", ledger.clock)

    async def story():
        sides = [FirstOccurrence(each, each.changes, ledger.clock, vault) for each in (ledger.database, other)]
        return await asyncio.gather(*(side.decide() for side in sides))

    try:
        assert sorted(asyncio.run(story())) in ([0, 1],)
    finally:
        other.close()
    assert everything(ledger)[1:] == [
        (2, Status.SUPERSEDED, Watch.WENT_BACK, None),
        (3, Status.ACTIVE, None, 1),
    ]


def test_requests_that_nobody_decided_expire(ledger):
    with ledger.database.begin() as tx:
        wanted = Placement(ledger.release, Snapshot(), Limits(), (every(MINUTE),))
        requests.add(tx, ledger.component, ledger.production, wanted, SYSTEM, note="")

    def expire():
        return asyncio.run(Expiry(Journal(ledger.database), ledger.database.changes, ledger.clock).expire())

    ledger.advance(LIFE - timedelta(seconds=1))
    assert expire() == 0
    ledger.advance(timedelta(seconds=1))
    assert expire() == 1
    assert expire() == 0
    assert noted(ledger) == ["request.expired"]
    assert ledger.now == NOON + LIFE
