"""Channels on the command line: an address comes from the environment or from input, never from an argument."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.cli.standin import StandIn

CHANNELS = "/projects/shop/channels"
ADDRESS = "https://hooks.example.com/plant"
OPS: dict[str, Any] = {
    "name": "ops",
    "kind": "webhook",
    "host": "hooks.example.com",
    "fingerprint": "0123abcd",
    "created_at": "2026-11-22T08:00:00Z",
    "created_by": "ada",
    "set_at": "2026-11-22T08:00:00Z",
    "set_by": "ada",
    "told_at": None,
    "waiting": 0,
    "trouble": None,
    "next_at": None,
}


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{ADDRESS}\n"))


@pytest.mark.usefixtures("typed")
def test_an_address_is_a_line_of_input_and_is_not_repeated(run: Run, stand_in: StandIn) -> None:
    stand_in.says("POST", CHANNELS, OPS, 201)

    ended = run("channel", "add", "shop", "ops")

    assert stand_in.asked[-1].body == {"name": "ops", "address": ADDRESS}
    told = " ".join(ended.out.split())
    assert told.startswith("Added ops: webhook at hooks.example.com (0123abcd). Try it:")
    assert told.endswith("clockhouse channel test shop ops")
    assert "plant" not in ended.out + ended.err


def test_another_address_comes_from_the_environment(
    run: Run, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.says("PUT", f"{CHANNELS}/ops/address", OPS)
    monkeypatch.setenv("CLOCKHOUSE_SECRET_ADDRESS", ADDRESS)

    ended = run("channel", "set", "shop", "ops")

    assert stand_in.asked[-1].body == {"address": ADDRESS}
    assert ended.out == "ops has another address now: webhook at hooks.example.com (0123abcd).\n"


def test_an_address_is_no_argument(run: Run, stand_in: StandIn) -> None:
    assert run("channel", "add", "shop", "ops", ADDRESS).code == 2
    assert stand_in.asked == []


def test_channels_are_listed_renamed_and_removed(run: Run, stand_in: StandIn) -> None:
    gone = {**OPS, "name": "old", "waiting": 2, "trouble": "It is gone.", "told_at": OPS["set_at"]}
    stand_in.says("GET", CHANNELS, [OPS, gone])
    stand_in.says("PATCH", f"{CHANNELS}/ops", {**OPS, "name": "desk"})
    stand_in.says("DELETE", f"{CHANNELS}/desk", None, 204)

    listed = run("channel", "list", "shop").out
    assert all(word in listed for word in ("ops", "webhook", "hooks.example.com", "0123abcd", "none yet"))
    assert "2 waiting · It is gone." in listed
    assert run("channel", "rename", "shop", "ops", "desk").out == "ops is called desk now.\n"
    assert run("channel", "remove", "shop", "desk").code == 2  # nobody is there to ask
    assert run("channel", "remove", "shop", "desk", "--yes").out == "Removed desk.\n"
    stand_in.says("GET", CHANNELS, [])
    assert "shop has no channels. Add one: clockhouse channel add shop ops" in run("channel", "list", "shop").out


def test_a_test_says_how_it_went(run: Run, stand_in: StandIn) -> None:
    stand_in.says("POST", f"{CHANNELS}/ops/test", {"delivered": True, "trouble": None})
    good = run("channel", "test", "shop", "ops")
    stand_in.says("POST", f"{CHANNELS}/ops/test", {"delivered": False, "trouble": "It refused the connection."})
    bad = run("channel", "test", "shop", "ops")

    assert (good.code, good.out) == (0, "ops took the message.\n")
    assert (bad.code, bad.err) == (1, "ops did not take the message. It refused the connection.\n")
