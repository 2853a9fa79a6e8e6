"""What may be asked about a component's own connectors: what its modules have, and a new one from an OpenAPI file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import Invalid
from clockhouse.flows import client_code, own
from clockhouse.flows.meaning import OWN
from clockhouse.flows.openapi import OpenApiError
from clockhouse.flows.palette import Connector
from clockhouse.flows.workers import TooLongError
from clockhouse.model.actor import Actor, Permission

_TOO_LONG = (
    "This file takes too long to be read. Leave out what is not needed, or use: clockhouse connector from-openapi"
)


@dataclass(frozen=True, slots=True)
class Client:
    """`path` is where the module belongs in a component's source."""

    path: str
    code: str


def connectors(parts: Parts, actor: Actor, files: Mapping[str, str]) -> list[Connector]:
    """The connectors in the modules of a component, by title; see `flows.own`. What can't be read has none."""
    access.require(actor, Permission.READ)
    try:
        return parts.compute(own.connectors, dict(files))
    except TooLongError:
        return []


def from_openapi(parts: Parts, actor: Actor, text: str) -> Client:
    """The module of a client for an OpenAPI file. Raises Invalid for a file that is none."""
    access.require(actor, Permission.READ)
    try:
        name, code = parts.compute(client_code.named, text)
    except OpenApiError as error:
        raise Invalid(str(error), {"text": str(error)}) from None
    except TooLongError:
        raise Invalid(_TOO_LONG, {"text": _TOO_LONG}) from None
    return Client(f"{OWN}/{name}.py", code)
