"""How a component is built: chosen once, noted with each build, and kept by a retry."""

import pytest
from tests.support.api import COMPONENT, V1, Installation

from clockhouse.control import builds as control
from clockhouse.control import recipes
from clockhouse.errors import Forbidden
from clockhouse.kit.declared import Problem
from clockhouse.model.actor import Actor, Role, of_installation
from clockhouse.model.build import Status
from clockhouse.store import builds, components

SETTINGS = f"{COMPONENT}/build-settings"
NOTHING = {
    "kind": None,
    "directory": "",
    "dockerfile": None,
    "arguments": {},
    "allow_root": False,
    "python": None,
    "time_out_s": None,
}


def end(house: Installation, number: int) -> None:
    with house.database.begin() as tx:
        build = builds.get(tx, components.get(tx, "shop", "health-check"), number)
        builds.fail(tx, build, Status.FAILED, Problem("No."))


def test_nothing_is_chosen_at_first_and_what_is_not_given_stays(house: Installation) -> None:
    house.create()
    assert house.get(SETTINGS) == NOTHING

    house.patch(SETTINGS, {"kind": "dockerfile", "arguments": {"VERSION": "2"}, "time_out_s": 90})
    changed = house.patch(SETTINGS, {"kind": None, "dockerfile": "docker/Dockerfile"})

    wanted = {"dockerfile": "docker/Dockerfile", "arguments": {"VERSION": "2"}, "time_out_s": 90}
    assert changed == house.get(SETTINGS) == {**NOTHING, **wanted}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"dockerfile": "../Dockerfile"}, "dockerfile"),
        ({"dockerfile": "/etc/passwd"}, "dockerfile"),
        ({"arguments": {"not a name": "1"}}, "arguments.not a name"),
        ({"arguments": {"LONG": "x" * 5000}}, "arguments.LONG"),
        ({"arguments": {f"A{n}": "" for n in range(51)}}, "arguments"),
        ({"python": "2.7"}, "python"),
        ({"time_out_s": 1}, "time_out_s"),
    ],
)
def test_what_cannot_be_is_refused(house: Installation, given: dict[str, object], field: str) -> None:
    house.create()
    error = house.refused(422, "PATCH", SETTINGS, given)
    assert list(error["fields"]) == [field]
    assert house.get(SETTINGS) == NOTHING


def test_it_takes_an_administrator_to_allow_root(house: Installation) -> None:
    house.create()
    developer = Actor("dora", "Dora", of_installation(Role.DEVELOPER))
    mine = (house.parts, developer, "shop", "health-check")
    with pytest.raises(Forbidden):
        recipes.change(*mine, {"allow_root": True})
    house.patch(SETTINGS, {"allow_root": True})
    assert recipes.change(*mine, {"python": "3.12"}).allow_root, "who is allowed already stays so"


def test_a_retry_does_not_allow_root_again(house: Installation) -> None:
    house.create()
    house.patch(SETTINGS, {"allow_root": True})
    house.post(f"{COMPONENT}/builds", {})
    end(house, 1)
    house.patch(SETTINGS, {"allow_root": False})
    developer = Actor("dora", "Dora", of_installation(Role.DEVELOPER))
    with pytest.raises(Forbidden):
        control.retry(house.parts, developer, "shop", "health-check", 1)
    assert house.post(f"{COMPONENT}/builds/1/retry")["recipe"]["allow_root"]


def test_a_build_is_made_by_the_settings_of_its_time_and_so_is_its_retry(house: Installation) -> None:
    house.create()
    house.patch(SETTINGS, {"arguments": {"VERSION": "1"}})
    first = house.post(f"{COMPONENT}/builds", {})
    house.refused(409, "POST", f"{COMPONENT}/builds/1/retry")
    end(house, 1)
    house.patch(SETTINGS, {"arguments": {"VERSION": "2"}})

    retried = house.post(f"{COMPONENT}/builds/1/retry")
    anew = house.post(f"{COMPONENT}/builds", {})

    assert (retried["number"], retried["recipe"], retried["commit"]) == (2, first["recipe"], first["commit"])
    assert house.post(f"{COMPONENT}/builds/1/retry")["number"] == 2, "while it waits there is no other"
    assert (anew["number"], anew["recipe"]["arguments"]) == (3, {"VERSION": "2"})


def test_a_commit_is_built_again_when_its_settings_have_changed(house: Installation) -> None:
    house.create()
    house.build()
    assert house.post(f"{COMPONENT}/builds", {})["number"] == 1
    house.patch(SETTINGS, {"python": "3.12"})
    assert house.post(f"{COMPONENT}/builds", {})["number"] == 2


def test_a_component_of_a_ready_image_says_so_in_its_source_and_is_built_at_once(house: Installation) -> None:
    house.post(f"{V1}/projects", {"name": "Shop"})

    made = house.post(
        f"{V1}/projects/shop/components", {"name": "Report", "image": " registry.example.org/report:1.4 "}
    )

    address = f"{V1}/projects/shop/components/{made['slug']}"
    files = {file["path"]: file["text"] for file in house.get(f"{address}/source")["files"]}
    assert list(files) == ["image.toml"]
    assert 'image = "registry.example.org/report:1.4"\n' in files["image.toml"]
    assert [(each["number"], each["status"]) for each in house.get(f"{address}/builds")] == [(1, "queued")]


def test_what_names_no_image_is_refused(house: Installation) -> None:
    house.post(f"{V1}/projects", {"name": "Shop"})
    fields = house.fields(f"{V1}/projects/shop/components", {"name": "Report", "image": "Not An Image"})
    assert fields == {"image": "“Not An Image” names no image. Write it like registry.example.org/reports:1.4."}
