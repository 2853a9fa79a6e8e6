"""Projects over HTTP."""

from __future__ import annotations

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.deployments import pause_body
from clockhouse.api.project_bodies import NewProject, PausedBody, ProjectBody, ProjectPauseRequest, ProjectResumeRequest
from clockhouse.control import pauses, projects
from clockhouse.model.component import Component
from clockhouse.model.deployment import Deployment
from clockhouse.model.project import Project

router = routes.router("/projects", tags=["projects"])


@router.get("")
def list_projects(parts: PartsOf, actor: ActorOf) -> list[ProjectBody]:
    """All projects, by name."""
    return [_body(project, components) for project, components in projects.every(parts, actor)]


@router.post("", status_code=201)
def create_project(parts: PartsOf, actor: ActorOf, body: NewProject) -> ProjectBody:
    made = projects.create(parts, actor, name=body.name, slug=body.slug, description=body.description)
    return _body(made, 0)


@router.get("/{project}")
def get_project(parts: PartsOf, actor: ActorOf, project: str) -> ProjectBody:
    return _body(*projects.get(parts, actor, project))


@router.delete("/{project}", status_code=204)
def remove_project(parts: PartsOf, actor: ActorOf, project: str) -> None:
    """Removes it with all that it has; what runs of it is ended."""
    projects.remove(parts, actor, project)


@router.post("/{project}/pause")
def pause_project(parts: PartsOf, actor: ActorOf, project: str, body: ProjectPauseRequest) -> list[PausedBody]:
    """Pauses all that it has deployed, and says what that was; what is paused already stays as it is."""
    paused = pauses.pause_project(parts, actor, project, environment=body.environment, note=body.note, until=body.until)
    return [_paused_body(*each) for each in paused]


@router.post("/{project}/resume")
def resume_project(parts: PartsOf, actor: ActorOf, project: str, body: ProjectResumeRequest) -> list[PausedBody]:
    """Resumes all that is paused of it, whoever paused it, and says what that was."""
    return [_paused_body(*each) for each in pauses.resume_project(parts, actor, project, environment=body.environment)]


def _paused_body(component: Component, deployment: Deployment) -> PausedBody:
    return PausedBody(component=component.slug, environment=deployment.environment, pause=pause_body(deployment.pause))


def _body(project: Project, components: int) -> ProjectBody:
    return ProjectBody(
        slug=project.slug,
        name=project.name,
        description=project.description,
        is_example=project.is_example,
        components=components,
        created_at=project.created_at,
    )
