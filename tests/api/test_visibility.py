"""Lists show what one may see, and nothing of other projects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.api import CONFIGURATION, HERE, V1, Installation
from tests.support.people import somebody

from clockhouse.model.actor import Role
from clockhouse.store import actors, projects, tallies

PROJECTS = ("bank", "depot", "shop")
EVERY_MINUTE = {"trigger": {"kind": "cron", "expression": "* * * * *"}}


@pytest.fixture
def town(house: Installation) -> Installation:
    """Three projects, each with a component that ran five times by plan; the last of them waits."""
    for project in PROJECTS:
        component = f"{V1}/projects/{project}/components/health-check"
        house.post(f"{V1}/projects", {"name": project.title()})
        house.post(f"{V1}/projects/{project}/components", {"name": "Health check", "template": "health-check"})
        house.build(project)
        body = {"environment": "development", "configuration": CONFIGURATION, "schedules": [EVERY_MINUTE]}
        house.post(f"{component}/deployments", body)
    for minute in range(5):
        house.pass_time(60)
        if minute < 4:
            house.finish()
            with house.database.begin() as tx:
                tallies.add_up(tx, 100)
    return house


def seen_by(house: Installation, *of: str) -> Any:
    """What somebody is told who is a viewer of these projects."""
    token = somebody(house, Role.VIEWER, project=of[0], name="Bo")
    with house.database.begin() as tx:
        actor = actors.by_token(tx, token, actors.TokenKind.TOOL)
        assert actor is not None
        for each in of[1:]:
            actors.grant(tx, actor.id, Role.VIEWER, project_id=projects.get(tx, each).id, by="tests")

    def get(path: str, **params: Any) -> Any:
        carried = {"Authorization": f"Bearer {token}"}
        answer = house.client.get(f"{HERE}{V1}{path}", params=params, headers=carried)
        assert answer.is_success, answer.text
        return answer.json()

    return get


def pages(get: Any, limit: int, **chosen: Any) -> Iterator[dict[str, Any]]:
    before = None
    while True:
        page = get("/executions", limit=limit, **({"before": before} if before else {}), **chosen)
        yield from page["items"]
        before = page["next"]
        if before is None:
            return


def test_projects_are_those_that_one_may_see(town: Installation) -> None:
    assert [each["slug"] for each in seen_by(town, "shop")("/projects")] == ["shop"]
    assert [each["slug"] for each in town.get(f"{V1}/projects")] == list(PROJECTS)


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_of_executions_have_each_of_ones_projects_once(town: Installation, limit: int) -> None:
    mine = seen_by(town, "shop", "bank")

    found = list(pages(mine, limit))

    everything = list(pages(lambda path, **params: town.get(f"{V1}{path}", **params), 50))
    assert [each["id"] for each in found] == [each["id"] for each in everything if each["project"] != "depot"]
    assert len(found) == 10


def test_counts_are_of_what_one_may_see(town: Installation) -> None:
    mine = seen_by(town, "shop", "bank")

    assert mine("/executions")["counts"] == {"succeeded": 8, "queued": 2}
    assert mine("/executions", project="bank")["counts"] == {"succeeded": 4, "queued": 1}
    assert town.get(f"{V1}/executions")["counts"] == {"succeeded": 12, "queued": 3}


def test_measurements_are_of_what_one_may_see(town: Installation) -> None:
    mine = seen_by(town, "shop", "bank")

    def succeeded(answer: Any) -> int:
        return sum(bucket["counts"].get("succeeded", 0) for bucket in answer["buckets"])

    assert succeeded(mine("/metrics/outcomes")) == 8
    assert succeeded(town.get(f"{V1}/metrics/outcomes")) == 12
    assert mine("/metrics/delivery")["promised"] == 10
    promised = mine("/metrics/promises")
    assert sorted(each["project"] for each in promised["places"]) == ["bank", "shop"]


def test_whoever_makes_a_project_may_do_everything_in_it(house: Installation) -> None:
    carried = {"Authorization": f"Bearer {somebody(house, Role.DEVELOPER)}"}

    made = house.client.post(f"{V1}/projects", json={"name": "Mine"}, headers=carried)
    house.post(f"{V1}/projects", {"name": "Theirs"})

    assert made.status_code == 201
    assert house.client.delete(f"{V1}/projects/theirs", headers=carried).status_code == 403
    assert house.client.delete(f"{V1}/projects/mine", headers=carried).status_code == 204
