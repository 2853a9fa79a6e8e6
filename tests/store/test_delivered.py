"""How it goes with what a channel is told: when it took the last message, and what keeps it from the next."""

from __future__ import annotations

import sqlalchemy as sa
from tests.support.alerts import STATES, add_alert, add_channel, ended, look
from tests.support.ledger import MINUTE

from clockhouse.model.alert import Failures
from clockhouse.model.channel import Delivery
from clockhouse.model.message import Side
from clockhouse.store import delivered, messages


def goes(ledger, channel):
    with ledger.database.read() as tx:
        return delivered.of_channels(tx, [channel.id]).get(channel.id)


def tell(ledger, trouble=None):
    with ledger.database.begin() as tx:
        batch = messages.claim(tx)
        messages.note_sent(tx, batch) if trouble is None else messages.note_failed(tx, batch, trouble)


def end(ledger, deployment, letter):
    ledger.advance(2 * MINUTE)
    ended(ledger, deployment, STATES[letter])
    look(ledger)


def test_a_channel_that_was_never_told_anything_has_nothing_to_say(ledger):
    assert goes(ledger, add_channel(ledger)) is None


def test_a_channel_of_which_all_is_dropped_while_it_is_claimed_is_told_nothing(ledger, monkeypatch):
    deployment, channel = ledger.deploy(), add_channel(ledger)
    add_alert(ledger, Failures(1))
    end(ledger, deployment, "F")

    with monkeypatch.context() as meanwhile, ledger.database.begin() as tx:
        meanwhile.setattr(messages, "_news", messages._news.where(sa.false()))  # as it was when the channel was chosen
        assert messages.claim(tx) is None

    with ledger.database.begin() as tx:
        assert [each.side for each in messages.claim(tx).news] == [Side.BEGAN]
    assert goes(ledger, channel) == Delivery(waiting=1)


def test_a_channel_says_when_it_took_the_last_and_what_keeps_it_from_the_next(ledger):
    deployment, channel = ledger.deploy(), add_channel(ledger)
    add_alert(ledger, Failures(1))

    end(ledger, deployment, "F")
    assert goes(ledger, channel) == Delivery(waiting=1)
    tell(ledger)
    told_at = ledger.now
    assert goes(ledger, channel) == Delivery(told_at=told_at)

    end(ledger, deployment, "S")
    tell(ledger, "It does not answer.")
    failing = goes(ledger, channel)
    assert (failing.told_at, failing.waiting, failing.trouble) == (told_at, 1, "It does not answer.")
    assert failing.next_at > ledger.now

    with ledger.database.begin() as tx:
        messages.try_now(tx, channel.id)
    assert goes(ledger, channel) == Delivery(told_at=told_at, waiting=1)
