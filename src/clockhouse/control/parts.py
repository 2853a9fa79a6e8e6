"""The parts that requests are answered with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from clockhouse.builders.remote import Remotes
from clockhouse.builders.source import Author, Repository
from clockhouse.control.bench import Bench
from clockhouse.control.compute import Compute, here
from clockhouse.control.errands import Errands
from clockhouse.control.refusals import Refusals
from clockhouse.errors import Unavailable
from clockhouse.keepers.base import Keepers
from clockhouse.model.actor import Actor, address
from clockhouse.model.component import Component
from clockhouse.store import repositories
from clockhouse.store.database import Database, Tx
from clockhouse.vault import Vault

if TYPE_CHECKING:
    from clockhouse.openid import Provider


async def _nowhere(_build_id: str) -> Path:
    raise Unavailable("This server has no artifacts.")


@dataclass(frozen=True, slots=True)
class Parts:
    """`artifact` tells the folder of what a build made, by its id; it may have to be fetched first.

    `remotes` are the connected repositories, `errands` what requests want of them. `bench` runs what nobody has saved,
    with the environments of the builds that are in the folder `artifacts` on this machine.
    `keepers` have secrets that are not kept here. `compute` answers what takes a processor's time. `refusals` remembers
    which attempts were noted.
    """

    database: Database
    vault: Vault
    artifact: Callable[[str], Awaitable[Path]] = _nowhere
    remotes: Remotes | None = None
    bench: Bench | None = None
    artifacts: Path | None = None
    compute: Compute = here
    openid: Provider | None = None
    errands: Errands = field(default_factory=Errands)
    keepers: Keepers = field(default_factory=Keepers)
    refusals: Refusals = field(default_factory=Refusals)


def repository(tx: Tx, component: Component) -> Repository:
    """The source of a component that Clockhouse manages."""
    return Repository(repositories.of(tx, component.id))


def purpose(component_id: str, name: str) -> str:
    """What a component's secret of this name is sealed for."""
    return f"{component_id}/{name}"


def author(actor: Actor) -> Author:
    """The actor as commits name them."""
    return Author(actor.name, address(actor))
