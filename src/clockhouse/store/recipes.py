"""Recipes in the database: a component's for its builds to come, and the one that each build was made by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.model.component import Component
from clockhouse.model.recipe import Recipe
from clockhouse.model.source import SourceKind
from clockhouse.store import changes
from clockhouse.store.database import Tx
from clockhouse.store.tables.projects import components
from clockhouse.store.tables.sources import connections


def of(tx: Tx, component_id: str) -> Recipe:
    """What the next build of a component is made by; the connection of one that has any tells directory and kind."""
    row = tx.execute(
        sa.select(components.c.recipe, connections.c.directory, connections.c.kind)
        .outerjoin_from(components, connections, connections.c.component_id == components.c.id)
        .where(components.c.id == component_id)
    ).one()
    recipe = read(row.recipe) or Recipe()
    if row.directory is None:
        return recipe
    return replace(recipe, directory=row.directory, kind=SourceKind(row.kind) if row.kind else None)


def change(tx: Tx, component: Component, recipe: Recipe) -> None:
    """Has a component's next builds made by it, but for its directory."""
    kept = replace(recipe, directory="")
    tx.execute(components.update().where(components.c.id == component.id).values(recipe=written(kept)))
    kind = str(recipe.kind) if recipe.kind else None
    tx.execute(connections.update().where(connections.c.component_id == component.id).values(kind=kind))
    tx.changed(changes.PROJECTS, changes.BUILDS, changes.SOURCES)


def written(recipe: Recipe) -> dict[str, Any]:
    return {
        "kind": str(recipe.kind) if recipe.kind else None,
        "directory": recipe.directory,
        "dockerfile": recipe.dockerfile,
        "arguments": dict(recipe.arguments),
        "allow_root": recipe.allow_root,
        "python": recipe.python,
        "time_out_s": None if recipe.time_out is None else recipe.time_out.total_seconds(),
    }


def read(written: Mapping[str, Any] | None) -> Recipe | None:
    """None for a build of an earlier version, which did not note it, and for a component without choices."""
    if written is None:
        return None
    time_out_s = written.get("time_out_s")
    return Recipe(
        kind=SourceKind(written["kind"]) if written.get("kind") else None,
        directory=written.get("directory", ""),
        dockerfile=written.get("dockerfile"),
        arguments=written.get("arguments", {}),
        allow_root=written.get("allow_root", False),
        python=written.get("python"),
        time_out=None if time_out_s is None else timedelta(seconds=time_out_s),
    )
