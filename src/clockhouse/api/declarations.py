"""A component's clockhouse.yaml over HTTP: what it would say, what one would change, and to have one count."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import MOST, Answer, Request
from clockhouse.api.schedule_bodies import NewSchedule
from clockhouse.api.schedules import new_schedule_body
from clockhouse.control import declarations
from clockhouse.control.declarations import Change, Shown
from clockhouse.model.alert import sentence

router = routes.router("/projects/{project}/components/{component}/declaration", tags=["declarations"])


class DeclarationRequest(Request):
    text: str = Field(max_length=64 * 1024, description="The clockhouse.yaml.")


class DeclaredEnvironmentBody(Answer):
    """What a file says of an environment; what it does not say is null or not there."""

    schedules: list[NewSchedule] | None = Field(description="As they would be asked for now.")
    limits: list[str] = Field(description="Which of time_out, retry, at_once and container it says.")
    configuration: dict[str, Any]
    alerts: list[str] | None = Field(description="As sentences.")


class InForceBody(Answer):
    """The file that counts: that of a build's source, or one that somebody applied."""

    text: str
    build: int | None = Field(description="Whose source has it; null: it was applied.")
    by: str | None
    at: datetime | None
    words: str = Field(description="Where it comes from, within a sentence.")
    remedy: str = Field(description="What to do to change what it says.")
    environments: dict[str, DeclaredEnvironmentBody]


class DeclarationBody(Answer):
    text: str = Field(description="What a file would say of the component as it is; without secrets.")
    in_force: InForceBody | None


class DeclaredChangeBody(Answer):
    place: str = Field(description="Such as environments.production.schedules.")
    before: Any
    after: Any
    waits: str | None = Field(description="Why it does not count at once.")


class DeclaredChangesBody(Answer):
    changes: list[DeclaredChangeBody]


@router.get("")
def get_declaration(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    build: Annotated[int | None, Query(ge=1, le=MOST)] = None,
) -> DeclarationBody:
    """What a clockhouse.yaml would say of the component as it is, and the one that counts for a build of it."""
    return _shown(component, declarations.show(parts, actor, project, component, build=build))


@router.post("/diff")
def diff_declaration(
    parts: PartsOf, actor: ActorOf, project: str, component: str, body: DeclarationRequest
) -> DeclaredChangesBody:
    """What applying it would change; changes nothing."""
    return _changed(declarations.diff(parts, actor, project, component, body.text))


@router.post("")
def apply_declaration(
    parts: PartsOf, actor: ActorOf, project: str, component: str, body: DeclarationRequest
) -> DeclaredChangesBody:
    """Makes it so, and has it count from now on. Nothing is built, and nothing fires by itself."""
    return _changed(declarations.apply(parts, actor, project, component, body.text))


@router.delete("", status_code=204)
def forget_declaration(parts: PartsOf, actor: ActorOf, project: str, component: str) -> None:
    """What was applied counts no more; what it has changed stays as it is."""
    declarations.forget(parts, actor, project, component)


def _shown(component: str, shown: Shown) -> DeclarationBody:
    found = shown.in_force
    if found is None:
        return DeclarationBody(text=shown.text, in_force=None)
    environments = {
        name: DeclaredEnvironmentBody(
            schedules=None if terms is None else [new_schedule_body(one) for one in terms],
            limits=list(each.limits),
            configuration=dict(each.configuration),
            alerts=None if each.alerts is None else [sentence(one.wish(component, name)) for one in each.alerts],
        )
        for name, each, terms in shown.said
    }
    return DeclarationBody(
        text=shown.text,
        in_force=InForceBody(
            text=found.text,
            build=found.build,
            by=found.by,
            at=found.at,
            words=found.words,
            remedy=found.remedy,
            environments=environments,
        ),
    )


def _changed(changes: list[Change]) -> DeclaredChangesBody:
    return DeclaredChangesBody(
        changes=[DeclaredChangeBody.model_validate(change, from_attributes=True) for change in changes]
    )
