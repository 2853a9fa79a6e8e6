"""Requests in both kinds of databases: what is kept of a wish, and who wins where many decide at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.store.test_races import together
from tests.support.ledger import FAILURE, MINUTE, SECOND, every

from clockhouse.engine.first_occurrence import FirstOccurrence
from clockhouse.errors import Conflict, NotFound
from clockhouse.model.actor import SYSTEM
from clockhouse.model.configuration import Snapshot
from clockhouse.model.deployment import Container, Limits, Status, Watch
from clockhouse.model.request import LIFE, Placement
from clockhouse.model.request import Status as RequestStatus
from clockhouse.model.schedule import Terms
from clockhouse.store import deployments, requests
from clockhouse.store.tables.deployments import request_secrets
from clockhouse.store.tables.deployments import requests as table
from clockhouse.task import CatchUp, CatchUpMode, CronTrigger, Overlap, Retry
from clockhouse.vault import Vault


@pytest.fixture
def databases(ledger, another):
    return [ledger.database, another(), another()]


def wanted(ledger, **parts):
    return Placement(ledger.release, Snapshot(**parts), Limits(), (every(MINUTE),))


def ask(ledger, database=None, placement=None):
    with (database or ledger.database).begin() as tx:
        return requests.add(tx, ledger.component, ledger.production, placement or wanted(ledger), SYSTEM, note="")


def test_a_request_keeps_all_of_the_wish(ledger):
    terms = Terms(CronTrigger("0 8 * * 1-5", "Asia/Colombo"), Overlap.SKIP, CatchUp(CatchUpMode.LAST), 3, 50, True)
    limits = Limits(MINUTE, Retry(3, SECOND), 2, Container(cpus=1.5))
    placement = Placement(
        release=ledger.release,
        configured=Snapshot(
            values={"url": "https://a.example", "tries": 3},
            sealed={"token": "v1:abc"},
            fingerprints={"token": "00112233"},
            references={"key": "file:key"},
            files={"token": "tls/token"},
        ),
        limits=limits,
        terms=(terms, every(MINUTE)),
        given=frozenset({"url", "token"}),
        is_watched=True,
        source="development",
    )

    made = ask(ledger, placement=placement)

    assert made.placement == placement
    assert made.secret_names == {"token", "key"}
    assert (made.number, made.status) == (1, RequestStatus.OPEN)


def test_one_whose_schedule_cannot_be_read_any_more_is_told_with_the_others(ledger):
    made = ask(ledger)
    with ledger.database.begin() as tx:
        tx.execute(table.update().values(schedules=[{"trigger": {"kind": "moon"}}]))
    with ledger.database.read() as tx:
        [told] = requests.of_component(tx, ledger.component, only_open=True, limit=10)
    assert told.id == made.id
    assert "cannot be read any more" in told.problem


def test_of_many_who_ask_at_once_one_does(ledger, databases):
    answers = together(databases, lambda database: ask(ledger, database))
    assert sorted(type(each).__name__ for each in answers) == ["Conflict", "Conflict", "Request"]


def test_of_many_who_decide_at_once_one_does(ledger, databases):
    made = ask(ledger)

    def decide(database):
        with database.begin() as tx:
            found = requests.get(tx, ledger.component, made.number)
            return requests.decide(tx, found, RequestStatus.REJECTED, by="bea")

    answers = together(databases, decide)
    assert sum(isinstance(each, Conflict) for each in answers) == len(databases) - 1


def test_what_is_decided_forgets_its_secrets_and_lets_another_one_wait(ledger):
    made = ask(ledger, placement=wanted(ledger, sealed={"token": "v1:abc"}))
    with ledger.database.begin() as tx:
        requests.decide(tx, made, RequestStatus.CANCELLED, by="ada")
    with ledger.database.read() as tx:
        assert tx.execute(sa.select(request_secrets)).all() == []
    assert ask(ledger).number == 2
    with ledger.database.read() as tx, pytest.raises(NotFound):
        requests.get(tx, ledger.component, 3)


def test_of_many_who_expire_at_once_each_is_told_once(ledger, databases):
    ask(ledger)
    ledger.advance(LIFE + timedelta(seconds=1))

    def expire(database):
        with database.begin() as tx:
            return len(requests.expire(tx))

    assert sum(together(databases, expire)) == 1


def test_of_many_servers_that_watch_one_goes_back(ledger, databases, tmp_path):
    vault = Vault(tmp_path / "vault.key")
    ledger.deploy(every(MINUTE))
    with ledger.database.begin() as tx:
        places = ledger.component, ledger.development, ledger.release
        deployments.add(
            tx, *places, configured=Snapshot(), limits=Limits(), terms=[every(MINUTE)], by="ada", is_watched=True
        )
    ledger.advance(MINUTE)
    ledger.settle()
    [claimed] = ledger.claim()
    ledger.finish(claimed, FAILURE)

    answers = together(databases, lambda each: FirstOccurrence(each, each.changes, ledger.clock, vault)._decide_all())

    assert sorted(answers) == [0, 0, 1]
    with ledger.database.read() as tx:
        found = deployments.history(tx, ledger.component, environment="development", limit=9)
    assert [(each.number, each.status, each.watch) for each in found] == [
        (3, Status.ACTIVE, None),
        (2, Status.SUPERSEDED, Watch.WENT_BACK),
        (1, Status.SUPERSEDED, None),
    ]


def test_what_was_decided_is_news_to_who_asked_until_they_have_seen_it(ledger):
    made = ask(ledger)
    with ledger.database.begin() as tx:
        assert requests.of_requester(tx, SYSTEM.id, only_news=True, limit=9) == []
        assert requests.waiting_there(tx, ledger.component, ledger.production).id == made.id
        assert requests.waiting_there(tx, ledger.component, ledger.development) is None
        requests.decide(tx, made, RequestStatus.REJECTED, by="bea")
    with ledger.database.begin() as tx:
        assert requests.waiting_there(tx, ledger.component, ledger.production) is None
        [news] = requests.of_requester(tx, SYSTEM.id, only_news=True, limit=9)
        first = requests.see(tx, news).seen_at
    ledger.advance(SECOND)
    with ledger.database.begin() as tx:
        assert requests.see(tx, news).seen_at == first
        assert requests.of_requester(tx, SYSTEM.id, only_news=True, limit=9) == []
        assert [each.id for each in requests.of_requester(tx, SYSTEM.id, only_news=False, limit=9)] == [made.id]
        assert requests.of_requester(tx, "somebody else", only_news=False, limit=9) == []


def test_what_nobody_decided_in_time_is_news_before_it_is_written_down(ledger):
    ask(ledger)
    ledger.advance(LIFE)
    with ledger.database.read() as tx:
        assert len(requests.of_requester(tx, SYSTEM.id, only_news=True, limit=9)) == 1
        assert requests.waiting_there(tx, ledger.component, ledger.production) is None
