"""What a story takes for granted: a component that is saved, built or deployed already, made through the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.support.waiting import eventually

from clockhouse.client import Client

BUILT_WITHIN_S = 60.0


def saved(client: Client, project: str, component: str, files: Mapping[str, str], *, template: str = "blank") -> str:
    """Makes the component, in a project of its own, with these files; returns its path in the API."""
    client.post("/projects", {"name": project.capitalize(), "slug": project})
    client.post(f"/projects/{project}/components", {"name": component, "slug": component, "template": template})
    path = f"/projects/{project}/components/{component}"
    if files:
        save(client, path, files)
    return path


def save(client: Client, path: str, files: Mapping[str, str], message: str = "Begin") -> None:
    """A commit of these files on top of what is there."""
    head = client.get(f"{path}/source")["commit"]["sha"]
    client.post(f"{path}/commits", {"parent": head, "message": message, "changes": dict(files)})


def built(client: Client, path: str) -> dict[str, Any]:
    """The build of the newest commit, once it is over."""
    number = client.post(f"{path}/builds", {})["number"]

    def over() -> dict[str, Any] | None:
        build: dict[str, Any] = client.get(f"{path}/builds/{number}")
        return build if build["status"] not in ("queued", "running") else None

    build = eventually(over, within=BUILT_WITHIN_S)
    assert build is not None
    return build


def deployed(client: Client, path: str, *triggers: Mapping[str, Any], **wish: Any) -> dict[str, Any]:
    """Builds the newest commit and deploys it to development, with a schedule for each trigger."""
    assert built(client, path)["status"] == "succeeded"
    schedules = [{"trigger": dict(trigger)} for trigger in triggers]
    answer: dict[str, Any] = client.post(
        f"{path}/deployments", {"environment": "development", "schedules": schedules, **wish}
    )
    return answer


def executions(client: Client, project: str, component: str, **filters: Any) -> list[dict[str, Any]]:
    """Newest first."""
    page = client.get("/executions", project=project, component=component, limit=200, **filters)
    found: list[dict[str, Any]] = page["items"]
    return found


def at(instant: str) -> datetime:
    """An instant as the API writes it."""
    return datetime.fromisoformat(instant)
