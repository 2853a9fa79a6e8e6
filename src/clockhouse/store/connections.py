"""Connected repositories in the database: where they are, and what opens them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict
from clockhouse.model.component import Component
from clockhouse.model.source import Connection, CredentialKind, SourceKind
from clockhouse.store import changes, tracks
from clockhouse.store.database import Tx
from clockhouse.store.tables.sources import connections


def add(tx: Tx, connection: Connection) -> None:
    """With its tracks, which are looked at as soon as possible."""
    values = {**_written(connection), **_for_older_servers(connection, tx)}
    tx.execute(
        connections.insert().values(component_id=connection.component_id, sealed_hook=connection.sealed_hook, **values)
    )
    for track in connection.tracks:
        tracks.add(tx, connection.component_id, track)


def of(tx: Tx, component: Component) -> Connection | None:
    """None of a component whose source Clockhouse keeps."""
    return by_component(tx, component.id)


def by_component(tx: Tx, component_id: str) -> Connection | None:
    row = tx.execute(sa.select(connections).where(connections.c.component_id == component_id)).first()
    return _connection(tx, row) if row else None


def required(tx: Tx, component: Component) -> Connection:
    """Raises Conflict for a component whose source Clockhouse keeps."""
    found = of(tx, component)
    if found is None:
        raise Conflict(f"The source of “{component.name}” is kept by Clockhouse: no repository is connected.")
    return found


def change(tx: Tx, connection: Connection) -> None:
    """Writes what people may change of it, but the webhook's secret: it may have been renewed meanwhile."""
    mine = connections.update().where(connections.c.component_id == connection.component_id)
    tx.execute(mine.values(**_written(connection)))
    tx.changed(changes.PROJECTS, changes.SOURCES)


def renew_hook(tx: Tx, component_id: str, sealed: str) -> None:
    """Webhooks are signed with another secret from now on."""
    tx.execute(connections.update().where(connections.c.component_id == component_id).values(sealed_hook=sealed))


def meet(tx: Tx, connection: Connection, known_hosts: str) -> None:
    """Remembers who the server of an ssh address was at the first contact."""
    if known_hosts and not connection.known_hosts:
        mine = connections.update().where(connections.c.component_id == connection.component_id)
        tx.execute(mine.values(known_hosts=known_hosts))


def _written(connection: Connection) -> dict[str, Any]:
    return {
        "url": connection.url,
        "directory": connection.directory,
        "kind": None if connection.kind is None else str(connection.kind),
        "credential_kind": str(connection.credential_kind),
        "credential_user": connection.user,
        "sealed": connection.sealed,
        "known_hosts": connection.known_hosts,
    }


def _for_older_servers(connection: Connection, tx: Tx) -> dict[str, Any]:
    """What tracks have now. A server that shares the database and knows of none does nothing by itself."""
    return {
        "branch": connection.track(None).branch,
        "auto_build": False,
        "auto_deploy": False,
        "next_look_at": tx.now,
        "failures": 0,
        "built_number": 0,
    }


def _connection(tx: Tx, row: Any) -> Connection:
    return Connection(
        component_id=row.component_id,
        url=row.url,
        directory=row.directory,
        kind=None if row.kind is None else SourceKind(row.kind),
        credential_kind=CredentialKind(row.credential_kind),
        user=row.credential_user,
        sealed=row.sealed,
        sealed_hook=row.sealed_hook,
        known_hosts=row.known_hosts,
        tracks=tracks.of(tx, row.component_id),
    )
