"""The watchdog: what it says about a ledger whose time is moved, and what it keeps quiet about."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from tests.support.ledger import MINUTE, NOON, SECOND, every

from clockhouse.engine import watchdog as engine
from clockhouse.engine.watchdog import Patience, Watchdog
from clockhouse.errors import Unavailable
from clockhouse.model.agent import Presence
from clockhouse.model.environment import Plane
from clockhouse.model.execution import State
from clockhouse.store import actors, agents, engines, environments, occurrences
from clockhouse.store.sqlite import SQLite
from clockhouse.task import CatchUp, CatchUpMode, Overlap
from clockhouse.task.testing import ManualClock

HOUR = timedelta(hours=1)
ENGINE = "here:1:aa"


class Watched:
    """A ledger with an engine that beats when it is told to, and what the watchdog says."""

    def __init__(self, ledger):
        self.ledger = ledger
        self.told = []
        self.pings = 0
        self.dog = self.watchdog()

    def watchdog(self, wall=None, **patience):
        return Watchdog(self.ledger.database, wall or self.ledger.clock, Patience(**patience), self.ping)

    def ping(self):
        self.pings += 1

    def begin(self, engine_id=ENGINE, *, alone=False):
        with self.ledger.database.begin() as tx:
            engines.begin(tx, engine_id, alone=alone)

    def beat(self, engine_id=ENGINE, *, claimed_at=None, ahead=timedelta()):
        with self.ledger.database.begin() as tx:
            engines.beat(tx, engine_id, claimed_at=claimed_at, ahead=ahead)

    def end(self, engine_id=ENGINE):
        with self.ledger.database.begin() as tx:
            engines.end(tx, engine_id)

    def look_after(self, time):
        """What is wrong after a while in which the engine beat and did nothing else."""
        self.ledger.advance(time)
        self.beat()
        return self.kinds()

    def kinds(self):
        return [finding.kind for finding in self.dog.look()]


@pytest.fixture
def watched(ledger):
    made = Watched(ledger)
    made.begin()
    return made


@pytest.fixture
def told(monkeypatch):
    """What is logged: its level, its event, and whether it is new or over."""
    lines = []

    class Log:
        def __getattr__(self, level):
            return lambda event, **facts: lines.append((level, event, facts))

    monkeypatch.setattr(engine, "log", Log())
    return lines


def test_an_engine_at_work_is_well(watched):
    watched.ledger.deploy(every(MINUTE))
    for _ in range(5):
        watched.ledger.advance(MINUTE)
        watched.ledger.settle()
        for claimed in watched.ledger.claim():
            watched.ledger.finish(claimed)
        watched.beat(claimed_at=watched.ledger.now)
        assert watched.kinds() == []


def test_what_no_engine_decides_is_a_finding(watched):
    watched.ledger.deploy(every(MINUTE))
    assert watched.look_after(2 * MINUTE - SECOND) == []
    assert watched.look_after(SECOND) == ["executions.undecided"]
    [finding] = watched.dog.look()
    assert finding.sentence == (
        "One execution (shop/health-check) fell due, the first at 2026-11-22 12:01:00 UTC, and no server took note. "
        "Look at the server's log, and start it again."
    )
    assert finding.facts == {"count": 1, "since": "2026-11-22T12:01:00.000Z", "components": "shop/health-check"}
    watched.ledger.settle()
    assert watched.kinds() == []


def test_what_waits_for_agents_that_are_not_there_is_a_finding_of_their_own(watched):
    ledger = watched.ledger
    with ledger.database.begin() as tx:
        environments.set_plane(tx, ledger.development, Plane.AGENTS)
    ledger.run_now(ledger.deploy())
    assert watched.look_after(5 * MINUTE - SECOND) == []
    assert watched.look_after(SECOND) == ["agents.silent"]
    [finding] = watched.dog.look()
    assert finding.sentence == (
        "One execution (shop/health-check) in the queue of development, the first since 2026-11-22 12:00:00 UTC. "
        "Agents run them, and none was ever there. Start an agent of this environment, or look at its log."
    )
    with ledger.database.begin() as tx:
        agent, _ = agents.add(tx, "rack-1", ledger.development, actors.administrator(tx))
        agents.note(tx, agent, Presence("1.0.0", "here", 8))
    assert watched.kinds() == []
    assert watched.look_after(MINUTE) == []
    assert watched.look_after(SECOND) == ["agents.silent"]
    assert "none was there for 1 min 1 s" in watched.dog.look()[0].sentence


def test_what_no_engine_starts_is_a_finding(watched):
    watched.ledger.run_now(watched.ledger.deploy())
    assert watched.look_after(5 * MINUTE - SECOND) == []
    assert watched.look_after(SECOND) == ["executions.unstarted"]
    watched.ledger.claim()
    assert watched.kinds() == []


def test_a_long_queue_that_moves_is_none(watched):
    watched.ledger.run_now(watched.ledger.deploy())
    watched.ledger.advance(HOUR)
    watched.beat(claimed_at=watched.ledger.now - 5 * MINUTE)
    assert watched.kinds() == []
    watched.beat(claimed_at=watched.ledger.now - 5 * MINUTE - SECOND)
    assert watched.kinds() == ["executions.unstarted"]


@pytest.mark.parametrize("overlap", [Overlap.BUFFER_ALL, Overlap.BUFFER_ONE])
def test_what_waits_for_the_one_before_it_is_none(watched, overlap):
    watched.ledger.deploy(every(MINUTE, overlap=overlap))
    watched.ledger.advance(MINUTE)
    watched.ledger.settle()
    [running] = watched.ledger.claim()
    watched.ledger.advance(MINUTE)
    watched.ledger.settle()
    for _ in range(3):
        watched.ledger.advance(10 * MINUTE)
        watched.ledger.settle()
        watched.beat()
        assert watched.kinds() == []
    watched.ledger.finish(running)


def test_a_server_that_falls_silent_is_a_finding_until_it_speaks(watched):
    watched.ledger.advance(MINUTE)
    assert watched.kinds() == []
    watched.ledger.advance(SECOND)
    assert watched.kinds() == ["engine.silent"]
    assert "here:1:aa has said nothing for 1 min 1 s" in watched.dog.look()[0].sentence
    watched.beat()
    assert watched.kinds() == []


def test_a_server_that_took_its_place_ends_the_finding(watched):
    watched.ledger.advance(2 * MINUTE)
    watched.begin("here:2:bb", alone=True)
    assert watched.kinds() == []


def test_a_server_among_others_is_missed_until_they_take_it_for_gone(watched):
    watched.begin("there:2:bb")
    watched.ledger.advance(10 * MINUTE)
    watched.beat("there:2:bb")
    assert watched.kinds() == ["engine.silent"]
    watched.ledger.advance(SECOND)
    watched.beat("there:2:bb")
    assert watched.kinds() == []
    watched.beat()  # it was only asleep
    watched.ledger.advance(2 * MINUTE)
    watched.beat("there:2:bb")
    assert watched.kinds() == ["engine.silent"]


def test_servers_that_ended_are_forgotten_after_a_week(watched):
    watched.end()
    watched.begin("there:2:bb")
    watched.ledger.advance(timedelta(days=7, seconds=1))
    watched.beat("there:2:bb")
    with watched.ledger.database.read() as tx:
        assert [found.id for found in engines.every(tx)] == ["there:2:bb"]


def test_a_paused_deployment_is_none(watched):
    deployment = watched.ledger.deploy(every(MINUTE))
    watched.ledger.pause(deployment)
    for _ in range(5):
        watched.ledger.advance(10 * MINUTE)
        watched.ledger.settle()
        watched.beat()
        assert watched.kinds() == []


def test_a_stop_on_purpose_is_none_until_it_lasts_with_something_due(watched):
    watched.ledger.deploy(every(MINUTE))
    watched.end()
    watched.ledger.advance(HOUR)
    assert watched.kinds() == []
    watched.ledger.advance(SECOND)
    assert watched.kinds() == ["engine.stopped"]
    watched.dog = watched.watchdog(stopped=timedelta(days=1))
    assert watched.kinds() == []


def test_a_stop_on_purpose_with_nothing_due_is_none_for_ever(watched):
    watched.ledger.deploy(every(timedelta(days=365)))
    watched.end()
    watched.ledger.advance(timedelta(days=300))
    assert watched.kinds() == []


def test_a_server_that_has_just_begun_is_given_time(watched):
    watched.ledger.deploy(every(MINUTE))
    watched.end()
    watched.ledger.advance(timedelta(days=1))
    watched.begin("here:2:bb", alone=True)
    assert watched.kinds() == []


def test_a_schedule_in_the_far_future_is_none(watched):
    watched.ledger.deploy(every(timedelta(days=3650)))
    assert watched.look_after(timedelta(days=365)) == []


def test_catching_up_is_none(watched):
    watched.ledger.deploy(every(SECOND, overlap=Overlap.ALLOW, catch_up=CatchUp(CatchUpMode.ALL)))
    watched.ledger.deploy(every(MINUTE), environment=watched.ledger.production)
    watched.ledger.advance(timedelta(days=1))
    watched.beat()
    assert watched.kinds() == ["executions.undecided"]
    with watched.ledger.database.begin() as tx:
        occurrences.settle_due(tx, limit=1)  # the first thousand of many
    assert watched.ledger.rows(State.PLANNED)[0].due_at < watched.ledger.now - HOUR
    watched.beat(claimed_at=watched.ledger.now)
    assert watched.kinds() == []


def test_a_clock_that_was_set_back_is_a_finding(watched):
    watched.ledger.deploy(every(HOUR))
    watched.ledger.clock.set_wall(NOON - HOUR)
    watched.dog = watched.watchdog()
    [finding] = watched.dog.look()
    assert finding.kind == "clock.set-back"
    assert finding.sentence.startswith("The ledger has entries that lie 1 h in the future.")
    watched.ledger.clock.set_wall(NOON - 5 * SECOND)
    assert watched.kinds() == []


def test_a_machine_whose_clock_is_wrong_is_a_finding(watched):
    watched.beat(ahead=timedelta(seconds=-30))
    [finding] = watched.dog.look()
    assert (finding.kind, finding.subject) == ("clock.engine", ENGINE)
    assert "is 30 s behind the database's" in finding.sentence
    watched.beat(ahead=timedelta(seconds=4.9))
    assert watched.kinds() == []


def test_a_clock_of_its_own_that_is_wrong_is_a_finding(watched):
    watched.dog = watched.watchdog(ManualClock(NOON + 10 * SECOND))
    [finding] = watched.dog.look()
    assert finding.kind == "clock.here"
    assert finding.sentence.startswith("The clock of this machine is 10 s ahead of the database's.")


def test_each_finding_is_told_when_it_begins_and_when_it_ends(watched, told):
    for _ in range(3):
        watched.dog.round()
    assert (told, watched.pings) == ([], 3)
    watched.ledger.advance(2 * MINUTE)
    for _ in range(3):
        watched.dog.round()
    assert [(level, event, facts["is_new"]) for level, event, facts in told] == [("error", "engine.silent", True)]
    assert watched.pings == 3
    watched.beat()
    for _ in range(3):
        watched.dog.round()
    assert told[1:] == [("info", "engine.silent", {"is_over": True, "of": ENGINE})]
    assert watched.pings == 6


def test_a_ledger_that_cannot_be_read_is_told_once_and_ends_nothing(watched, told, monkeypatch):
    watched.ledger.advance(2 * MINUTE)
    watched.dog.round()

    def fail():
        raise Unavailable("The database is away.")

    with monkeypatch.context() as broken:
        broken.setattr(watched.dog, "look", fail)
        for _ in range(3):
            [finding] = watched.dog.round()
        assert finding.kind == engine.UNREADABLE
    watched.dog.round()
    assert [event for _, event, _ in told] == ["engine.silent", "ledger.unreadable", "ledger.unreadable"]
    assert (told[-1][0], watched.pings) == ("info", 0)


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["on", "back"])
def test_after_a_sleep_or_a_step_of_the_clock_a_server_has_time_to_come_round(watched, told, jump):
    watched.dog.round()
    watched.ledger.clock.set_wall(NOON + jump)
    watched.dog.round()
    watched.ledger.advance(MINUTE)
    watched.beat()
    if jump > timedelta():
        watched.dog.round()
        assert told == []
    watched.ledger.advance(2 * MINUTE)
    watched.dog.round()
    assert "engine.silent" in [event for _, event, _ in told]


def test_an_address_that_does_not_answer_is_told_once(watched, told):
    def fail():
        raise Unavailable("The address to ping does not answer.", cause="ConnectError")

    dog = Watchdog(watched.ledger.database, watched.ledger.clock, Patience(), fail)
    for _ in range(3):
        assert dog.round() == []
    assert [event for _, event, _ in told] == ["ping.unanswered"]


def test_it_goes_on_until_it_is_told_to_stop(watched):
    stop, seen = threading.Event(), []

    def ping():
        seen.append(None)
        if len(seen) == 3:
            stop.set()

    dog = Watchdog(watched.ledger.database, watched.ledger.clock, Patience(), ping)
    dog.run(stop, timedelta(milliseconds=1))
    assert len(seen) == 3


def test_it_reads_a_database_that_it_cannot_write(ledger, tmp_path):
    database = SQLite(tmp_path / "clockhouse.db", ledger.clock, read_only=True)
    assert Watchdog(database, ledger.clock, Patience()).look() == []
    with pytest.raises(Unavailable), database.begin() as tx:
        engines.begin(tx, ENGINE, alone=True)
    database.close()


def test_it_makes_no_database(tmp_path):
    database = SQLite(tmp_path / "none.db", ManualClock(NOON), read_only=True)
    with pytest.raises(Unavailable, match="cannot be opened"):
        Watchdog(database, ManualClock(NOON), Patience()).look()
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_an_older_version_is_a_sentence(tmp_path):
    old = SQLite(tmp_path / "old.db", ManualClock(NOON))
    with old.read():
        pass
    old.close()
    database = SQLite(tmp_path / "old.db", ManualClock(NOON), read_only=True)
    with pytest.raises(Unavailable, match="not set up by this version"):
        Watchdog(database, ManualClock(NOON), Patience()).look()
    database.close()


def test_identifiers_tell_when_they_were_made():
    from clockhouse.model import identifier

    at = datetime.fromisoformat("2026-11-22T12:00:00.123+00:00")
    assert identifier.made_at(identifier.new(at)) == at
    assert identifier.first_of(at) <= identifier.new(at) < identifier.first_of(at + timedelta(milliseconds=1))
