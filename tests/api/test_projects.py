"""Projects, components and templates."""

import pytest
import sqlalchemy as sa
from tests.support.api import COMPONENT, V1, Installation

from clockhouse.store.tables.sources import git_objects


def test_a_project_gets_its_address_from_its_name(house: Installation) -> None:
    made = house.post(f"{V1}/projects", {"name": "  Web Shop & Co. ", "description": "All of it"})

    assert made == {
        "slug": "web-shop-co",
        "name": "Web Shop & Co.",
        "description": "All of it",
        "is_example": False,
        "components": 0,
        "created_at": "2026-11-22T12:00:00Z",
    }
    assert house.get(f"{V1}/projects/web-shop-co") == made


def test_projects_are_listed_by_name_with_how_many_components_they_have(house: Installation) -> None:
    house.create()
    house.post(f"{V1}/projects", {"name": "Alpha"})

    found = house.get(f"{V1}/projects")

    assert [(each["name"], each["components"]) for each in found] == [("Alpha", 0), ("Shop", 1)]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name"}),
        ({"name": "  "}, {"name"}),
        ({"name": "x" * 81}, {"name"}),
        ({"name": "???"}, {"name"}),
        ({"name": "Shop", "slug": "Not A Slug"}, {"slug"}),
        ({"name": 5, "slug": "x" * 61, "description": "x" * 501}, {"name", "slug", "description"}),
        ({"name": "Shop", "naem": "Shop"}, {"naem"}),
        ([], {"body"}),
        ("Shop", {"body"}),
    ],
)
def test_a_project_is_refused_field_by_field(house: Installation, body: object, fields: set[str]) -> None:
    assert set(house.fields(f"{V1}/projects", body)) == fields


def test_an_address_is_given_once(house: Installation) -> None:
    house.create()

    assert house.refused(409, "POST", f"{V1}/projects", {"name": "Shop"})["code"] == "conflict"
    again = {"name": "Health check", "template": "blank"}
    house.refused(409, "POST", f"{V1}/projects/shop/components", again)


def test_a_component_begins_with_its_templates_files(house: Installation) -> None:
    house.post(f"{V1}/projects", {"name": "Shop"})

    made = house.post(f"{V1}/projects/shop/components", {"name": "Health check", "template": "health-check"})

    assert made["kind"] == "scheduled"
    assert (made["project"], made["slug"], made["template"]) == ("shop", "health-check", "health-check")
    source = house.get(f"{COMPONENT}/source")
    assert [file["path"] for file in source["files"]] == ["main.py"]
    assert "class Config(TaskConfig):" in source["files"][0]["text"]
    assert source["commit"]["author"] == "admin"
    assert source["commit"]["message"] == "Start from “Application health check”"


def test_a_new_component_is_deployed_nowhere(house: Installation) -> None:
    house.create()

    (component,) = house.get(f"{V1}/projects/shop/components")

    assert component == house.get(COMPONENT)
    cards = component["environments"]
    assert [card["environment"]["slug"] for card in cards] == ["development", "production"]
    assert all(card["deployment"] is None and card["strip"] == [] and card["last"] is None for card in cards)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": "A", "template": "nope"}, {"template"}),
        ({"name": "A", "template": "../health_check"}, {"template"}),
        ({"name": "\u4e2d"}, {"name"}),
        ({"name": "A", "kind": "manual"}, {"kind"}),
    ],
)
def test_a_component_is_refused_field_by_field(house: Installation, body: object, fields: set[str]) -> None:
    house.post(f"{V1}/projects", {"name": "Shop"})

    assert set(house.fields(f"{V1}/projects/shop/components", body)) == fields
    assert house.get(f"{V1}/projects/shop/components") == []


def test_removing_a_project_removes_all_that_it_had(house: Installation) -> None:
    house.deployed()
    house.pass_time(25)
    (execution, *_) = house.finish(lines=["hello"])

    house.delete(f"{V1}/projects/shop")

    assert house.get(f"{V1}/projects") == []
    house.refused(404, "GET", COMPONENT)
    house.refused(404, "GET", f"{V1}/executions/{execution}")
    assert house.get(f"{V1}/executions")["items"] == []
    with house.database.read() as tx:
        assert tx.execute(sa.select(git_objects)).all() == []


