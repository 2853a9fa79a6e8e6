"""Channels over HTTP: their addresses are taken, tried, and told to nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.api import V1, Installation
from tests.support.mail import mail_server
from tests.support.web import Peer, Reply, peer

from clockhouse.model.channel import purpose
from clockhouse.store import channels

CHANNELS = f"{V1}/projects/shop/channels"
KEY = "plant-in-the-path"


@pytest.fixture
def house(house: Installation) -> Installation:
    house.post(f"{V1}/projects", {"name": "Shop"})
    return house


@pytest.fixture(scope="module")
def web() -> Iterator[Peer]:
    with peer() as served:
        yield served


def add(house: Installation, name: str, address: str) -> Any:
    return house.post(CHANNELS, {"name": name, "address": address})


def address_of(house: Installation, name: str) -> str:
    with house.database.read() as tx:
        channel = channels.get(tx, "shop", name)
    return house.parts.vault.open(channel.sealed, purpose(channel.id)).reveal()


def facts(house: Installation) -> list[tuple[str, str, dict[str, Any]]]:
    """What the trail has of channels, by action."""
    found = house.get(f"{V1}/audit", project="shop")["items"]
    told = [(each["action"], each["object"], each["facts"]) for each in found if each["action"].startswith("channel.")]
    return sorted(told, key=lambda each: each[0])


def test_a_channel_is_told_by_kind_host_and_fingerprint(house: Installation) -> None:
    added = add(house, "ops", f"  https://hooks.example.com/{KEY} ")

    assert house.get(CHANNELS) == [added]
    assert (added["name"], added["kind"], added["host"]) == ("ops", "webhook", "hooks.example.com")
    assert len(added["fingerprint"]) == 8
    assert address_of(house, "ops") == f"https://hooks.example.com/{KEY}"
    assert KEY not in json.dumps([added, house.get(CHANNELS), facts(house)])
    assert KEY.encode() not in house.stored()


def test_another_address_is_told_apart_and_the_same_is_not(house: Installation) -> None:
    first = add(house, "ops", f"https://hooks.example.com/{KEY}")

    same = house.put(f"{CHANNELS}/ops/address", {"address": f"https://hooks.example.com/{KEY}"})
    other = house.put(f"{CHANNELS}/ops/address", {"address": "mailtos://ada:word@smtp.example.com?to=a@example.com"})

    assert same["fingerprint"] == first["fingerprint"] != other["fingerprint"]
    assert (other["kind"], other["host"]) == ("email", "smtp.example.com")
    assert address_of(house, "ops").startswith("mailtos://")


def test_what_no_message_can_be_sent_to_is_refused_where_it_is_given(house: Installation) -> None:
    wrong = (KEY, f"dbus://{KEY}", f"https://a b/{KEY}", f"slack://{KEY}", f"{KEY}://a", "https://" + KEY * 400, "")
    for address in wrong:
        refused = house.refused(422, "POST", CHANNELS, {"name": "ops", "address": address})
        assert set(refused["fields"]) == {"address"}
        assert KEY not in str(refused)

    assert house.get(CHANNELS) == []
    assert KEY not in json.dumps(house.get(f"{V1}/audit"))


def test_a_name_is_taken_once_and_may_be_changed(house: Installation) -> None:
    add(house, "ops", "https://example.com/1")
    add(house, "desk", "https://example.com/2")

    taken = house.client.post(CHANNELS, json={"name": "ops", "address": "https://example.com/3"})
    renamed = house.client.patch(f"{CHANNELS}/desk", json={"name": "ops"})
    unfit = house.client.patch(f"{CHANNELS}/desk", json={"name": "On call"})

    assert (taken.status_code, renamed.status_code, unfit.status_code) == (409, 409, 422)
    assert house.client.patch(f"{CHANNELS}/desk", json={"name": "on-call"}).json()["name"] == "on-call"
    assert [each["name"] for each in house.get(CHANNELS)] == ["on-call", "ops"]
    assert address_of(house, "on-call") == "https://example.com/2"


def test_a_test_message_says_who_tries_what_and_how_it_went(house: Installation, web: Peer) -> None:
    web.on(f"POST /{KEY}", Reply(204), Reply(410))
    add(house, "ops", f"{web.url}/{KEY}")

    good, bad = house.post(f"{CHANNELS}/ops/test"), house.post(f"{CHANNELS}/ops/test")

    assert good == {"delivered": True, "trouble": None}
    assert bad == {"delivered": False, "trouble": "127.0.0.1 answered with status 410 (Gone)."}
    told = web.asked[0].json()
    assert told["title"] == "Test of the channel ops"
    assert "tries whether messages of the project “shop” come here" in told["text"]
    assert told["link"] == "http://clockhouse.test/projects/shop"


def test_a_mail_server_that_refuses_the_login_is_told_of(house: Installation) -> None:
    with mail_server() as inbox:
        add(
            house,
            "ops",
            f"mailto://ada:{KEY}@127.0.0.1:{inbox.port}?to=ops@example.com&from=a@example.com&mode=insecure",
        )
        tried = house.post(f"{CHANNELS}/ops/test")

    assert not tried["delivered"]
    assert "does not accept the user and password" in tried["trouble"]
    assert KEY not in tried["trouble"]
    assert inbox.taken == []


def test_what_became_of_a_channel_is_in_the_trail_and_its_address_is_not(house: Installation, web: Peer) -> None:
    web.on(f"POST /{KEY}", Reply())
    first = add(house, "ops", f"{web.url}/{KEY}")
    second = house.put(f"{CHANNELS}/ops/address", {"address": f"{web.url}/{KEY}?2"})
    house.client.patch(f"{CHANNELS}/ops", json={"name": "desk"})
    house.post(f"{CHANNELS}/desk/test")
    assert house.client.delete(f"{CHANNELS}/desk").status_code == 204

    assert house.get(CHANNELS) == []
    of_address = {"kind": "webhook", "host": "127.0.0.1"}
    assert facts(house) == [
        ("channel.added", "shop/ops", {**of_address, "fingerprint": first["fingerprint"]}),
        ("channel.readdressed", "shop/ops", {**of_address, "fingerprint": second["fingerprint"]}),
        ("channel.removed", "shop/desk", {}),
        ("channel.renamed", "shop/desk", {"before": "ops"}),
        ("channel.tested", "shop/desk", {"delivered": True}),
    ]


def test_a_channel_that_there_is_not_is_not_found(house: Installation) -> None:
    for method, path, body in [
        ("PUT", "/ops/address", {"address": "https://example.com/"}),
        ("PATCH", "/ops", {"name": "desk"}),
        ("DELETE", "/ops", None),
        ("POST", "/ops/test", None),
    ]:
        answer = house.client.request(method, f"{CHANNELS}{path}", json=body)
        assert (answer.status_code, "has no channel “ops”" in answer.text) == (404, True), method
    assert house.client.get(f"{V1}/projects/nowhere/channels").status_code == 404
    added = house.client.post(
        f"{V1}/projects/nowhere/channels", json={"name": "ops", "address": "https://example.com/"}
    )
    assert added.status_code == 404
