"""Going back: an earlier deployment once more, as a new one."""

from __future__ import annotations

from collections.abc import Callable

from clockhouse.errors import ClockhouseError, Conflict
from clockhouse.model.component import Component
from clockhouse.model.deployment import Deployment
from clockhouse.model.environment import Environment, Plane
from clockhouse.store import builds, deployments
from clockhouse.store.database import Tx


def place_again(
    tx: Tx,
    component: Component,
    environment: Environment,
    earlier: Deployment,
    *,
    by: str,
    opens: Callable[[str, str], object],
) -> Deployment:
    """A new deployment with the release, configuration, secrets, schedules and limits of an earlier one there.

    It keeps the pause of the present one and never fires by itself. `opens` opens a sealed text for a purpose. Raises
    Conflict with the reason why the earlier one cannot come back.
    """
    check_again(tx, environment, earlier, opens)
    return deployments.add(
        tx,
        component,
        environment,
        earlier.release,
        configured=deployments.snapshot(tx, earlier),
        limits=earlier.limits,
        terms=[schedule.terms for schedule in earlier.schedules],
        by=by,
        rolled_back_to=earlier.number,
    )


def check_again(tx: Tx, environment: Environment, earlier: Deployment, opens: Callable[[str, str], object]) -> None:
    """Raises Conflict with the reason why it cannot come back."""
    cannot = f"Deployment {earlier.number} cannot come back to {environment.name}:"
    build = earlier.release.build
    if build.retired_at is not None:
        raise Conflict(f"{cannot} {builds.retired(build)}")
    if build.is_image and environment.data_plane != Plane.DOCKER:
        raise Conflict(f"{cannot} it is an image, and what {environment.name} runs on does not run images any more.")
    if earlier.unreadable_schedules:
        raise Conflict(f"{cannot} a schedule of it cannot be read any more. Deploy build {build.number} instead.")
    for name, sealed in deployments.sealed_secrets(tx, earlier.id).items():
        try:
            opens(sealed, f"{earlier.component_id}/{name}")
        except ClockhouseError as error:
            raise Conflict(f"{cannot} its secret {name} does not open. {error.sentence}") from error
