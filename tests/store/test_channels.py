"""Channels: named once in a project, and gone with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.support.ledger import MINUTE, NOON

from clockhouse.errors import Conflict, NotFound
from clockhouse.model import identifier
from clockhouse.model.alert import Failures, Wish
from clockhouse.model.channel import Channel
from clockhouse.store import alerts, channels, projects


def channel(name: str = "ops", project: str = "shop") -> Channel:
    return Channel(
        id=identifier.new(NOON),
        project=project,
        name=name,
        kind="email",
        host="smtp.example.com",
        sealed="v2:key:text",
        fingerprint="0123abcd",
        created_at=NOON,
        created_by="Ada",
        set_at=NOON,
        set_by="Ada",
    )


def test_channels_come_back_as_they_were_given_by_name(ledger):
    ops, desk = channel("ops"), replace(channel("desk"), kind="slack", host=None)
    with ledger.database.begin() as tx:
        channels.add(tx, ops)
        channels.add(tx, desk)

    with ledger.database.read() as tx:
        assert channels.every(tx, "shop") == [desk, ops]
        assert channels.get(tx, "shop", "ops") == ops
        assert channels.by_id(tx, desk.id) == desk


def test_a_name_is_taken_once_in_each_project(ledger):
    with ledger.database.begin() as tx:
        projects.add(tx, slug="bank", name="Bank", description="")
        channels.add(tx, channel("ops"))
        channels.add(tx, channel("ops", "bank"))
        desk = channel("desk")
        channels.add(tx, desk)

        with pytest.raises(Conflict, match="has a channel “ops” already"):
            channels.add(tx, channel("ops"))
        with pytest.raises(Conflict, match="has a channel “ops” already"):
            channels.rename(tx, replace(desk, name="ops"))
        channels.rename(tx, replace(desk, name="desk"))  # its own


def test_another_address_takes_the_place_of_the_one_before_and_nothing_else(ledger):
    before = channel()
    after = replace(before, kind="slack", host=None, sealed="v2:key:other", fingerprint="9", set_at=NOON + MINUTE)
    with ledger.database.begin() as tx:
        channels.add(tx, before)

        channels.readdress(tx, replace(after, set_by="Bob", created_by="somebody else"))

        assert channels.get(tx, "shop", "ops") == replace(after, set_by="Bob")


def test_what_is_removed_is_gone_and_so_is_what_a_removed_project_had(ledger):
    ops, desk = channel("ops"), channel("desk")
    with ledger.database.begin() as tx:
        channels.add(tx, ops)
        channels.add(tx, desk)

        channels.remove(tx, ops)

        assert channels.by_id(tx, ops.id) is None
        with pytest.raises(NotFound, match="has no channel “ops”"):
            channels.get(tx, "shop", "ops")
        projects.remove(tx, ledger.project)
        assert channels.by_id(tx, desk.id) is None
        with pytest.raises(NotFound, match="no project"):
            channels.add(tx, desk)


def test_who_removes_a_channel_sees_the_alert_that_somebody_has_tell_it_in_the_same_moment(ledger, another):
    with ledger.database.begin() as tx:
        channels.add(tx, channel())

    def removing():
        with another().begin() as tx:
            return alerts.telling(tx, channels.get(tx, "shop", "ops").id)

    with ThreadPoolExecutor(1) as others:
        with ledger.database.begin() as tx:
            wish = Wish(Failures(1), ("ops",))
            made = alerts.add(tx, ledger.project, wish, component=None, environment=None, by="ada")
            found = others.submit(removing)
            with pytest.raises(TimeoutError):
                found.result(timeout=0.2)  # it waits for the alert
        assert [each.id for each in found.result()] == [made.id]
