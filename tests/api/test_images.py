"""A build that is an image is deployed only where images run."""

from tests.support.api import COMPONENT, Installation

from clockhouse.model.environment import Plane
from clockhouse.store import environments
from clockhouse.store.tables.builds import builds


def image(house: Installation) -> None:
    """A component whose newest build is an image."""
    house.create()
    house.build()
    with house.database.begin() as tx:
        tx.execute(builds.update().values(entry={"path": "Dockerfile", "call": None}))


def test_an_image_is_refused_where_it_cannot_run_with_what_to_do(house: Installation) -> None:
    image(house)
    wish = {"environment": "development", "configuration": {"url": "https://example.com"}}

    error = house.refused(409, "POST", f"{COMPONENT}/deployments", wish)

    assert error["message"] == (
        "Build 1 is an image, and Development does not run in containers. Let it run there "
        "(clockhouse environment run-on development docker), or choose another environment."
    )
    assert house.get(f"{COMPONENT}/deployments") == []


def test_an_image_is_deployed_where_executions_are_containers(house: Installation) -> None:
    image(house)
    with house.database.begin() as tx:
        environments.set_plane(tx, environments.get(tx, "development"), Plane.DOCKER)

    assert house.deploy()["number"] == 1
