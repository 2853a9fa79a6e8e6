"""What may be asked of recipes: how a component's next builds are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.recipe import Recipe, check
from clockhouse.store import audit, components, recipes


def get(parts: Parts, actor: Actor, project: str, slug: str) -> Recipe:
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return recipes.of(tx, components.get(tx, project, slug).id)


def change(parts: Parts, actor: Actor, project: str, slug: str, changed: Mapping[str, Any]) -> Recipe:
    """Has the next builds made by another one: `changed` are its other fields. Raises Invalid for what cannot be.

    It takes an administrator to allow images that run as root.
    """
    access.require(actor, Permission.DEVELOP, project=project)
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        present = recipes.of(tx, component.id)
        wanted = replace(present, **changed)
        check(wanted)
        if wanted.allow_root and not present.allow_root:
            access.require(actor, Permission.ADMINISTER)  # of the machine that it runs on, not of a project
        recipes.change(tx, component, wanted)
        # Not the values of arguments: people do put into them what they should not.
        audit.note(tx, actor, "recipe.changed", f"{project}/{slug}", allow_root=wanted.allow_root)
        return recipes.of(tx, component.id)
