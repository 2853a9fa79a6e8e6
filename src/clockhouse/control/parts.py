"""The parts that requests are answered with."""

from __future__ import annotations

from dataclasses import dataclass

from clockhouse.builders.source import Author, Repositories
from clockhouse.model.actor import Actor
from clockhouse.store.database import Database
from clockhouse.vault import Vault


@dataclass(frozen=True, slots=True)
class Parts:
    database: Database
    repositories: Repositories
    vault: Vault


def author(actor: Actor) -> Author:
    """The actor as commits name them."""
    return Author(actor.name, f"{actor.id}@clockhouse.invalid")
