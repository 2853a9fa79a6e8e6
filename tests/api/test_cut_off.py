"""Promotions under trouble: incomplete, nobody there to run it, two people at once, the server killed in between."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from tests.support.api import COMPONENT, CONFIGURATION, EVERY_10_S, HERE, SECRETIVE, V1, Installation
from tests.support.people import somebody

from clockhouse.engine.first_occurrence import FirstOccurrence
from clockhouse.model.actor import Role
from clockhouse.model.execution import State
from clockhouse.store.tables.audit import audit
from clockhouse.store.tables.columns import metadata
from clockhouse.store.tables.executions import executions

PROMOTIONS, REQUESTS = f"{COMPONENT}/promotions", f"{COMPONENT}/requests"
RULE = f"{V1}/environments/production/approval"

# A server that is killed in the middle of a transaction: what it has written is not committed.
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path

from clockhouse.control import approvals, deployments
from clockhouse.control.deployments import Promotion
from clockhouse.control.parts import Parts
from clockhouse.engine.first_occurrence import FirstOccurrence
from clockhouse.model.actor import SYSTEM
from clockhouse.store import audit
from clockhouse.store.sqlite import SQLite
from clockhouse.task.testing import ManualClock
from clockhouse.vault import Vault

folder, what, now = Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])
clock = ManualClock(now)
database = SQLite(folder / "clockhouse.db", clock)
parts = Parts(database, Vault(folder / "vault.key"))
audit.note = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
if what == "promote":
    wanted = Promotion("development", "production", {}, None, lambda limits: limits)
    deployments.promote(parts, SYSTEM, "shop", "health-check", wanted)
elif what == "approve":
    approvals.approve(parts, SYSTEM, "shop", "health-check", 1)
else:
    FirstOccurrence(database, database.changes, clock, parts.vault)._decide_all()
"""


def kill_in_the_middle_of(house: Installation, what: str) -> None:
    """A process of its own does it, and is killed after all of it was written and before it is committed."""
    command = [sys.executable, "-c", KILLED, str(house.folder), what, house.clock.now().isoformat()]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr


def everything(house: Installation) -> dict[str, Any]:
    """All rows that a deployment is made of, or leaves behind; that an attempt was refused is not among them."""
    names = ("deployments", "schedules", "executions", "secrets", "requests", "request_secrets", "configuration")
    with house.database.read() as tx:
        found = {name: _in_order(tx.execute(sa.select(metadata.tables[name])).all()) for name in names}
        told = _in_order(tx.execute(sa.select(audit).where(audit.c.outcome == "succeeded")).all())
    return {**found, "audit": told}


def _in_order(rows: Sequence[Any]) -> list[Any]:
    return sorted(rows, key=repr)


def in_production(house: Installation) -> Any:
    return house.get(f"{COMPONENT}/environments")[1]["deployment"]


def test_an_incomplete_configuration_changes_nothing_and_says_what_is_missing(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    house.deploy(configuration={"region": "eu", "api_key": "key-of-development"})
    before = everything(house)

    fields = house.fields(PROMOTIONS, {"configuration": {"region": "EU", "tries": 99}})

    assert sorted(fields) == ["configuration.region", "configuration.tries"]
    assert everything(house) == before


def test_where_nobody_is_there_to_run_it_it_is_deployed_and_says_what_it_waits_for(house: Installation) -> None:
    house.deployed()
    house.post(f"{V1}/environments/production/data-plane", {"data_plane": "agents"})

    made = house.post(PROMOTIONS, {})
    house.pass_time(10)

    assert made["status"] == "active"
    [waiting] = house.get(f"{COMPONENT}/environments")[1]["strip"]
    assert waiting["state"] == "queued"
    assert "none of Production has asked for work yet" in waiting["reason"]["sentence"]


def test_two_people_who_promote_at_once_follow_each_other(house: Installation) -> None:
    house.deployed()

    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda time_out: house.post(PROMOTIONS, {"time_out_s": time_out}), [10, 20, 30]))

    assert sorted(each["number"] for each in answers) == [1, 2, 3]
    found = house.get(f"{COMPONENT}/deployments", environment="production")
    assert [(each["number"], each["status"]) for each in found] == [
        (3, "active"),
        (2, "superseded"),
        (1, "superseded"),
    ]
    planned = [row for row in everything(house)["executions"] if State(row.state) is State.PLANNED]
    assert len(planned) == 2  # of development, and of the one that production has


def test_one_who_promotes_while_another_goes_back_is_followed_or_follows(house: Installation) -> None:
    house.deployed()
    house.post(PROMOTIONS, {})
    house.post(PROMOTIONS, {"time_out_s": 10})
    acts = [(PROMOTIONS, {"time_out_s": 20}), (f"{COMPONENT}/environments/production/rollback", {"to": 1})]

    with ThreadPoolExecutor() as pool:
        made = list(pool.map(lambda act: house.post(*act), acts))

    assert sorted(each["number"] for each in made) == [3, 4]
    last = max(made, key=lambda each: each["number"])
    assert in_production(house) == {**last, "schedules": in_production(house)["schedules"]}


@pytest.mark.slow
def test_a_promotion_that_is_cut_off_has_not_happened(house: Installation) -> None:
    house.deployed()
    house.post(PROMOTIONS, {})
    before = everything(house)

    kill_in_the_middle_of(house, "promote")

    assert everything(house) == before
    assert house.post(PROMOTIONS, {})["number"] == 2


@pytest.mark.slow
def test_an_approval_that_is_cut_off_has_not_happened(house: Installation) -> None:
    house.deployed()
    house.put(RULE, {"role": "admin"})
    bea = {"Authorization": f"Bearer {somebody(house, Role.ADMIN, name='Bea')}"}
    with httpx.Client(transport=house.inside, base_url=HERE, headers=bea) as other:
        asked = {"environment": "production", "configuration": CONFIGURATION, "schedules": [EVERY_10_S]}
        assert other.post(REQUESTS, json={"deployment": asked}).status_code == 201
    before = everything(house)

    kill_in_the_middle_of(house, "approve")

    assert everything(house) == before
    assert house.post(f"{REQUESTS}/1/approve", {})["status"] == "approved"
    assert in_production(house)["number"] == 1


@pytest.mark.slow
def test_a_server_that_is_killed_while_it_goes_back_has_not_and_the_next_one_does(house: Installation) -> None:
    house.deployed()
    house.post(PROMOTIONS, {})
    house.post(PROMOTIONS, {"watch": True})
    house.pass_time(10)
    with house.database.begin() as tx:
        failed = {"state": str(State.FAILED), "finished_at": tx.now, "reason": "The task ended with exit code 1."}
        tx.execute(executions.update().where(executions.c.state == str(State.QUEUED)).values(**failed))
    before = everything(house)

    kill_in_the_middle_of(house, "watch")

    assert everything(house) == before
    assert watched(house) == [1, 0]
    made = in_production(house)
    assert (made["number"], made["rolled_back_to"], made["created_by"]) == (3, 1, "Clockhouse")
    assert made["pause"]["note"].startswith("Deployment 2 failed at its first occurrence")


def watched(house: Installation) -> list[int]:
    """How many deployments are decided about, twice in a row."""
    duty = FirstOccurrence(house.database, house.database.changes, house.clock, house.parts.vault)
    return [duty._decide_all(), duty._decide_all()]
