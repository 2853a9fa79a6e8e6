"""The audit trail over HTTP: who sees what of it, what is told of requests, how it is exported and kept."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.support.api import COMPONENT, HERE, SECRETIVE, V1, Installation

from clockhouse.control.refusals import Refusals
from clockhouse.model.actor import SYSTEM, Role
from clockhouse.model.person import Kind
from clockhouse.store import actors, people, projects
from clockhouse.store.actors import TokenKind

AUDIT = f"{V1}/audit"


def entries(house: Installation, **wanted: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.get(AUDIT, **wanted)["items"]
    return found


def somebody(house: Installation, name: str, role: Role, project: str | None = None) -> httpx.Client:
    """A person with one role, who shows a personal token."""
    with house.database.begin() as tx:
        person = people.add(tx, name=name, kind=Kind.PERSON, login=name.lower(), by=SYSTEM)
        where = projects.get(tx, project).id if project else None
        actors.grant(tx, person.id, role, project_id=where, production=False, by="tests")
        token = actors.give_token(tx, person, TokenKind.PERSONAL, name="laptop")
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(transport=house.inside, base_url=HERE, headers=headers)


def test_what_was_done_is_told_with_where_it_came_from(house: Installation) -> None:
    house.deployed()

    [made] = entries(house, action="deployment")

    assert (made["actor"], made["action"], made["object"]) == ("admin", "deployment.created", "shop/health-check")
    assert (made["project"], made["environment"], made["outcome"]) == ("shop", "development", "succeeded")
    assert (made["address"], made["way"]) == ("127.0.0.1", "the server's token")
    [again] = [each for each in entries(house, object="shop", text="HEALTH") if each["action"] == "component.created"]
    assert again["object"] == "shop/health-check"


def test_a_browser_and_a_named_token_are_told_apart(house: Installation) -> None:
    browser, ada = house.browser(), somebody(house, "Ada", Role.ADMIN)
    assert browser.post(f"{V1}/projects", json={"name": "One"}).is_success
    assert ada.post(f"{V1}/projects", json={"name": "Two"}, headers={"User-Agent": "clockhouse/1.0"}).is_success

    ways = {each["object"]: each["way"] for each in entries(house, action="project.created")}

    assert ways == {"one": "browser", "two": "command line, token laptop"}


def test_what_is_refused_is_told_once_a_minute_with_how_often(house: Installation) -> None:
    house.deployed()
    viewer = somebody(house, "Vera", Role.VIEWER)
    for _ in range(3):
        assert viewer.post(f"{COMPONENT}/environments/development/stop").status_code == 403
    house.clock.advance(timedelta(minutes=1))
    assert viewer.post(f"{COMPONENT}/environments/development/stop").status_code == 403

    later, first = entries(house, outcome="refused")

    assert (first["actor"], first["action"], first["project"]) == ("Vera", "call.stop", "shop")
    assert first["environment"] == "development"
    assert "You may not deploy" in first["facts"]["sentence"]
    assert "more_of_the_same" not in first["facts"]
    assert later["facts"]["more_of_the_same"] == 2


def test_what_failed_is_told_and_what_is_only_asked_is_not(house: Installation) -> None:
    house.create()
    house.refused(409, "POST", f"{V1}/projects", {"name": "Shop"})
    house.refused(404, "GET", f"{V1}/projects/gone")
    house.refused(422, "POST", f"{V1}/schedules/preview", {"trigger": {"kind": "nothing"}})

    [failed] = entries(house, outcome="failed")

    assert (failed["action"], failed["object"]) == ("call.create-project", "installation")
    assert "already" in failed["facts"]["sentence"]


def test_a_wrong_token_and_a_stale_link_are_told_without_what_was_shown(house: Installation) -> None:
    stranger = house.anonymous()
    for _ in range(3):
        assert stranger.get(f"{V1}/projects", headers={"Authorization": "Bearer planted-nonsense"}).status_code == 401
        assert stranger.get(f"{V1}/projects").status_code == 401  # a session that has ended: nothing is tried
        assert stranger.post(f"{V1}/session", json={"token": "planted-link"}).status_code == 401

    found = entries(house, actor="somebody")

    assert {each["action"] for each in found} == {"call.list-projects", "call.sign-in"}
    assert len(found) == 2
    assert {each["outcome"] for each in found} == {"refused"}
    assert "planted" not in json.dumps(found)


def test_a_flood_fills_no_disk(house: Installation) -> None:
    refusals, now = Refusals(), house.clock.now()

    written = sum(refusals.admit("ada", number, now, timedelta(minutes=1)) is not None for number in range(5000))

    assert written == 60
    assert refusals.admit("ada", "another", now + timedelta(minutes=1), timedelta(minutes=1)) == 0


def test_who_administers_a_project_sees_what_is_of_it_alone(house: Installation) -> None:
    house.create()
    house.post(f"{V1}/projects", {"name": "Mill"})
    ada, vera = somebody(house, "Ada", Role.ADMIN, "shop"), somebody(house, "Vera", Role.OPERATOR)

    assert {each["project"] for each in ada.get(AUDIT).json()["items"]} == {"shop"}
    assert {each["project"] for each in ada.get(AUDIT, params={"project": "shop"}).json()["items"]} == {"shop"}
    assert ada.get(AUDIT, params={"project": "mill"}).status_code in (403, 404)
    assert ada.post(f"{AUDIT}/retention", json={"days": None}).status_code == 403
    assert "mill" not in ada.get(f"{AUDIT}/export").text
    assert vera.get(AUDIT).status_code == 403
    assert vera.get(f"{AUDIT}/export").status_code == 403


def test_what_was_of_a_removed_project_is_not_told_to_who_makes_one_of_the_same_address(house: Installation) -> None:
    """Else whoever may make projects could look into those of others."""
    house.create()
    house.delete(f"{V1}/projects/shop")
    house.clock.advance(timedelta(minutes=1))
    eve = somebody(house, "Eve", Role.DEVELOPER)
    assert eve.post(f"{V1}/projects", json={"name": "Shop"}).is_success

    for wanted in ({}, {"project": "shop"}):
        told = eve.get(AUDIT, params=wanted).json()["items"]
        assert {each["actor"] for each in told} == {"Eve"}, wanted
        assert {each["action"] for each in told} == {"project.created", "person.granted"}
    assert "health-check" not in eve.get(f"{AUDIT}/export", params={"project": "shop"}).text
    assert {each["actor"] for each in entries(house, project="shop")} == {"admin", "Eve"}


def test_pages_follow_each_other_without_gaps(house: Installation) -> None:
    for number in range(7):
        house.post(f"{V1}/projects", {"name": f"Number {number}"})
    whole = [each["id"] for each in entries(house, action="project.created")]

    found, before = [], None
    while True:
        page = house.get(AUDIT, action="project.created", limit=3, **({"before": before} if before else {}))
        found += [each["id"] for each in page["items"]]
        before = page["next"]
        if before is None:
            break

    assert found == whole
    assert len(found) == 7


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_all_of_it_is_exported_and_that_is_told_too(house: Installation, form: str) -> None:
    with house.database.begin() as tx:
        projects.add(tx, slug="other", name="Other", description="")
    house.create()
    house.patch(f"{V1}/environments/production", {"name": "=1+1"})

    answer = house.client.get(f"{AUDIT}/export", params={"format": form})

    rows = (
        list(csv.DictReader(io.StringIO(answer.text)))
        if form == "csv"
        else [json.loads(line) for line in answer.text.splitlines()]
    )
    assert answer.headers["Content-Disposition"] == f'attachment; filename="audit.{form}"'
    assert "audit.exported" in {row["action"] for row in rows}
    assert sorted(row["id"] for row in rows) == sorted(each["id"] for each in entries(house))


def test_a_cell_that_a_spreadsheet_would_reckon_with_is_text(house: Installation) -> None:
    ada = somebody(house, '=HYPERLINK("http://x")', Role.ADMIN)
    assert ada.post(f"{V1}/projects", json={"name": "One"}).is_success

    rows = csv.DictReader(io.StringIO(house.client.get(f"{AUDIT}/export").text))

    assert "'=HYPERLINK" in next(row["actor"] for row in rows if row["action"] == "project.created")


def test_it_is_kept_a_year_unless_told_otherwise(house: Installation) -> None:
    assert house.get(f"{AUDIT}/retention") == {"days": 365}
    assert house.post(f"{AUDIT}/retention", {"days": None}) == {"days": None}
    assert set(house.fields(f"{AUDIT}/retention", {"days": 29})) == {"days"}
    assert house.post(f"{AUDIT}/retention", {"days": 730}) == {"days": 730}
    assert {each["facts"]["days"] for each in entries(house, action="audit")} == {730, None}


def test_the_use_of_secrets_is_told_once_a_day_for_each_deployment(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    for key in ("key-planted-1", "key-planted-2"):
        house.deploy(configuration={"region": "eu", "api_key": key})
        for _ in range(2):
            house.post(f"{COMPONENT}/environments/development/run", {})
            house.finish()
    first = entries(house, action="secret.handed-out")
    house.clock.advance(timedelta(days=1))
    house.post(f"{COMPONENT}/environments/development/run", {})
    house.finish()

    assert sorted(each["facts"]["number"] for each in first) == [1, 2]
    assert {each["facts"]["names"] for each in first} == {"api_key"}
    assert {(each["object"], each["environment"], each["way"]) for each in first} == {
        ("shop/health-check", "development", "the system")
    }
    assert len(entries(house, action="secret.handed-out")) == 3
    assert b"key-planted" not in house.client.get(f"{AUDIT}/export").content
