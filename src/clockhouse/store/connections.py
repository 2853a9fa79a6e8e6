"""Connected repositories in the database: where they are, what was seen of them, and when they are looked at next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict
from clockhouse.model.component import Component
from clockhouse.model.source import Connection, CredentialKind, Place, SourceKind
from clockhouse.store import changes
from clockhouse.store.database import Tx
from clockhouse.store.tables import builds, components, connections, projects

_EVERY = timedelta(seconds=60)
_LONGEST = timedelta(minutes=15)  # between looks at a repository that can't be read
_LEAST_AFTER_LEASE = timedelta(minutes=10)  # a look that its server did not finish is due again


def add(tx: Tx, connection: Connection) -> None:
    """It is looked at as soon as possible."""
    tx.execute(connections.insert().values(component_id=connection.component_id, **_written(connection), **_fresh(tx)))
    tx.changed(changes.PROJECTS, changes.SOURCES)


def of(tx: Tx, component: Component) -> Connection | None:
    """None of a component whose source Clockhouse keeps."""
    return by_component(tx, component.id)


def by_component(tx: Tx, component_id: str) -> Connection | None:
    row = tx.execute(sa.select(connections).where(connections.c.component_id == component_id)).first()
    return _connection(row) if row else None


def required(tx: Tx, component: Component) -> Connection:
    """Raises Conflict for a component whose source Clockhouse keeps."""
    found = of(tx, component)
    if found is None:
        raise Conflict(f"The source of “{component.name}” is kept by Clockhouse: no repository is connected.")
    return found


def change(tx: Tx, connection: Connection) -> None:
    """Writes what people may change of it, but the webhook's secret: it may have been renewed meanwhile.

    It is looked at again as soon as possible, as if for the first time.
    """
    mine = connections.update().where(connections.c.component_id == connection.component_id)
    values = {name: value for name, value in _written(connection).items() if name != "sealed_hook"}
    tx.execute(mine.values(**values, next_look_at=tx.now, failures=0, trouble=None, note=connection.note))
    tx.changed(changes.PROJECTS, changes.SOURCES)


def renew_hook(tx: Tx, component_id: str, sealed: str) -> None:
    """Webhooks are signed with another secret from now on."""
    tx.execute(connections.update().where(connections.c.component_id == component_id).values(sealed_hook=sealed))


def deploy_from_now_on(tx: Tx, connection: Connection) -> None:
    """Leaves the builds that there are as they are: only later ones are deployed by themselves."""
    latest = sa.select(sa.func.coalesce(sa.func.max(builds.c.number), 0))
    latest = latest.where(builds.c.component_id == connection.component_id)
    mine = connections.update().where(connections.c.component_id == connection.component_id)
    tx.execute(mine.values(built_number=latest.scalar_subquery()))


def look_soon(tx: Tx, component_id: str) -> bool:
    """Somebody says that there is something new; whether there is such a connection."""
    mine = connections.update().where(connections.c.component_id == component_id)
    tx.changed(changes.SOURCES)
    return tx.execute(mine.values(next_look_at=tx.now)).rowcount == 1


def next_look(tx: Tx) -> datetime | None:
    """When the next one is due; None where nothing is connected."""
    return tx.execute(sa.select(sa.func.min(connections.c.next_look_at))).scalar()


def claim_due(tx: Tx, room: int) -> list[Connection]:
    """At most `room` of those that are due, longest ago first; nobody else gets them meanwhile."""
    due = sa.select(connections).where(connections.c.next_look_at <= tx.now).order_by(connections.c.next_look_at)
    rows = tx.execute(due.limit(room).with_for_update(skip_locked=True)).all()
    for row in rows:
        mine = connections.update().where(connections.c.component_id == row.component_id)
        tx.execute(mine.values(next_look_at=tx.now + _LEAST_AFTER_LEASE))
    return [_connection(row) for row in rows]


def record_seen(
    tx: Tx, connection: Connection, sha: str, *, jitter: float, known_hosts: str = "", note: str | None = None
) -> bool:
    """A look found `sha`, and the next one is due in a minute; whether it is still the same connection.

    `jitter` is between 0 and 1. An empty `known_hosts` leaves what is known.
    """
    values: dict[str, Any] = {"seen_sha": sha, "failures": 0, "trouble": None, "looked_at": tx.now}
    if known_hosts:
        values["known_hosts"] = known_hosts
    if note is not None:
        values["note"] = note or None
    return _looked(tx, connection, values, _EVERY, jitter)


def record_trouble(tx: Tx, connection: Connection, trouble: str, *, jitter: float) -> bool:
    """A look failed; the next one is due later and later. Whether it is still the same connection."""
    wait = min(_EVERY * 2 ** min(connection.failures, 10), _LONGEST)
    values = {"failures": connection.failures + 1, "trouble": trouble, "looked_at": tx.now}
    return _looked(tx, connection, values, wait, jitter)


def to_deploy(tx: Tx, limit: int = 20) -> Sequence[tuple[Connection, str, str, int]]:
    """The connections whose newest good build nobody decided about: with project, component and build number."""
    newest = (
        sa.select(builds.c.component_id, sa.func.max(builds.c.number).label("number"))
        .where(builds.c.status == "succeeded")
        .group_by(builds.c.component_id)
        .subquery()
    )
    rows = tx.execute(
        sa.select(connections, projects.c.slug.label("project"), components.c.slug.label("component"), newest.c.number)
        .join_from(connections, newest, connections.c.component_id == newest.c.component_id)
        .join(components, components.c.id == connections.c.component_id)
        .join(projects, projects.c.id == components.c.project_id)
        .where(connections.c.auto_deploy, newest.c.number > connections.c.built_number)
        .limit(limit)
        .with_for_update(of=connections, skip_locked=True)
    ).all()
    return [(_connection(row), row.project, row.component, row.number) for row in rows]


def record_deployed(tx: Tx, connection: Connection, number: int, note: str | None) -> None:
    """It was decided about this build; `note` tells why it was not deployed."""
    mine = connections.update().where(connections.c.component_id == connection.component_id)
    tx.execute(mine.values(built_number=number, note=note))
    tx.changed(changes.PROJECTS)


def _looked(tx: Tx, connection: Connection, values: dict[str, Any], wait: timedelta, jitter: float) -> bool:
    # What somebody changed meanwhile is another place: nothing was seen of that.
    same = connections.update().where(
        connections.c.component_id == connection.component_id,
        connections.c.url == connection.place.url,
        connections.c.branch == connection.place.branch,
        connections.c.directory == connection.place.directory,
    )
    news = {"seen_sha": connection.seen, "trouble": connection.trouble, "note": connection.note}
    if any(values.get(name, before) != before for name, before in news.items()):
        tx.changed(changes.PROJECTS)
    at = connections.c.next_look_at
    # Whoever asked for another look while this one was under way knows of something newer.
    due = sa.case((at <= tx.now, at), else_=sa.literal(tx.now + wait * (1 + jitter / 10), at.type))
    return tx.execute(same.values(**values, next_look_at=due)).rowcount == 1


def _fresh(tx: Tx) -> dict[str, Any]:
    return {"next_look_at": tx.now, "failures": 0, "built_number": 0}


def _written(connection: Connection) -> dict[str, Any]:
    return {
        "url": connection.place.url,
        "branch": connection.place.branch,
        "directory": connection.place.directory,
        "kind": None if connection.kind is None else str(connection.kind),
        "credential_kind": str(connection.credential_kind),
        "credential_user": connection.user,
        "sealed": connection.sealed,
        "sealed_hook": connection.sealed_hook,
        "known_hosts": connection.known_hosts,
        "auto_build": connection.auto_build,
        "auto_deploy": connection.auto_deploy,
        "seen_sha": connection.seen,
    }


def _connection(row: Any) -> Connection:
    return Connection(
        component_id=row.component_id,
        place=Place(row.url, row.branch, row.directory),
        kind=None if row.kind is None else SourceKind(row.kind),
        credential_kind=CredentialKind(row.credential_kind),
        user=row.credential_user,
        sealed=row.sealed,
        sealed_hook=row.sealed_hook,
        known_hosts=row.known_hosts,
        auto_build=row.auto_build,
        auto_deploy=row.auto_deploy,
        seen=row.seen_sha,
        looked_at=row.looked_at,
        failures=row.failures,
        trouble=row.trouble,
        note=row.note,
    )