def test_removing_a_component_leaves_the_project_and_frees_the_address(house: Installation) -> None:
    house.deployed()

    house.delete(COMPONENT)

    assert house.get(f"{V1}/projects/shop")["components"] == 0
    house.post(f"{V1}/projects/shop/components", {"name": "Health check"})
    assert house.get(f"{COMPONENT}/builds") == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/projects/nope"),
        ("DELETE", "/projects/nope"),
        ("GET", "/projects/nope/components"),
        ("POST", "/projects/nope/components"),
        ("GET", "/projects/shop/components/nope"),
        ("DELETE", "/projects/shop/components/nope"),
        ("GET", "/projects/shop/components/nope/source"),
        ("GET", "/projects/shop/components/nope/commits"),
        ("GET", "/projects/shop/components/nope/builds"),
        ("POST", "/projects/shop/components/nope/builds"),
        ("GET", "/projects/shop/components/health-check/builds/7"),
        ("POST", "/projects/shop/components/health-check/builds/7/cancel"),
        ("GET", "/projects/shop/components/health-check/builds/7/log"),
        ("GET", "/projects/shop/components/health-check/builds/7/log/stream"),
        ("GET", f"/projects/shop/components/health-check/source?commit={'0' * 40}"),
        ("GET", f"/projects/shop/components/health-check/commits?before={'0' * 40}"),
        ("GET", "/projects/shop/components/nope/environments"),
        ("GET", "/projects/shop/components/nope/deployments"),
        ("POST", "/projects/shop/components/health-check/environments/nope/resume"),
        ("POST", "/projects/shop/components/health-check/environments/nope/run"),
        ("POST", "/projects/shop/components/health-check/environments/nope/stop"),
        ("GET", "/executions/nope"),
        ("POST", "/executions/nope/stop"),
        ("GET", "/executions/nope/log"),
        ("GET", "/executions/nope/log.txt"),
        ("GET", "/executions/nope/log/stream"),
        ("GET", "/executions?project=nope"),
        ("GET", "/executions?project=shop&component=nope"),
        ("GET", "/executions?environment=nope"),
        ("GET", "/metrics/outcomes?project=nope"),
        ("GET", "/metrics/delivery?environment=nope"),
    ],
)
def test_what_there_is_not_is_not_found(house: Installation, method: str, path: str) -> None:
    house.create()
    body = {"name": "A"} if path.endswith("components") else {}

    assert house.refused(404, method, V1 + path, body if method == "POST" else None)["code"] == "not_found"


def test_templates_explain_themselves(house: Installation) -> None:
    found = {each["key"]: each for each in house.get(f"{V1}/templates")}

    assert next(iter(found)) == "health-check"
    assert found["health-check"]["title"] == "Application health check"
    assert all(each["summary"] and each["explanation"] for each in found.values())


def test_a_project_is_paused_and_resumed_in_one_request(house: Installation) -> None:
    house.deployed()
    house.deploy("production")
    house.post(f"{COMPONENT}/environments/production/pause", {"note": "Its own"})

    paused = house.post(f"{V1}/projects/shop/pause", {"note": "Moving house", "until": "2026-11-23T08:00:00Z"})

    assert paused == [
        {
            "component": "health-check",
            "environment": "development",
            "pause": {
                "at": "2026-11-22T12:00:00Z",
                "by": "admin",
                "note": "Moving house",
                "until": "2026-11-23T08:00:00Z",
            },
        }
    ]
    production = house.get(f"{COMPONENT}/environments")[1]["deployment"]
    assert production["pause"]["note"] == "Its own"
    resumed = house.post(f"{V1}/projects/shop/resume", {})
    assert [(each["environment"], each["pause"]) for each in resumed] == [("development", None), ("production", None)]
    assert house.post(f"{V1}/projects/shop/resume", {}) == []


def test_a_project_is_paused_in_one_environment(house: Installation) -> None:
    house.deployed()
    house.deploy("production")

    paused = house.post(f"{V1}/projects/shop/pause", {"environment": "production"})

    assert [each["environment"] for each in paused] == ["production"]
    assert house.get(f"{COMPONENT}/environments")[0]["deployment"]["pause"] is None
    house.refused(404, "POST", f"{V1}/projects/shop/pause", {"environment": "moon"})
    house.refused(404, "POST", f"{V1}/projects/gone/resume", {})
