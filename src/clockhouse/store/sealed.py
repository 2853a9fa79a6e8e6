"""All that the vault has sealed in the database, wherever it is, to be sealed anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from clockhouse.store.database import Tx
from clockhouse.store.tables.channels import channels
from clockhouse.store.tables.deployments import configuration, deployments, request_secrets, requests, secrets
from clockhouse.store.tables.sources import connections

_LONGEST_WAIT_S = 0.2


class Kind(StrEnum):
    """What a sealed text is of, which says what it is sealed for."""

    SETTING = "setting"  # of a component, by its name
    CREDENTIAL = "credential"  # of a component's repository
    HOOK = "hook"  # of a component's repository
    ADDRESS = "address"  # of a channel


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed text: `column` and `where` say where it is, `name` and `owner_id` (a component or a channel) of what."""

    kind: Kind
    owner_id: str
    name: str
    text: str
    column: sa.Column[str]
    where: sa.ColumnElement[bool]


def held(tx: Tx) -> list[Sealed]:
    """Each sealed text there is, but for the value that tells the key; until the end nobody else changes one of these.

    Raises Contended where others are about to change one: they hold what this needs, and may need what this holds.
    """
    tx.yield_to_others(_LONGEST_WAIT_S)
    return list(_every(tx))


def _every(tx: Tx) -> Iterator[Sealed]:
    deployed = sa.select(secrets, deployments.c.component_id).join_from(secrets, deployments)
    for row in tx.execute(_kept(deployed, secrets)).all():
        here = sa.and_(secrets.c.deployment_id == row.deployment_id, secrets.c.name == row.name)
        yield Sealed(Kind.SETTING, row.component_id, row.name, row.sealed, secrets.c.sealed, here)
    requested = sa.select(request_secrets, requests.c.component_id).join_from(request_secrets, requests)
    for row in tx.execute(_kept(requested, request_secrets)).all():
        here = sa.and_(request_secrets.c.request_id == row.request_id, request_secrets.c.name == row.name)
        yield Sealed(Kind.SETTING, row.component_id, row.name, row.sealed, request_secrets.c.sealed, here)
    configured = sa.select(configuration).where(configuration.c.sealed.is_not(None))
    for row in tx.execute(_kept(configured, configuration)).all():
        mine = configuration.c.id == row.id
        yield Sealed(Kind.SETTING, row.component_id, row.name, row.sealed, configuration.c.sealed, mine)
    for row in tx.execute(_kept(sa.select(connections), connections)).all():
        mine, owner = connections.c.component_id == row.component_id, row.component_id
        yield Sealed(Kind.HOOK, owner, "", row.sealed_hook, connections.c.sealed_hook, mine)
        if row.sealed is not None:
            yield Sealed(Kind.CREDENTIAL, owner, "", row.sealed, connections.c.sealed, mine)
    for row in tx.execute(_kept(sa.select(channels), channels)).all():
        yield Sealed(Kind.ADDRESS, row.id, row.name, row.sealed, channels.c.sealed, channels.c.id == row.id)


def _kept(chosen: sa.Select[Any], table: sa.Table) -> sa.Select[Any]:
    """The same, and the rows of this table stay as they are; what refers to them goes on."""
    return chosen.with_for_update(of=table, key_share=True)


def put(tx: Tx, found: Sealed, text: str, fingerprint: str) -> bool:
    """In the place of what was found, if it is still there; with the fingerprint where that is told.

    Says whether it was.
    """
    values = {found.column.name: text}
    if found.kind in (Kind.SETTING, Kind.ADDRESS):
        values["fingerprint"] = fingerprint
    is_still = sa.and_(found.where, found.column == found.text)
    return tx.execute(found.column.table.update().where(is_still).values(**values)).rowcount == 1
