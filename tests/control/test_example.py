"""The example project: brought once, gone on with when it was cut off, left removed when it was removed."""

import asyncio
from collections.abc import Awaitable, Iterator
from pathlib import Path

import pytest
from tests.support.api import V1, Installation, installed, migrated
from tests.support.waiting import comes

from clockhouse import example
from clockhouse.errors import Internal
from clockhouse.kit.declared import Problem
from clockhouse.model.build import Status
from clockhouse.store import builds, components

COMPONENT = f"{V1}/projects/example/components/health-check"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    (tmp_path / "house").mkdir()
    with installed(tmp_path / "house", migrated(tmp_path / "empty.db")) as installation:
        yield installation


def bring(house: Installation) -> Awaitable[None]:
    return example.bring(house.parts, "http://127.0.0.1:8420")


def is_building(house: Installation) -> bool:
    (project,) = house.get(f"{V1}/projects") or [None]
    return bool(project and project["components"] and house.get(f"{COMPONENT}/builds"))


async def _brought(house: Installation) -> None:
    async with asyncio.TaskGroup() as tasks:
        bringing = tasks.create_task(bring(house))
        await comes(lambda: is_building(house))
        await asyncio.to_thread(house.build, "example", "health-check")
        await bringing


def brought(house: Installation) -> None:
    asyncio.run(_brought(house))


def test_an_empty_database_gets_the_health_check_of_the_server_itself(house: Installation) -> None:
    brought(house)

    (project,) = house.get(f"{V1}/projects")
    assert (project["name"], project["is_example"], project["components"]) == ("Example", True, 1)
    cards = {card["environment"]["slug"]: card["deployment"] for card in house.get(COMPONENT)["environments"]}
    assert [each["words"] for each in cards["development"]["schedules"]] == ["Every 10 seconds"]
    assert [each["words"] for each in cards["production"]["schedules"]] == ["Every minute"]
    for deployment in cards.values():
        assert deployment["configuration"]["url"]["value"] == "http://127.0.0.1:8420/healthz"
        assert deployment["time_out_s"] == 15
    assert cards["development"]["release"] == cards["production"]["release"]


def test_it_is_brought_once(house: Installation) -> None:
    brought(house)
    asyncio.run(bring(house))

    assert len(house.get(f"{COMPONENT}/deployments")) == 2
    assert len(house.get(f"{COMPONENT}/builds")) == 1


def test_a_start_that_was_cut_off_is_gone_on_with(house: Installation) -> None:
    async def cut_off() -> None:
        async with asyncio.timeout(10):
            bringing = asyncio.create_task(bring(house))
            await comes(lambda: is_building(house))
            bringing.cancel()
            await asyncio.wait([bringing])

    asyncio.run(cut_off())
    brought(house)

    assert len(house.get(f"{COMPONENT}/deployments")) == 2


def test_a_start_that_was_cut_off_before_there_was_a_component_is_gone_on_with(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(example, "_create", cut_off)
        with pytest.raises(RuntimeError):
            asyncio.run(bring(house))
    assert house.get(f"{V1}/projects")[0]["components"] == 0

    brought(house)

    assert len(house.get(f"{COMPONENT}/deployments")) == 2


def cut_off(*_: object, **__: object) -> None:
    raise RuntimeError


def test_a_development_that_was_stopped_is_not_deployed_again(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(example.deployments, "promote", cut_off)
        with pytest.raises(ExceptionGroup):
            brought(house)
    house.post(f"{COMPONENT}/environments/development/stop")

    asyncio.run(bring(house))

    assert len(house.get(f"{COMPONENT}/deployments")) == 1


def test_a_database_with_projects_of_its_own_is_left_alone(house: Installation) -> None:
    house.create()
    asyncio.run(bring(house))

    assert [each["name"] for each in house.get(f"{V1}/projects")] == ["Shop"]


@pytest.mark.parametrize("removed", ["project", "component"])
def test_what_was_removed_stays_removed(house: Installation, removed: str) -> None:
    brought(house)
    house.delete(COMPONENT if removed == "component" else f"{V1}/projects/example")

    asyncio.run(bring(house))

    assert len(house.get(f"{V1}/projects")) == (1 if removed == "component" else 0)
    assert sum(each["components"] for each in house.get(f"{V1}/projects")) == 0


def test_what_was_stopped_stays_stopped(house: Installation) -> None:
    brought(house)
    house.post(f"{COMPONENT}/environments/production/stop")

    asyncio.run(bring(house))

    assert house.get(COMPONENT)["environments"][1]["deployment"] is None


def test_an_example_that_cannot_be_built_says_why(house: Installation) -> None:
    async def fails() -> None:
        async with asyncio.timeout(10):
            bringing = asyncio.create_task(bring(house))
            await comes(lambda: is_building(house))
            with house.database.begin() as tx:
                build = builds.get(tx, components.get(tx, "example", "health-check"), 1)
                builds.fail(tx, build, Status.FAILED, Problem("There is no network."))
            await bringing

    with pytest.raises(Internal, match=r"could not be built: There is no network\."):
        asyncio.run(fails())
