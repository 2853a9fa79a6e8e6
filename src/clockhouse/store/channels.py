"""Channels in the database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict, NotFound
from clockhouse.model.channel import Channel
from clockhouse.store import changes, projects
from clockhouse.store.database import Tx, one
from clockhouse.store.tables.channels import channels
from clockhouse.store.tables.projects import projects as projects_table

_known = sa.select(channels, projects_table.c.slug.label("project")).join_from(channels, projects_table)
_OF_ADDRESS = ("kind", "host", "sealed", "fingerprint", "set_at", "set_by")


def add(tx: Tx, channel: Channel) -> None:
    """Raises Conflict when the project has another of this name, NotFound when there is no such project."""
    project = projects.get(tx, channel.project)
    _take_name(tx, channel)
    told = ("id", "name", "created_at", "created_by", *_OF_ADDRESS)
    values = {name: getattr(channel, name) for name in told}
    tx.execute(channels.insert().values(project_id=project.id, **values))
    tx.changed(changes.PROJECTS)


def every(tx: Tx, project: str) -> list[Channel]:
    """Of a project, by name."""
    chosen = _known.where(projects_table.c.slug == project).order_by(channels.c.name)
    return [_channel(row) for row in tx.execute(chosen)]


def get(tx: Tx, project: str, name: str) -> Channel:
    """Who may write has it: nobody has an alert tell it until the transaction ends. Raises NotFound."""
    mine = _known.where(projects_table.c.slug == project, channels.c.name == name)
    rows = tx.execute(mine.with_for_update(of=channels) if tx.is_writing else mine)
    missing = NotFound(f"The project “{project}” has no channel “{name}”.", project=project, channel=name)
    return _channel(one(rows, missing))


def by_id(tx: Tx, channel_id: str) -> Channel | None:
    """None when it is gone."""
    row = tx.execute(_known.where(channels.c.id == channel_id)).first()
    return _channel(row) if row else None


def readdress(tx: Tx, channel: Channel) -> None:
    """Writes the address that the value has, and what is told of it."""
    values = {name: getattr(channel, name) for name in _OF_ADDRESS}
    tx.execute(channels.update().where(channels.c.id == channel.id).values(**values))
    tx.changed(changes.PROJECTS)


def rename(tx: Tx, channel: Channel) -> None:
    """Writes the name that the value has. Raises Conflict when the project has another of this name."""
    _take_name(tx, channel)
    tx.execute(channels.update().where(channels.c.id == channel.id).values(name=channel.name))
    tx.changed(changes.PROJECTS)


def remove(tx: Tx, channel: Channel) -> None:
    tx.execute(channels.delete().where(channels.c.id == channel.id))
    tx.changed(changes.PROJECTS)


def _take_name(tx: Tx, channel: Channel) -> None:
    tx.take_turn(f"channels/{channel.project}")
    for each in every(tx, channel.project):
        if each.name == channel.name and each.id != channel.id:
            raise Conflict(f"The project “{channel.project}” has a channel “{channel.name}” already.")


def _channel(row: Any) -> Channel:
    return Channel(
        id=row.id,
        project=row.project,
        name=row.name,
        kind=row.kind,
        host=row.host,
        sealed=row.sealed,
        fingerprint=row.fingerprint,
        created_at=row.created_at,
        created_by=row.created_by,
        set_at=row.set_at,
        set_by=row.set_by,
    )
