"""People and programs with roles, for tests."""

from __future__ import annotations

from tests.support.api import Installation

from clockhouse.model import identifier
from clockhouse.model.actor import Actor, Role
from clockhouse.store import actors, environments, projects
from clockhouse.store.actors import TokenKind
from clockhouse.store.tables.actors import actors as actors_table


def somebody(
    house: Installation,
    role: Role | None,
    *,
    project: str | None = None,
    environment: str | None = None,
    production: bool = False,
    name: str = "Ada",
) -> str:
    """A new person, with this role there if with any; a token of theirs."""
    with house.database.begin() as tx:
        made = identifier.new(tx.now)
        tx.execute(actors_table.insert().values(id=made, name=name, role=str(role or ""), created_at=tx.now))
        if role is not None:
            project_id = projects.get(tx, project).id if project else None
            environment_id = environments.get(tx, environment).id if environment else None
            place = {"project_id": project_id, "environment_id": environment_id}
            actors.grant(tx, made, role, **place, production=production, by="tests")
        return actors.give_token(tx, Actor(made, name, ()), TokenKind.TOOL)
