"""The parts that requests are answered with."""

from __future__ import annotations

from dataclasses import dataclass

from clockhouse.builders.source import Author, Repository
from clockhouse.model.actor import Actor
from clockhouse.model.component import Component
from clockhouse.store import repositories
from clockhouse.store.database import Database, Tx
from clockhouse.vault import Vault


@dataclass(frozen=True, slots=True)
class Parts:
    database: Database
    vault: Vault


def repository(tx: Tx, component: Component) -> Repository:
    """The source of a component that Clockhouse manages."""
    return Repository(repositories.of(tx, component.id))


def author(actor: Actor) -> Author:
    """The actor as commits name them."""
    return Author(actor.name, f"{actor.id}@clockhouse.invalid")
