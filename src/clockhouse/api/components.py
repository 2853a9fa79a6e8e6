"""Components and templates over HTTP."""

from __future__ import annotations

from typing import Any

from clockhouse import templates
from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.component_bodies import ComponentBody, ComponentSummary, NewComponent, TemplateBody
from clockhouse.api.deployments import card_body
from clockhouse.control import components
from clockhouse.control.components import Summary
from clockhouse.model.component import Component

router = routes.router(tags=["components"])


@router.get("/templates")
def list_templates(actor: ActorOf) -> list[TemplateBody]:  # noqa: ARG001  signed in is all it takes
    """What a component's source may begin as."""
    return [
        TemplateBody(
            key=each.key,
            title=each.title,
            summary=each.summary,
            group=each.group,
            connectors=list(each.connectors),
            explanation=each.explanation,
        )
        for each in templates.every()
    ]


@router.get("/projects/{project}/components")
def list_components(parts: PartsOf, actor: ActorOf, project: str) -> list[ComponentSummary]:
    """A project's components by name, with their state in each environment."""
    return [_summary(summary) for summary in components.of_project(parts, actor, project)]


@router.post("/projects/{project}/components", status_code=201)
def create_component(parts: PartsOf, actor: ActorOf, project: str, body: NewComponent) -> ComponentBody:
    """Starts a component from a template or a ready image; its source is a repository that Clockhouse keeps."""
    if body.image is not None:
        made = components.create_of_image(
            parts, actor, project, name=body.name, slug=body.slug, description=body.description, image=body.image
        )
        return component_body(made)
    made = components.create(
        parts, actor, project, name=body.name, slug=body.slug, description=body.description, template=body.template
    )
    return component_body(made)


@router.get("/projects/{project}/components/{component}")
def get_component(parts: PartsOf, actor: ActorOf, project: str, component: str) -> ComponentSummary:
    return _summary(components.get(parts, actor, project, component))


@router.delete("/projects/{project}/components/{component}", status_code=204)
def remove_component(parts: PartsOf, actor: ActorOf, project: str, component: str) -> None:
    """Removes it with its source, builds and history; what runs of it is ended."""
    components.remove(parts, actor, project, component)


def component_body(component: Component) -> ComponentBody:
    return ComponentBody(**_fields(component))


def _summary(summary: Summary) -> ComponentSummary:
    return ComponentSummary(**_fields(summary.component), environments=[card_body(card) for card in summary.cards])


def _fields(component: Component) -> dict[str, Any]:
    return {
        "project": component.project,
        "slug": component.slug,
        "name": component.name,
        "description": component.description,
        "kind": str(component.kind),
        "template": component.template,
        "is_connected": component.is_connected,
        "created_at": component.created_at,
    }
