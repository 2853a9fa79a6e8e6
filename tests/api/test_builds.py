"""Builds, asked for and looked at; what builds them is tested elsewhere."""

from tests.support.api import COMPONENT, Installation

from clockhouse.kit.declared import Problem
from clockhouse.model.build import Status
from clockhouse.store import builds, components


def test_a_build_is_queued_for_the_newest_commit(house: Installation) -> None:
    house.create()
    saved = house.save({"main.py": "print(1)\n"}, message="Print")

    made = house.post(f"{COMPONENT}/builds", {})

    assert (made["number"], made["status"], made["commit"], made["requested_by"]) == (1, "queued", saved, "admin")
    assert house.get(f"{COMPONENT}/builds/1") == made


def test_a_commit_is_built_once(house: Installation) -> None:
    house.create()
    first = house.post(f"{COMPONENT}/builds", {})

    assert house.post(f"{COMPONENT}/builds", {})["number"] == first["number"]
    house.build()
    assert house.post(f"{COMPONENT}/builds", {"commit": first["commit"]["sha"]})["number"] == first["number"]


def test_a_commit_is_built_again_where_that_is_asked_for(house: Installation) -> None:
    house.create()
    house.build()

    again = house.post(f"{COMPONENT}/builds", {"again": True})

    assert (again["number"], again["status"]) == (2, "queued")
    assert house.post(f"{COMPONENT}/builds", {"again": True})["number"] == 2


def test_a_build_that_did_not_succeed_may_be_tried_again(house: Installation) -> None:
    house.create()
    house.post(f"{COMPONENT}/builds", {})
    house.post(f"{COMPONENT}/builds/1/cancel")

    assert house.post(f"{COMPONENT}/builds", {})["number"] == 2
    assert [each["number"] for each in house.get(f"{COMPONENT}/builds")] == [2, 1]
    assert [each["number"] for each in house.get(f"{COMPONENT}/builds", before=2, limit=1)] == [1]


def test_a_build_that_waits_is_cancelled_at_once_and_only_once(house: Installation) -> None:
    house.create()
    house.post(f"{COMPONENT}/builds", {})

    ended = house.post(f"{COMPONENT}/builds/1/cancel")

    assert ended["status"] == "cancelled"
    assert "admin cancelled it" in ended["problem"]["message"]
    house.refused(409, "POST", f"{COMPONENT}/builds/1/cancel")


def test_a_succeeded_build_tells_what_the_code_declares(house: Installation) -> None:
    house.create()
    house.build()

    build = house.get(f"{COMPONENT}/builds/1")

    assert build["status"] == "succeeded"
    assert [(each["name"], each["type"], each["required"]) for each in build["settings"]] == [
        ("url", "text", True),
        ("bearer_token", "secret", False),
        ("timeout_seconds", "number", False),
        ("expected_status", "integer", False),
    ]


def test_a_failed_build_tells_the_line(house: Installation) -> None:
    house.create()
    house.post(f"{COMPONENT}/builds", {})
    with house.database.begin() as tx:
        build = builds.get(tx, components.get(tx, "shop", "health-check"), 1)
        builds.fail(tx, build, Status.FAILED, Problem("Python can't read this.", "main.py", 3, "x = ("))

    problem = house.get(f"{COMPONENT}/builds/1")["problem"]

    assert problem == {"message": "Python can't read this.", "path": "main.py", "line": 3, "excerpt": "x = ("}


def test_only_a_commit_that_there_is_can_be_built(house: Installation) -> None:
    house.create()

    house.refused(404, "POST", f"{COMPONENT}/builds", {"commit": "0" * 40})
    assert set(house.fields(f"{COMPONENT}/builds", {"commit": "main"})) == {"commit"}
    assert house.get(f"{COMPONENT}/builds") == []
