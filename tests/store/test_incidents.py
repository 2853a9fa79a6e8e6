"""What alerts make of executions that end: whenever and by whomever they are looked at, once each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from tests.support.alerts import STATES, add_alert, add_channel, ended, found, look, to_tell
from tests.support.ledger import MINUTE, NOON, SECOND, every
from tests.support.properties import on_a_database

from clockhouse.errors import Invalid, NotFound
from clockhouse.model import incident as model
from clockhouse.model.alert import End, Failures, NoSuccess, RunsLonger, StartsLate
from clockhouse.model.configuration import Snapshot
from clockhouse.model.deployment import Limits
from clockhouse.model.execution import Origin, State
from clockhouse.store import alerts, channels, components, deployments, incidents, messages, overdue, tallies
from clockhouse.store.tables.executions import attempts, executions

LOOKS = st.lists(st.text(alphabet="SFLMC", max_size=6), max_size=8)
HOUR = 60 * MINUTE


@contextmanager
def opened(new_ledger):
    ledger = new_ledger()
    try:
        yield ledger
    finally:
        ledger.database.close()


def ends(ledger, deployment, letters):
    """One a minute from now on, told by the first letters of their states."""
    made = []
    for letter in letters:
        ledger.advance(MINUTE)
        made.append(ended(ledger, deployment, STATES[letter]))
    return made


@on_a_database(12)
@given(looks=LOOKS, count=st.integers(1, 3))
def test_however_the_ends_are_looked_at_the_incidents_are_those_of_the_fold(new_ledger, looks, count):
    with opened(new_ledger) as ledger:
        deployment = ledger.deploy()
        add_channel(ledger)
        add_alert(ledger, Failures(count))
        known = []
        for letters in looks:  # nothing is kept in memory: each look is one after a restart
            before = ledger.now
            ids = ends(ledger, deployment, letters)
            known += [
                End(each, STATES[letter], Origin.SCHEDULE, at, at)
                for number, (each, letter) in enumerate(zip(ids, letters, strict=True), 1)
                for at in [before + number * MINUTE]
            ]
            assert look(ledger) == len(ids)
        wanted = model.incidents(Failures(count), known, since=NOON, until=ledger.now)
        told = [(row.began_at, row.opened_by, row.over_at, row.ended_by) for row in found(ledger)]
        assert told == [(each.began_at, each.opened_by, each.over_at, each.ended_by) for each in wanted]
        sides = ["began" for _ in wanted] + ["over" for each in wanted if not each.is_open]
        assert sorted(side for side, _ in to_tell(ledger)) == sides


def test_a_look_takes_each_end_once(ledger):
    add_channel(ledger)
    add_alert(ledger, Failures(2))
    ends(ledger, ledger.deploy(), "F")
    assert [look(ledger), look(ledger), look(ledger)] == [1, 0, 0]
    assert found(ledger) == []


def test_of_servers_that_look_and_tell_at_the_same_time_each_thing_is_told_once(ledger, another):
    for name in ("ops", "desk"):
        add_channel(ledger, name)
        add_alert(ledger, Failures(2), channels=(name,))
    letters = "FFSFSFFFSFFSSFFSFFFFSFSFFS"
    ends(ledger, ledger.deploy(), letters)

    def serve(database):
        told = []
        while True:
            ids = database.write(lambda tx: shown(tx, 2))
            batch = database.write(messages.claim)
            told += [each.id for each in batch.news] if batch else []
            if batch:
                database.write(partial(messages.note_sent, batch=batch))
            if not ids and not left(ledger):
                return told

    with ThreadPoolExecutor(3) as servers:
        told = [each for made in servers.map(serve, [another() for _ in range(3)]) for each in made]
    rows = "".join(letters).split("S")
    wanted = 2 * sum(len(row) >= 2 for row in rows)
    assert len(found(ledger)) == wanted
    assert len(to_tell(ledger)) == 2 * wanted
    assert len(told) == len(set(told)) == [state for _, state in to_tell(ledger)].count("sent")


def shown(tx, room):
    ids = tallies.take(tx, room)
    incidents.look(tx, ids)
    return ids


def left(ledger):
    with ledger.database.read() as tx:
        return tx.execute(sa.select(executions.c.id).where(~executions.c.is_tallied)).all()


def test_a_place_counts_for_itself(ledger):
    add_channel(ledger)
    add_alert(ledger, Failures(2))
    here, there = ledger.deploy(), ledger.deploy(environment=ledger.production)
    ends(ledger, here, "F")
    ends(ledger, there, "F")
    look(ledger)
    assert found(ledger) == []
    ends(ledger, there, "F")
    look(ledger)
    assert [row.environment_id for row in found(ledger)] == [ledger.production.id]


def test_a_rule_of_one_environment_and_component_is_of_no_other(ledger):
    add_channel(ledger)
    other, release = ledger.add_component("other")
    add_alert(ledger, Failures(1), environment="production", component="health-check")
    for deployment in (
        ledger.deploy(),
        ledger.deploy(environment=ledger.production, component=other, release=release),
    ):
        ends(ledger, deployment, "F")
    look(ledger)
    assert found(ledger) == []
    ends(ledger, ledger.deploy(environment=ledger.production), "F")
    look(ledger)
    assert len(found(ledger)) == 1


def test_what_ended_before_the_rule_was_made_is_nothing_to_it(ledger):
    add_channel(ledger)
    deployment = ledger.deploy()
    ends(ledger, deployment, "F")
    ledger.advance(SECOND)
    add_alert(ledger, Failures(1))
    look(ledger)
    assert found(ledger) == []


def test_each_channel_is_told_and_who_was_told_is_told_the_end(ledger):
    add_channel(ledger)
    add_channel(ledger, "desk")
    add_alert(ledger, Failures(1), channels=("ops", "desk"))
    deployment = ledger.deploy()
    ends(ledger, deployment, "FF")
    look(ledger)
    assert to_tell(ledger) == [("began", "waiting")] * 2
    ends(ledger, deployment, "SS")
    look(ledger)
    assert to_tell(ledger) == [("began", "waiting")] * 2 + [("over", "waiting")] * 2


def test_the_end_is_told_only_where_that_is_wanted(ledger):
    add_channel(ledger)
    add_alert(ledger, Failures(1), tells_end=False)
    ends(ledger, ledger.deploy(), "FS")
    look(ledger)
    assert [row.ended_by is not None for row in found(ledger)] == [True]
    assert to_tell(ledger) == [("began", "waiting")]


def test_another_rule_begins_anew_and_what_is_open_ends_quietly(ledger):
    add_channel(ledger)
    alert = add_alert(ledger, Failures(1))
    deployment = ledger.deploy()
    ends(ledger, deployment, "F")
    look(ledger)
    with ledger.database.begin() as tx:
        held = alerts.get(tx, ledger.project, alert.number)
        wish = replace(held.wish, condition=Failures(2))
        changed = alerts.change(tx, held, wish, component=None, environment=None)
    assert [(row.quiet, row.over_at is not None) for row in found(ledger)] == [("The alert was changed.", True)]
    assert to_tell(ledger) == [("began", "dropped")]
    assert changed.since == ledger.now
    ends(ledger, deployment, "FF")
    look(ledger)
    assert len(found(ledger)) == 2


def test_other_channels_are_no_other_rule(ledger):
    add_channel(ledger)
    add_channel(ledger, "desk")
    alert = add_alert(ledger, Failures(2))
    deployment = ledger.deploy()
    ends(ledger, deployment, "F")
    look(ledger)
    with ledger.database.begin() as tx:
        held = alerts.get(tx, ledger.project, alert.number)
        alerts.change(tx, held, replace(held.wish, channels=("desk",)), component=None, environment=None)
        assert alerts.get(tx, ledger.project, alert.number).wish.channels == ("desk",)
    ends(ledger, deployment, "F")
    look(ledger)
    assert len(found(ledger)) == 1


def test_one_that_is_switched_off_looks_at_nothing(ledger):
    add_channel(ledger)
    alert = add_alert(ledger, Failures(1))
    with ledger.database.begin() as tx:
        held = alerts.get(tx, ledger.project, alert.number)
        alerts.change(tx, held, replace(held.wish, is_on=False), component=None, environment=None)
    ends(ledger, ledger.deploy(), "F")
    look(ledger)
    assert found(ledger) == []


def test_with_its_component_or_channel_all_of_it_goes(ledger):
    channel = add_channel(ledger)
    add_alert(ledger, Failures(1), component="health-check")
    ends(ledger, ledger.deploy(), "F")
    look(ledger)
    with ledger.database.begin() as tx:
        assert [each.number for each in alerts.telling(tx, channel.id)] == [1]
        channels.remove(tx, channel)
    assert to_tell(ledger) == []
    with ledger.database.begin() as tx:
        assert alerts.of_project(tx, ledger.project)[0].wish.channels == ()
        components.remove(tx, ledger.component)
    assert found(ledger) == []
    with ledger.database.read() as tx, pytest.raises(NotFound):
        alerts.get(tx, ledger.project, 1)


def test_a_channel_that_there_is_not_is_refused(ledger):
    with pytest.raises(Invalid, match="no channel “ops”"):
        add_alert(ledger, Failures(1))
    with pytest.raises(Invalid, match="at least one channel"):
        add_alert(ledger, Failures(1), channels=())


def test_the_first_attempt_says_whether_it_started_late(ledger):
    add_channel(ledger)
    add_alert(ledger, StartsLate(MINUTE))
    deployment = ledger.deploy()
    ledger.advance(HOUR)
    tried = ended(ledger, deployment, State.SUCCEEDED, attempt=2, due_at=ledger.now, started_at=ledger.now + 9 * MINUTE)
    with ledger.database.begin() as tx:
        first = {"claimed_at": tx.now, "started_at": tx.now, "finished_at": tx.now, "state": "failed"}
        tx.execute(attempts.insert().values(execution_id=tried, number=1, **first))
    look(ledger)
    assert found(ledger) == []
    ended(ledger, deployment, State.SUCCEEDED, due_at=ledger.now, started_at=ledger.now + 2 * MINUTE)
    look(ledger)
    assert [row.began_at for row in found(ledger)] == [ledger.now + MINUTE]


def test_a_watched_first_occurrence_that_fails_is_told_at_once_and_a_later_one_is_not(ledger):
    add_channel(ledger)
    add_alert(ledger, Failures(3))
    with ledger.database.begin() as tx:
        watched = deployments.add(
            tx,
            ledger.component,
            ledger.development,
            ledger.release,
            configured=Snapshot(),
            limits=Limits(),
            terms=(every(MINUTE),),
            by="ada",
            is_watched=True,
        )
    schedule_id = watched.schedules[0].id
    ledger.advance(MINUTE / 2)
    skipped = {"schedule_id": schedule_id, "due_at": NOON + SECOND}
    ended(ledger, watched, State.SKIPPED, **skipped)
    first = ended(ledger, watched, State.FAILED, **{**skipped, "due_at": NOON + 2 * SECOND})
    look(ledger)
    assert [row.opened_by for row in found(ledger)] == [first]
    ended(ledger, watched, State.SUCCEEDED, **{**skipped, "due_at": NOON + 3 * SECOND})
    look(ledger)
    ended(ledger, watched, State.FAILED, **{**skipped, "due_at": NOON + 4 * SECOND})
    look(ledger)
    assert len(found(ledger)) == 1


def test_what_has_been_over_for_long_is_removed(ledger):
    add_channel(ledger)
    add_alert(ledger, Failures(1))
    deployment = ledger.deploy()
    ends(ledger, deployment, "FSF")
    look(ledger)
    ledger.advance(91 * 24 * HOUR)
    with ledger.database.begin() as tx:
        assert incidents.remove_old(tx, 100) == 0  # it is not told yet
        batch = messages.claim(tx)
        assert batch is not None
        messages.note_sent(tx, batch)
        assert incidents.remove_old(tx, 100) == 1
    assert [row.over_at for row in found(ledger)] == [None]


def test_of_one_alert_no_more_than_so_many_are_kept(ledger):
    add_channel(ledger)
    add_alert(ledger, Failures(1))
    deployment = ledger.deploy()
    for letters in ("FS", "FS", "FS", "F"):
        ends(ledger, deployment, letters)
        look(ledger)
    with ledger.database.begin() as tx:
        batch = messages.claim(tx)
        assert batch is not None
        messages.note_sent(tx, batch)
        assert [incidents.remove_old(tx, 1, most=2) for _ in range(3)] == [1, 1, 0]
    assert [row.over_at is None for row in found(ledger)] == [False, True]


class TestWhileNothingEnds:
    def late(self, ledger, known=None):
        """What a look does; the incidents that began."""
        deadlines = {} if known is None else known
        with ledger.database.begin() as tx:
            seen = overdue.find(tx, deadlines)
            for each in seen.silences:
                overdue.note_silence(tx, each)
            incidents.end_quietly(tx, seen.left_behind, overdue.UNDEPLOYED)
            return sum(overdue.note(tx, each) for each in seen.late)

    def started(self, ledger):
        execution_id = ledger.run_now(ledger.deploy())
        [claimed] = ledger.claim()
        ledger.start(claimed)
        return execution_id, claimed

    def test_what_runs_too_long_is_told_while_it_runs_and_once(self, ledger):
        add_channel(ledger)
        add_alert(ledger, RunsLonger(MINUTE))
        execution_id, claimed = self.started(ledger)
        assert self.late(ledger) == 0
        ledger.advance(2 * MINUTE)
        assert [self.late(ledger), self.late(ledger)] == [1, 0]
        [row] = found(ledger)
        assert (row.opened_by, row.began_at, row.is_settled) == (execution_id, NOON + MINUTE, False)
        ledger.finish(claimed)
        look(ledger)
        [row] = found(ledger)
        assert (row.over_at, row.is_settled) == (None, True)
        assert self.late(ledger) == 0

    def test_the_next_that_is_quick_ends_it(self, ledger):
        add_channel(ledger)
        add_alert(ledger, RunsLonger(MINUTE))
        _, claimed = self.started(ledger)
        ledger.advance(2 * MINUTE)
        self.late(ledger)
        deployment = ledger.deploy()
        ended(ledger, deployment, State.SUCCEEDED, started_at=ledger.now, duration_s=1.0)
        look(ledger)
        assert found(ledger)[0].over_at is None
        ledger.finish(claimed)
        look(ledger)
        ledger.advance(SECOND)
        quick = ended(ledger, deployment, State.SUCCEEDED, started_at=ledger.now, duration_s=1.0)
        look(ledger)
        assert found(ledger)[0].ended_by == quick

    def test_what_has_not_started_is_told_while_it_waits(self, ledger):
        add_channel(ledger)
        add_alert(ledger, StartsLate(MINUTE))
        ledger.deploy(every(HOUR, start=NOON + SECOND))
        ledger.advance(SECOND)
        ledger.settle()
        assert self.late(ledger) == 0
        ledger.advance(2 * MINUTE)
        assert [self.late(ledger), self.late(ledger)] == [1, 0]
        assert [row.began_at for row in found(ledger)] == [NOON + SECOND + MINUTE]

    def test_a_silence_is_told_at_its_deadline_and_ends_with_a_success(self, ledger):
        add_channel(ledger)
        add_alert(ledger, NoSuccess(HOUR))
        deployment = ledger.deploy(every(MINUTE))
        ledger.advance(HOUR - SECOND)
        assert self.late(ledger) == 0
        ended(ledger, deployment, State.SUCCEEDED)
        look(ledger)
        ledger.advance(HOUR - SECOND)
        assert self.late(ledger) == 0
        ledger.advance(SECOND)
        assert [self.late(ledger), self.late(ledger)] == [1, 0]
        assert [row.began_at for row in found(ledger)] == [NOON + 2 * HOUR - SECOND]
        ended(ledger, deployment, State.FAILED)
        look(ledger)
        assert found(ledger)[0].over_at is None
        ended(ledger, deployment, State.SUCCEEDED)
        look(ledger)
        assert found(ledger)[0].ended_by is not None
        assert sorted(to_tell(ledger)) == [("began", "waiting"), ("over", "waiting")]

    def test_where_no_schedule_is_deployed_silence_is_no_matter(self, ledger):
        add_channel(ledger)
        add_alert(ledger, NoSuccess(HOUR))
        deployment = ledger.deploy()
        ledger.advance(2 * HOUR)
        assert self.late(ledger) == 0
        ledger.end(deployment)
        ledger.deploy(every(MINUTE))
        assert self.late(ledger) == 0
        ledger.advance(HOUR)
        assert self.late(ledger) == 1

    def test_a_new_deployment_lets_no_silence_begin_anew(self, ledger):
        add_channel(ledger)
        add_alert(ledger, NoSuccess(HOUR))
        ledger.deploy(every(MINUTE))
        self.late(ledger)
        ledger.advance(HOUR)
        ledger.deploy(every(MINUTE))
        assert self.late(ledger) == 1

    def test_a_pause_ends_it_quietly_and_it_counts_anew_afterwards(self, ledger):
        add_channel(ledger)
        add_alert(ledger, NoSuccess(HOUR))
        deployment = ledger.deploy(every(MINUTE))
        self.late(ledger)
        ledger.advance(HOUR)
        assert self.late(ledger) == 1
        ledger.pause(deployment)
        ledger.advance(SECOND)
        assert self.late(ledger) == 0
        assert [row.quiet for row in found(ledger)] == ["Its deployment was paused."]
        ledger.advance(HOUR)
        assert self.late(ledger) == 0
        ledger.resume(deployment)
        self.late(ledger)
        ledger.advance(HOUR - SECOND)
        assert self.late(ledger) == 0
        ledger.advance(SECOND)
        assert self.late(ledger) == 1

    def test_what_an_earlier_look_found_is_not_read_again(self, ledger):
        add_channel(ledger)
        add_alert(ledger, NoSuccess(HOUR))
        deployment = ledger.deploy(every(MINUTE))
        ended(ledger, deployment, State.SUCCEEDED, at=NOON + HOUR / 2)
        ledger.advance(HOUR)
        with ledger.database.read() as tx:
            later = overdue.find(tx, {}).deadlines
            assert list(later.values()) == [NOON + 1.5 * HOUR]

    def test_where_nothing_is_deployed_any_more_it_ends_quietly(self, ledger):
        add_channel(ledger)
        add_alert(ledger, Failures(1))
        deployment = ledger.deploy(every(MINUTE))
        ends(ledger, deployment, "F")
        look(ledger)
        self.late(ledger)
        assert found(ledger)[0].over_at is None
        ledger.end(deployment)
        self.late(ledger)
        assert found(ledger)[0].quiet == "It is not deployed there any more."
