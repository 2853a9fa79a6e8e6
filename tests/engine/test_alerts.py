"""What alerts tell: once, whoever fails, stops or races."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.alerts import STATES, add_alert, add_channel, ended, found, look, to_tell
from tests.support.ledger import MINUTE, SECOND, every
from tests.support.ledger import ledger as new_ledger
from tests.support.properties import on_a_database
from tests.support.waiting import comes

from clockhouse.engine.alerts import Alerts
from clockhouse.engine.bookkeeper import Bookkeeper
from clockhouse.engine.journal import Journal
from clockhouse.kit import Secret
from clockhouse.messenger import Tone, Undelivered
from clockhouse.model import channel as channel_model
from clockhouse.model import message as model
from clockhouse.model.alert import Failures, NoSuccess
from clockhouse.store import messages
from clockhouse.store.tables.channels import channels as channels_table
from clockhouse.vault import Vault

HOUR = 60 * MINUTE
ADDRESS = "https://clockhouse.example.com"


class Told:
    """Stands in for the services: keeps what each address was told, and refuses what it is to refuse."""

    def __init__(self):
        self.messages = []
        self.broken = set()

    def send(self, address, message):
        where = address.reveal()
        if where in self.broken:
            raise Undelivered("It does not answer.")
        self.messages.append((where, message))

    @property
    def titles(self):
        return [message.title for _, message in self.messages]


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "vault.key")


@pytest.fixture
def alerts(ledger, vault, told):
    return duty(ledger, vault, told)


class Noting(Alerts):
    """Keeps the ids of what it has sent, too."""

    sent: list[str]

    def _sent(self, batch):
        trouble = super()._sent(batch)
        if trouble is None:
            self.sent += [each.id for each in batch.news]
        return trouble


def duty(ledger, vault, told, kind=Alerts):
    return kind(ledger.database, ledger.database.changes, ledger.clock, vault, address=ADDRESS, send=told.send)


def channel(ledger, vault, name="ops", address="one"):
    made = add_channel(ledger, name)
    sealed = vault.seal(Secret(address), channel_model.purpose(made.id))
    with ledger.database.begin() as tx:
        tx.execute(channels_table.update().where(channels_table.c.id == made.id).values(sealed=sealed))
    return made


def end(ledger, deployment, letters):
    for letter in letters:
        ledger.advance(SECOND)
        ended(ledger, deployment, STATES[letter])
    look(ledger)


def tell(alerts):
    return asyncio.run(alerts.tell())


def test_that_it_began_and_that_it_is_over_is_told_with_a_link(ledger, vault, told, alerts):
    channel(ledger, vault)
    add_alert(ledger, Failures(2))
    deployment = ledger.deploy()
    end(ledger, deployment, "FFF")
    assert tell(alerts) == 1
    [(where, message)] = told.messages
    assert (where, message.title) == ("one", "shop/health-check in development: 2 failures in a row")
    assert message.text == "Since 2026-11-22 12:00:01 UTC.\nThe task ended with exit code 3."
    opened = found(ledger)[0].opened_by
    assert message.link == f"{ADDRESS}/projects/shop/components/health-check/executions/{opened}"
    assert message.tone is Tone.BAD
    ledger.advance(MINUTE)
    end(ledger, deployment, "S")
    assert tell(alerts) == 1
    assert told.titles[1:] == ["shop/health-check in development: over: 2 failures in a row"]
    assert told.messages[1][1].tone is Tone.GOOD
    assert to_tell(ledger) == [("began", "sent"), ("over", "sent")]
    ledger.advance(HOUR)
    assert tell(alerts) == 0


def test_what_comes_soon_after_goes_together(ledger, vault, told, alerts):
    channel(ledger, vault)
    add_alert(ledger, Failures(1))
    here, there = ledger.deploy(), ledger.deploy(environment=ledger.production)
    end(ledger, here, "F")
    tell(alerts)
    end(ledger, here, "S")
    end(ledger, there, "F")
    assert tell(alerts) == 0
    ledger.advance(model.GATHERED)
    assert tell(alerts) == 1
    message = told.messages[1][1]
    assert (message.title, message.tone) == ("shop: 2 alerts", Tone.BAD)
    assert message.text.splitlines() == [
        "- shop/health-check in development: a failure, since 2026-11-22 12:00:01 UTC; "
        "over since 2026-11-22 12:00:02 UTC",
        "- shop/health-check in production: a failure, since 2026-11-22 12:00:03 UTC",
    ]
    assert message.link == f"{ADDRESS}/projects/shop/incidents"


def test_what_comes_and_goes_is_one_line_however_often(ledger, vault, told, alerts):
    channel(ledger, vault)
    add_alert(ledger, Failures(1))
    end(ledger, ledger.deploy(), "FS" * 50)
    assert tell(alerts) == 1
    [(_, message)] = told.messages
    assert message.title == "shop/health-check in development: over: a failure"
    assert message.text == (
        "- shop/health-check in development: a failure, 50 times, since 2026-11-22 12:00:01 UTC; "
        "over since 2026-11-22 12:01:40 UTC"
    )
    assert set(to_tell(ledger)) == {("began", "sent"), ("over", "sent")}


def test_a_dead_channel_is_tried_again_for_a_day_and_delays_no_other(ledger, vault, told, alerts):
    channel(ledger, vault)
    channel(ledger, vault, "desk", "two")
    add_alert(ledger, Failures(1), channels=("ops", "desk"))
    told.broken = {"one"}
    end(ledger, ledger.deploy(), "F")
    tell(alerts)
    assert [where for where, _ in told.messages] == ["two"]
    assert sorted(state for _, state in to_tell(ledger)) == ["sent", "waiting"]
    tries = 0
    while ("began", "waiting") in to_tell(ledger):
        ledger.advance(15 * MINUTE)
        tries += tell(alerts)
        assert tries < 100
    assert sorted(state for _, state in to_tell(ledger)) == ["failed", "sent"]
    assert 20 < tries < 40
    with ledger.database.read() as tx:
        of_it = messages.of_incidents(tx, [found(ledger)[0].id])[found(ledger)[0].id]
    assert [each.error for each in of_it if each.channel == "ops"] == ["It does not answer."]


def test_a_channel_that_works_again_is_told_what_waited(ledger, vault, told, alerts):
    made = channel(ledger, vault)
    add_alert(ledger, Failures(1))
    told.broken = {"one"}
    deployment = ledger.deploy()
    end(ledger, deployment, "FS")
    tell(alerts)
    told.broken = set()
    assert tell(alerts) == 0
    with ledger.database.begin() as tx:
        messages.try_now(tx, made.id)
    assert tell(alerts) == 1
    assert [state for _, state in to_tell(ledger)] == ["sent", "sent"]
    assert "may have been told before" not in told.messages[0][1].text


def test_that_it_is_over_is_not_told_to_whom_nothing_could_be_told(ledger, vault, told, alerts):
    channel(ledger, vault)
    add_alert(ledger, Failures(1))
    told.broken = {"one"}
    deployment = ledger.deploy()
    end(ledger, deployment, "F")
    tell(alerts)
    ledger.advance(23 * HOUR)
    end(ledger, deployment, "S")
    tell(alerts)
    ledger.advance(2 * HOUR)
    tell(alerts)
    assert to_tell(ledger) == [("began", "failed"), ("over", "dropped")]


def test_what_a_server_was_sending_when_it_went_away_is_told_and_says_so(ledger, vault, told, alerts):
    channel(ledger, vault)
    add_alert(ledger, Failures(1))
    end(ledger, ledger.deploy(), "F")
    with ledger.database.begin() as tx:
        assert messages.claim(tx) is not None  # and nothing more was heard of it
    assert tell(alerts) == 0
    ledger.advance(model.LEASE)
    assert tell(alerts) == 1
    assert "may have been told before" in told.messages[0][1].text


def test_a_channel_whose_address_cannot_be_opened_is_told_of(ledger, vault, told, alerts):
    add_channel(ledger)
    add_alert(ledger, Failures(1))
    end(ledger, ledger.deploy(), "F")
    tell(alerts)
    row = found(ledger)[0]
    with ledger.database.read() as tx:
        [message] = messages.of_incidents(tx, [row.id])[row.id]
    assert (message.state, message.attempts) == ("waiting", 1)
    assert message.error


def test_nothing_of_an_address_is_told_whatever_breaks(ledger, vault, told, alerts):
    channel(ledger, vault, address="https://hooks.example.com/very-secret")
    add_alert(ledger, Failures(1))
    end(ledger, ledger.deploy(), "F")

    def explode(address, _message):
        raise RuntimeError(address.reveal())

    told.send = explode
    tell(duty(ledger, vault, told))
    row = found(ledger)[0]
    with ledger.database.read() as tx:
        [message] = messages.of_incidents(tx, [row.id])[row.id]
    assert message.error is not None
    assert "secret" not in message.error


def test_a_flood_is_one_message_that_counts_what_it_has_no_room_for(ledger, vault, told, alerts):
    channel(ledger, vault)
    for count in range(1, 31):
        add_alert(ledger, Failures(count))
    end(ledger, ledger.deploy(), "F" * 30)

    assert tell(alerts) == 1

    [(_, message)] = told.messages
    *named, rest = message.text.splitlines()
    assert message.title == "shop: 30 alerts"
    assert len(message.text) <= 2000
    assert len(named) > 10
    assert rest == f"- and {30 - len(named)} more, in the console"
    assert {state for _, state in to_tell(ledger)} == {"sent"}


def test_silence_is_noticed_and_told(ledger, vault, told, alerts):
    channel(ledger, vault)
    add_alert(ledger, NoSuccess(HOUR))
    ledger.deploy(every(MINUTE))
    assert asyncio.run(alerts.look()) == 0
    ledger.advance(HOUR)
    assert [asyncio.run(alerts.look()), asyncio.run(alerts.look())] == [1, 0]
    tell(alerts)
    [(_, message)] = told.messages
    assert message.title == "shop/health-check in development: no success for 1 h"
    assert message.link == f"{ADDRESS}/projects/shop/components/health-check/overview"


@on_a_database(6)
@given(
    looks=st.lists(st.tuples(st.text(alphabet="SFC", max_size=4), st.booleans(), st.booleans()), max_size=10),
    count=st.integers(1, 2),
)
def test_each_side_of_each_incident_is_told_once_whatever_fails_and_restarts(tmp_path_factory, looks, count):
    folder = tmp_path_factory.mktemp("alerts")
    ledger, vault, told = new_ledger(folder / "clockhouse.db"), Vault(folder / "vault.key"), Told()
    try:
        channel(ledger, vault)
        add_alert(ledger, Failures(count))
        deployment = ledger.deploy()
        alerts, sent = duty(ledger, vault, told, Noting), []
        alerts.sent = sent
        for letters, is_broken, restarts in looks:
            end(ledger, deployment, letters)
            told.broken = {"one"} if is_broken else set()
            tell(alerts)
            ledger.advance(MINUTE)
            alerts = duty(ledger, vault, told, Noting) if restarts else alerts
            alerts.sent = sent
        told.broken = set()
        while "waiting" in {state for _, state in to_tell(ledger)}:
            ledger.advance(HOUR)
            tell(alerts)
        assert len(sent) == len(set(sent)) == len(to_tell(ledger))
        assert len(to_tell(ledger)) == sum(1 + (row.over_at is not None) for row in found(ledger))
    finally:
        ledger.database.close()


def test_the_bookkeeper_shows_it_what_ends(ledger, vault, told, alerts):
    channel(ledger, vault)
    add_alert(ledger, Failures(1))
    ended(ledger, ledger.deploy(), STATES["F"], at=ledger.now + SECOND)

    async def keep():
        journal = Journal(ledger.database)
        try:
            return await Bookkeeper(journal, ledger.database.changes, ledger.clock).add_up()
        finally:
            await journal.close()

    assert asyncio.run(keep()) == 1
    assert tell(alerts) == 1


@pytest.mark.slow
def test_while_one_channel_does_not_answer_another_is_told(live, vault):
    """The whole duty, as the server has it."""
    hangs, silent = threading.Event(), threading.Event()
    told = Told()

    def send(address, message):
        if address.reveal() == "silent":
            hangs.set()
            silent.wait(15)
        told.messages.append((address.reveal(), message))

    channel(live, vault, "silent", "silent")
    channel(live, vault, "desk", "desk")
    add_alert(live, Failures(1), channels=("silent",))
    deployment = live.deploy()

    async def both():
        alerts = Alerts(live.database, live.database.changes, live.clock, vault, address=ADDRESS, send=send)
        running = asyncio.create_task(alerts.run())
        try:
            ended(live, deployment, STATES["F"])
            look(live)
            await comes(hangs.is_set)
            add_alert(live, Failures(1), channels=("desk",))
            ended(live, deployment, STATES["F"])
            look(live)
            await comes(lambda: [where for where, _ in told.messages] == ["desk"])
            silent.set()
            await comes(lambda: {state for _, state in to_tell(live)} == {"sent"})
        finally:
            silent.set()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(both())
    assert len(told.messages) == 2


def test_what_is_being_sent_when_the_server_is_stopped_is_written_down(live, vault):
    begun, may_end = threading.Event(), threading.Event()

    def send(_address, _message):
        begun.set()
        may_end.wait(15)

    channel(live, vault)
    add_alert(live, Failures(1))
    ended(live, live.deploy(), STATES["F"])
    look(live)

    async def stopped():
        alerts = Alerts(live.database, live.database.changes, live.clock, vault, address=ADDRESS, send=send)
        running = asyncio.create_task(alerts.run())
        await comes(begun.is_set)
        running.cancel()
        may_end.set()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(stopped())
    assert to_tell(live) == [("began", "sent")]
