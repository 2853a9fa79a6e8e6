"""Configuration over HTTP: what is set for a component, beside what is deployed of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import ConfigDict, Field

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import Answer, Known, Request
from clockhouse.api.build_bodies import SettingBody, setting_body
from clockhouse.api.deployment_bodies import DeploymentBody
from clockhouse.api.deployments import deployment_body
from clockhouse.control import configuration, deployments
from clockhouse.control.configuration import Cell, Change, Matrix, Row
from clockhouse.model.configuration import Stored

router = routes.router(tags=["configuration"])
_COMPONENT = "/projects/{project}/components/{component}"
_File = Annotated[str, Field(min_length=1, max_length=200)]
Place = Annotated[Known | None, Query(description="One environment; all of them when it is not given.")]


class StoredBody(Answer):
    """A value that somebody set. Of a secret it tells its fingerprint, or where it is kept, and never the value."""

    value: Any
    is_secret: bool
    fingerprint: str | None = Field(description="The same for the same secrets of a component.")
    reference: str | None = Field(description="Where an external store keeps it.")
    is_masked: bool = Field(description="False for a secret of less than 4 characters, which logs show.")
    file: str | None = Field(description="The path at which it is handed over as a file; null: a variable.")
    set_at: datetime
    set_by: str


class DeployedBody(Answer):
    number: int = Field(description="Of the deployment.")
    value: Any
    is_secret: bool
    fingerprint: str | None
    reference: str | None


class SaidBody(Answer):
    value: Any
    by: str = Field(description="Which file it is, within a sentence.")
    remedy: str = Field(description="How it is changed, as a sentence.")


class CellBody(Answer):
    environment: str
    state: Literal["said", "set", "inherited", "default", "missing", "absent"]
    own: StoredBody | None = Field(description="What is set for this environment alone.")
    said: SaidBody | None = Field(description="What the component's clockhouse.yaml says there; it wins.")
    deployed: DeployedBody | None = Field(description="What is deployed there has this.")
    waits: bool = Field(description="The next deployment will have another value than the present one.")


class RowBody(Answer):
    name: str
    setting: SettingBody | None = Field(description="None when the code does not declare it any more.")
    everywhere: StoredBody | None = Field(description="What is set for all environments.")
    cells: list[CellBody]


class ConfiguredPlaceBody(Answer):
    slug: str
    name: str
    is_production: bool
    is_deployed: bool
    needs_approval: bool = Field(description="Whether what is deployed there has to be approved.")


class ConfigurationBody(Answer):
    build: int | None = Field(description="The newest build that succeeded, whose code declares the settings.")
    environments: list[ConfiguredPlaceBody]
    rows: list[RowBody]


class NewValue(Request):
    """A value or a reference; with neither, only how the present one is handed over."""

    value: Any = None
    reference: str | None = Field(
        default=None, max_length=500, description="Of a secret, such as vault:secret/data/shop#password."
    )
    file: _File | None = Field(default=None, description="As it is set now when it is not given; null: a variable.")

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)


@router.get(_COMPONENT + "/configuration")
def get_configuration(parts: PartsOf, actor: ActorOf, project: str, component: str) -> ConfigurationBody:
    """What is set for a component in all environments and in each, and what of it is deployed."""
    return _body(configuration.matrix(parts, actor, project, component))


@router.put(_COMPONENT + "/configuration/{name}")
def set_value(
    parts: PartsOf, actor: ActorOf, project: str, component: str, name: str, body: NewValue, environment: Place = None
) -> ConfigurationBody:
    """Sets one. What is deployed keeps what it has: the next deployment starts from what is set."""
    keeps_file = "file" not in body.model_fields_set
    change = Change(body.value, body.reference, body.file, keeps_file)
    return _body(configuration.put(parts, actor, project, component, name, change, environment=environment))


@router.delete(_COMPONENT + "/configuration/{name}")
def unset_value(
    parts: PartsOf, actor: ActorOf, project: str, component: str, name: str, environment: Place = None
) -> ConfigurationBody:
    """It is not set there any more; what is set for all environments counts then, or the code's default."""
    return _body(configuration.unset(parts, actor, project, component, name, environment=environment))


@router.post(_COMPONENT + "/environments/{environment}/redeploy", status_code=201)
def redeploy(parts: PartsOf, actor: ActorOf, project: str, component: str, environment: str) -> DeploymentBody:
    """Gives what is deployed the configuration that is set now, as a new deployment of the same release."""
    return deployment_body(deployments.redeploy(parts, actor, project, component, environment))


def _body(found: Matrix) -> ConfigurationBody:
    return ConfigurationBody(
        build=found.build,
        environments=[
            ConfiguredPlaceBody(
                slug=each.slug,
                name=each.name,
                is_production=each.is_production,
                is_deployed=each.id in found.deployed,
                needs_approval=each.approval is not None,
            )
            for each in found.environments
        ],
        rows=[_row(each) for each in found.rows],
    )


def _row(row: Row) -> RowBody:
    return RowBody(
        name=row.name,
        setting=None if row.setting is None else setting_body(row.setting),
        everywhere=_stored(row.everywhere),
        cells=[_cell(each) for each in row.cells],
    )


def _cell(cell: Cell) -> CellBody:
    deployed = None
    if cell.deployed is not None:
        deployed = DeployedBody.model_validate(cell.deployed, from_attributes=True)
    return CellBody(
        environment=cell.environment,
        state=cell.state.value,
        own=_stored(cell.own),
        said=None if cell.said is None else SaidBody.model_validate(cell.said, from_attributes=True),
        deployed=deployed,
        waits=cell.waits,
    )


def _stored(stored: Stored | None) -> StoredBody | None:
    if stored is None:
        return None
    return StoredBody(
        value=stored.value,
        is_secret=stored.is_secret,
        fingerprint=stored.fingerprint,
        reference=None if stored.reference is None else str(stored.reference),
        is_masked=stored.is_secret and not stored.is_short,
        file=stored.file,
        set_at=stored.at,
        set_by=stored.by,
    )
