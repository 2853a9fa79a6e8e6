"""A component's own connectors over HTTP; its files come with each question, and nothing of them is kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.flow_bodies import ConnectorBody
from clockhouse.control import clients

router = routes.router("/flows", tags=["flows"])

_LETTERS = 500_000  # of one module
_FILE_LETTERS = 4_000_000


class OwnQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid")
    files: dict[str, Annotated[str, Field(max_length=_LETTERS)]] = Field(
        max_length=50, description="The texts of a component's modules by path; those of its folder clients are read."
    )


class OpenApiQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(max_length=_FILE_LETTERS)] = Field(
        description="An OpenAPI file of version 3.0 or 3.1, as JSON or YAML."
    )


class OpenApiClient(BaseModel):
    path: str = Field(description="Where the module belongs in a component's source.")
    code: str


@router.post("/connectors")
def read_connectors(parts: PartsOf, actor: ActorOf, body: OwnQuestion) -> list[ConnectorBody]:
    """The connectors that a component has of its own, by title; its code is read and not run."""
    found = clients.connectors(parts, actor, body.files)
    return [ConnectorBody.model_validate(asdict(each)) for each in found]


@router.post("/client")
def make_client(parts: PartsOf, actor: ActorOf, body: OpenApiQuestion) -> OpenApiClient:
    """The module of a client for an OpenAPI file, to be saved in a component's source."""
    made = clients.from_openapi(parts, actor, body.text)
    return OpenApiClient(path=made.path, code=made.code)
