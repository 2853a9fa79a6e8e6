"""Deployments that have to be approved: asked for, approved or rejected by others, taken back, or expired."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from tests.support.api import COMPONENT, CONFIGURATION, EVERY_10_S, HERE, SECRETIVE, V1, Installation
from tests.support.people import somebody

from clockhouse.model.actor import SYSTEM, Role
from clockhouse.store import actors as actors_store
from clockhouse.store import projects
from clockhouse.store.tables.actors import actors, grants
from clockhouse.store.tables.audit import audit
from clockhouse.store.tables.builds import builds
from clockhouse.store.tables.deployments import request_secrets
from clockhouse.store.tables.deployments import requests as requests_table

REQUESTS, DEPLOYMENTS = f"{COMPONENT}/requests", f"{COMPONENT}/deployments"
RULE = f"{V1}/environments/production/approval"
WISH = {"environment": "production", "configuration": CONFIGURATION, "schedules": [EVERY_10_S]}

Person = Callable[..., httpx.Client]


@pytest.fixture
def person(house: Installation) -> Person:
    """Somebody with a role and a token of their own."""

    def made(role: Role, **where: Any) -> httpx.Client:
        token = somebody(house, role, **where)
        return httpx.Client(transport=house.inside, base_url=HERE, headers={"Authorization": f"Bearer {token}"})

    return made


@pytest.fixture
def asked(house: Installation) -> Any:
    """The first request, of the administrator: production has to be approved by administrators."""
    house.deployed()
    house.put(RULE, {"role": "admin"})
    return house.post(REQUESTS, {"promotion": {"configuration": {"expected_status": 204}}, "note": "It is ready"})


def in_production(house: Installation) -> Any:
    return house.get(f"{COMPONENT}/environments")[1]["deployment"]


def actions(house: Installation) -> list[str]:
    with house.database.read() as tx:
        return list(tx.execute(sa.select(audit.c.action).order_by(audit.c.id)).scalars())


def test_where_it_has_to_be_approved_nothing_is_deployed_at_once(house: Installation) -> None:
    house.deployed()
    house.put(RULE, {"role": "admin"})

    for path, body in [(f"{COMPONENT}/promotions", {}), (DEPLOYMENTS, WISH)]:
        assert "has to be approved" in house.refused(409, "POST", path, body)["message"]
    assert in_production(house) is None
    assert house.deploy()["environment"] == "development"


def test_where_nobody_has_to_approve_nothing_is_asked_for(house: Installation) -> None:
    house.deployed()

    assert "Nobody has to approve" in house.refused(409, "POST", REQUESTS, {"promotion": {}})["message"]


def test_a_request_tells_what_it_is_about(house: Installation, asked: Any) -> None:
    assert asked["status"] == "open"
    assert (asked["number"], asked["requested_by"], asked["note"], asked["source"]) == (
        1,
        "admin",
        "It is ready",
        "development",
    )
    assert asked["expires_at"] == "2026-11-29T12:00:00Z"
    assert asked["configuration"]["expected_status"]["value"] == 204
    assert asked["schedules"] == ["Every 10 seconds"]
    names = ("project_name", "component_name", "environment_name")
    assert [asked[name] for name in names] == ["Shop", "Health check", "Production"]
    assert (asked["may_decide"], asked["may_cancel"], asked["changes"]) == (False, True, None)
    assert house.get(REQUESTS) == house.get(f"{V1}/requests") == [asked]
    assert in_production(house) is None


def test_approved_it_is_deployed_as_it_was_asked_for(house: Installation, person: Person, asked: Any) -> None:
    house.deploy(configuration={**CONFIGURATION, "expected_status": 500}, schedules=[])  # development goes on

    answer = person(Role.ADMIN, name="Bea").post(f"{REQUESTS}/1/approve", json={"comment": "Fine"}).json()

    assert (answer["status"], answer["decided_by"], answer["comment"], answer["deployment"]) == (
        "approved",
        "Bea",
        "Fine",
        1,
    )
    made = in_production(house)
    assert (made["created_by"], made["release"]) == ("admin", asked["release"])
    assert made["configuration"]["expected_status"]["value"] == 204
    assert [each["words"] for each in made["schedules"]] == ["Every 10 seconds"]
    assert {"request.made", "request.approved", "deployment.created"} <= set(actions(house))
    assert house.get(f"{V1}/requests") == []


def test_what_was_approved_is_what_the_next_deployment_begins_with(
    house: Installation, person: Person, asked: Any
) -> None:
    configuration = f"{COMPONENT}/configuration"
    before = house.get(configuration)
    person(Role.ADMIN).post(f"{REQUESTS}/{asked['number']}/approve", json={})

    assert before != house.get(configuration)


def test_nobody_approves_their_own(house: Installation, asked: Any) -> None:
    for verb in ("approve", "reject"):
        assert "their own" in house.refused(403, "POST", f"{REQUESTS}/1/{verb}", {})["message"]
    assert house.get(REQUESTS) == [asked]


@pytest.mark.parametrize("email", ["Ada@Shop.example", "{id}@clockhouse.invalid"])
def test_who_committed_does_not_approve_of_what_is_asked_for_by_itself(
    house: Installation, person: Person, asked: Any, email: str
) -> None:
    ada, bea = person(Role.ADMIN, name="Ada"), person(Role.ADMIN, name="Bea")
    with house.database.begin() as tx:
        named = actors.c.name == "Ada"
        tx.execute(actors.update().where(named).values(login="ada@shop.example"))
        ada_id = tx.execute(sa.select(actors.c.id).where(named)).scalar_one()
        tx.execute(requests_table.update().values(requester_id=SYSTEM.id, requested_by=SYSTEM.name))
        tx.execute(builds.update().values(commit_email=email.format(id=ada_id)))

    refused = ada.post(f"{REQUESTS}/1/approve", json={})

    assert (refused.status_code, "names you as its author" in refused.text) == (403, True)
    [told] = ada.get(REQUESTS).json()
    assert (told["may_decide"], told["may_cancel"]) == (False, True)
    assert bea.get(REQUESTS).json()[0]["may_decide"]
    assert bea.post(f"{REQUESTS}/1/approve", json={}).json()["status"] == "approved"


def test_who_committed_may_approve_of_what_somebody_else_asked_for(
    house: Installation, person: Person, asked: Any
) -> None:
    ada = person(Role.ADMIN, name="Ada")
    with house.database.begin() as tx:
        tx.execute(actors.update().where(actors.c.name == "Ada").values(login="ada@shop.example"))
        tx.execute(builds.update().values(commit_email="ada@shop.example"))

    assert ada.post(f"{REQUESTS}/1/approve", json={}).json()["status"] == "approved"


def test_who_is_not_among_those_who_approve_does_not(house: Installation, person: Person, asked: Any) -> None:
    operator = person(Role.OPERATOR, production=True)

    assert operator.post(f"{REQUESTS}/1/approve", json={}).status_code == 403
    assert operator.get(REQUESTS).json() == [{**asked, "may_cancel": False}]


def test_people_approve_whatever_their_role(house: Installation, person: Person) -> None:
    house.deployed()
    viewer = person(Role.VIEWER, name="Bea")
    rule = house.put(RULE, {"people": ["Bea"]})["approval"]
    house.post(REQUESTS, {"deployment": WISH})

    assert rule == {"role": None, "people": ["Bea"]}
    assert [each["may_decide"] for each in viewer.get(f"{V1}/requests").json()] == [True]
    assert viewer.post(f"{REQUESTS}/1/approve", json={}).json()["status"] == "approved"
    assert person(Role.ADMIN, name="Cem").post(f"{REQUESTS}/1/approve", json={}).status_code == 409


def test_who_operates_elsewhere_may_ask(house: Installation, person: Person) -> None:
    house.deployed()
    house.put(RULE, {"role": "operator"})
    ada, bea = person(Role.OPERATOR, name="Ada"), person(Role.OPERATOR, name="Bea", production=True)

    assert ada.post(REQUESTS, json={"promotion": {}}).status_code == 201
    assert person(Role.OPERATOR, name="Cem").post(f"{REQUESTS}/1/approve", json={}).status_code == 403
    assert bea.post(f"{REQUESTS}/1/approve", json={}).json()["status"] == "approved"
    assert in_production(house)["created_by"] == "Ada"


def test_rejected_it_is_not_deployed(house: Installation, person: Person, asked: Any) -> None:
    answer = person(Role.ADMIN, name="Bea").post(f"{REQUESTS}/1/reject", json={"comment": "Not on a Friday"}).json()

    assert (answer["status"], answer["decided_by"], answer["comment"]) == ("rejected", "Bea", "Not on a Friday")
    assert in_production(house) is None
    assert "it is rejected" in house.refused(409, "POST", f"{REQUESTS}/{asked['number']}/cancel", {})["message"]


def test_one_takes_back_ones_own(house: Installation, person: Person, asked: Any) -> None:
    assert person(Role.OPERATOR, production=True).post(f"{REQUESTS}/1/cancel", json={}).status_code == 403

    assert house.post(f"{REQUESTS}/1/cancel", {})["status"] == "cancelled"
    assert house.post(REQUESTS, {"promotion": {}})["number"] == asked["number"] + 1


def test_one_waits_for_an_environment_and_no_more(house: Installation, asked: Any) -> None:
    error = house.refused(409, "POST", REQUESTS, {"deployment": WISH})

    assert "Request 1 of admin waits already for Production" in error["message"]
    assert house.get(REQUESTS) == [asked]


def test_of_two_who_ask_at_once_one_does(house: Installation) -> None:
    house.deployed()
    house.put(RULE, {"role": "admin"})

    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: house.client.post(REQUESTS, json={"promotion": {}}).status_code, range(4)))

    assert sorted(answers) == [201, 409, 409, 409]


def test_of_two_who_decide_at_once_one_does(house: Installation, person: Person, asked: Any) -> None:
    people = [person(Role.ADMIN, name=name) for name in ("Bea", "Cem")]
    verbs = [(people[0], "approve"), (people[1], "reject")]

    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda each: each[0].post(f"{REQUESTS}/1/{each[1]}", json={}).status_code, verbs))

    assert sorted(answers) == [200, 409]
    approved = house.get(f"{REQUESTS}/{asked['number']}")["status"] == "approved"
    assert (in_production(house) is not None) is approved


def test_after_a_week_it_has_expired(house: Installation, person: Person, asked: Any) -> None:
    house.clock.advance(timedelta(days=7))

    assert [each["status"] for each in house.get(REQUESTS)] == ["expired"]
    assert house.get(f"{V1}/requests") == []
    assert person(Role.ADMIN).post(f"{REQUESTS}/1/approve", json={}).status_code == 409
    assert house.post(REQUESTS, {"promotion": {}})["number"] == asked["number"] + 1
    assert "request.expired" in actions(house)


def test_a_release_that_was_retired_meanwhile_is_not_deployed(house: Installation, person: Person, asked: Any) -> None:
    with house.database.begin() as tx:
        tx.execute(builds.update().values(retired_at=tx.now))

    answer = person(Role.ADMIN).post(f"{REQUESTS}/{asked['number']}/approve", json={}).json()

    assert answer["status"] == "failed"
    assert "What build 1 made was removed" in answer["problem"]
    assert in_production(house) is None
    assert "request.failed" in actions(house)


def test_a_schedule_that_has_passed_meanwhile_is_not_deployed(house: Installation, person: Person) -> None:
    house.deployed()
    house.put(RULE, {"role": "admin"})
    once = {"trigger": {"kind": "once", "at": "2026-11-23T12:00:00Z"}}
    house.post(REQUESTS, {"deployment": {**WISH, "schedules": [once]}})
    house.clock.advance(timedelta(days=2))

    answer = person(Role.ADMIN).post(f"{REQUESTS}/1/approve", json={}).json()

    assert answer["status"] == "failed"
    assert "has passed meanwhile" in answer["problem"]


def test_an_incomplete_configuration_cannot_even_be_asked_for(house: Installation) -> None:
    house.deployed()
    house.put(RULE, {"role": "admin"})

    fields = house.fields(REQUESTS, {"deployment": {**WISH, "configuration": {}}})

    assert fields == {"configuration.url": "This has no default: give a value."}
    assert house.get(REQUESTS) == []


def test_other_schedules_are_asked_for_too(house: Installation, person: Person, asked: Any) -> None:
    person(Role.ADMIN).post(f"{REQUESTS}/{asked['number']}/approve", json={})
    there = f"{COMPONENT}/environments/production"
    minutely = {"trigger": {"kind": "interval", "every_s": 60}}
    assert house.refused(409, "POST", f"{there}/reschedule", {"schedules": [minutely]})

    made = house.post(REQUESTS, {"reschedule": {"environment": "production", "schedules": [minutely]}})

    assert [each["part"] for each in made["changes"]] == ["schedule"]
    person(Role.ADMIN, name="Bea").post(f"{REQUESTS}/2/approve", json={})
    assert [each["words"] for each in in_production(house)["schedules"]] == ["Every minute"]


def test_the_same_with_what_is_set_now_is_asked_for_too(house: Installation, person: Person, asked: Any) -> None:
    bea = person(Role.ADMIN, name="Bea")
    bea.post(f"{REQUESTS}/{asked['number']}/approve", json={})
    before, set_there = in_production(house), {"environment": "production"}
    house.client.put(f"{COMPONENT}/configuration/expected_status", json={"value": 418}, params=set_there)
    refused = house.refused(409, "POST", f"{COMPONENT}/environments/production/redeploy")
    [production] = [each for each in house.get(f"{COMPONENT}/configuration")["environments"] if each["needs_approval"]]

    made = house.post(REQUESTS, {"redeploy": {"environment": production["slug"]}, "note": "The new status"})

    assert "config redeploy" in refused["message"]
    assert [(each["part"], each["name"]) for each in made["changes"]] == [("setting", "expected_status")]
    bea.post(f"{REQUESTS}/2/approve", json={})
    after = in_production(house)
    assert (after["number"], after["created_by"], after["release"]) == (2, "admin", before["release"])
    assert after["configuration"]["expected_status"]["value"] == 418
    assert after["schedules"][0]["words"] == before["schedules"][0]["words"]


def test_a_roll_back_is_not_asked_for_and_the_audit_trail_says_so(
    house: Installation, person: Person, asked: Any
) -> None:
    house.put(RULE, {})
    for _ in range(2):
        house.post(f"{COMPONENT}/promotions", {})
    house.put(RULE, {"role": "admin"})

    made = house.post(f"{COMPONENT}/environments/production/rollback", {})

    assert (made["rolled_back_to"], asked["number"]) == (1, 1)
    [row] = house.get(f"{V1}/audit", action="deployment.rolled-back")["items"]
    assert row["facts"]["approval"] == "not asked for"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (actors.update().values(disabled_at=datetime(2026, 11, 22, tzinfo=UTC)), "was disabled or removed"),
        (actors.delete(), "was disabled or removed"),
        (grants.update().values(role="developer"), "Ada, who asked for it, may not deploy in this project"),
        (grants.delete(), "Ada, who asked for it, may not deploy in this project"),
    ],
    ids=["disabled", "removed", "a lesser role", "no role"],
)
def test_what_somebody_asked_for_who_could_not_now_is_not_deployed(
    house: Installation, person: Person, change: Any, problem: str
) -> None:
    house.deployed()
    house.put(RULE, {"role": "admin"})
    request = person(Role.OPERATOR, name="Ada").post(REQUESTS, json={"promotion": {}}).json()
    with house.database.begin() as tx:
        [ada] = tx.execute(sa.select(actors.c.id).where(actors.c.name == "Ada")).scalars()
        whose = actors.c.id if change.table is actors else grants.c.actor_id
        tx.execute(change.where(whose == ada))

    answer = house.post(f"{REQUESTS}/{request['number']}/approve", {})

    assert answer["status"] == "failed"
    assert problem in answer["problem"]
    assert in_production(house) is None
    assert "request.failed" in actions(house)


def test_who_asked_is_told_what_was_decided_until_they_have_seen_it(
    house: Installation, person: Person, asked: Any
) -> None:
    news = f"{V1}/requests/mine"
    ann = person(Role.ADMIN, name="Ann")
    assert [house.get(news, only_news=True), house.get(news)] == [[], [asked]]
    assert "still waits" in house.refused(409, "POST", f"{REQUESTS}/1/seen")["message"]
    ann.post(f"{REQUESTS}/1/reject", json={"comment": "Not on a Friday"})

    [told] = house.get(news, only_news=True)

    assert (told["status"], told["comment"], told["decided_by"], told["is_news"]) == (
        "rejected",
        "Not on a Friday",
        "Ann",
        True,
    )
    assert ann.get(news).json() == []
    assert ann.post(f"{REQUESTS}/1/seen").status_code == 409
    assert house.post(f"{REQUESTS}/1/seen") == {**told, "is_news": False}
    assert house.get(news, only_news=True) == []
    assert [each["number"] for each in house.get(news)] == [1]


def test_what_one_asked_for_where_one_may_not_look_any_more_takes_no_place(house: Installation, person: Person) -> None:
    depot = COMPONENT.replace("shop", "depot")
    house.deployed()
    house.post(f"{V1}/projects", {"name": "Depot"})
    house.post(f"{V1}/projects/depot/components", {"name": "Health check", "template": "health-check"})
    house.build("depot")
    house.post(f"{depot}/deployments", {**WISH, "environment": "development"})
    house.put(RULE, {"role": "admin"})
    ann = person(Role.OPERATOR, project="shop", name="Ann")
    with house.database.begin() as tx:
        ann_id = tx.execute(sa.select(actors.c.id).where(actors.c.name == "Ann")).scalar_one()
        depot_id = projects.get(tx, "depot").id
        actors_store.grant(tx, ann_id, Role.OPERATOR, project_id=depot_id, by="tests")
    for each in (COMPONENT, depot):
        house.clock.advance(timedelta(seconds=1))
        assert ann.post(f"{each}/requests", json={"promotion": {}}).is_success
    with house.database.begin() as tx:
        tx.execute(grants.delete().where(grants.c.project_id == depot_id))

    assert [each["project"] for each in ann.get(f"{V1}/requests/mine", params={"limit": 1}).json()] == ["shop"]


def test_what_expired_is_news_and_what_one_took_back_is_none(house: Installation, asked: Any) -> None:
    house.post(f"{REQUESTS}/{asked['number']}/cancel", {})
    house.post(REQUESTS, {"promotion": {}})
    house.clock.advance(timedelta(days=7))

    assert [(each["number"], each["status"]) for each in house.get(f"{V1}/requests/mine", only_news=True)] == [
        (2, "expired")
    ]


def test_secrets_wait_sealed_and_are_gone_once_it_is_decided(house: Installation, person: Person) -> None:
    house.create(source=SECRETIVE)
    house.build()
    house.put(RULE, {"role": "admin"})
    secret = {"region": "eu", "api_key": "key-correct-horse-battery"}
    asked = house.post(REQUESTS, {"deployment": {**WISH, "configuration": secret}})

    assert "correct-horse" not in str(asked)
    assert asked["configuration"]["api_key"] == {"value": None, "is_secret": True}
    assert b"correct-horse" not in house.stored()
    person(Role.ADMIN).post(f"{REQUESTS}/1/approve", json={})
    assert in_production(house)["configuration"]["api_key"]["is_secret"]
    with house.database.read() as tx:
        assert tx.execute(sa.select(request_secrets)).all() == []


def test_a_person_that_there_is_not_cannot_approve(house: Installation) -> None:
    fields = house.refused(422, "PUT", RULE, {"people": ["Nobody"]})["fields"]

    assert fields == {"people": "There is nobody called “Nobody”."}


def test_exactly_one_thing_is_asked_for(house: Installation) -> None:
    house.deployed()

    assert "exactly one" in house.fields(REQUESTS, {})["deployment"]
