"""Tracks in the database: the branches that are followed, what was seen of them, and when they are looked at next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from clockhouse.errors import Conflict
from clockhouse.model.source import Automation, Connection, Track
from clockhouse.store import changes
from clockhouse.store.database import Tx
from clockhouse.store.tables.builds import builds
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.projects import components, projects
from clockhouse.store.tables.sources import connections, tracks

_EVERY = timedelta(seconds=60)
_LONGEST = timedelta(minutes=15)  # between looks at a branch that can't be read
_LEAST_AFTER_LEASE = timedelta(minutes=10)  # a look that its server did not finish is due again


class Ready(NamedTuple):
    """A track whose newest good build nobody decided about."""

    component_id: str
    project: str
    component: str
    track: Track
    number: int


def add(tx: Tx, component_id: str, track: Track) -> None:
    """It is looked at as soon as possible. Raises Conflict when somebody else has added it meanwhile."""
    tx.take_turn(f"tracks of {component_id}")
    if any(each.branch == track.branch for each in of(tx, component_id)):
        raise Conflict(f"The branch {track.branch} is followed already.")
    _relieve_older_servers(tx, component_id)
    tx.execute(
        tracks.insert().values(
            component_id=component_id,
            branch=track.branch,
            seen_sha=track.seen,
            next_look_at=tx.now,
            failures=0,
            built_number=_newest(component_id).scalar_subquery(),
            created_at=tx.now,
            **_automation(track.automation),
        )
    )
    tx.changed(changes.PROJECTS, changes.SOURCES)


def of(tx: Tx, component_id: str) -> tuple[Track, ...]:
    """In the order in which they were added."""
    mine = sa.select(tracks).where(tracks.c.component_id == component_id)
    return tuple(_track(row) for row in tx.execute(mine.order_by(tracks.c.created_at, tracks.c.branch)))


def automate(tx: Tx, component_id: str, track: Track, wanted: Automation) -> None:
    """Does more or less by itself; what was built before it deploys by itself is left as it is."""
    values = _automation(wanted)
    if wanted.deploy and not track.automation.deploy:
        values["built_number"] = _newest(component_id).scalar_subquery()
    _relieve_older_servers(tx, component_id)
    tx.execute(_mine(component_id, track.branch).values(**values, next_look_at=tx.now, note=None))
    tx.changed(changes.PROJECTS, changes.SOURCES)


def remove(tx: Tx, component_id: str, branch: str) -> None:
    """Follows it no more. Raises Conflict for the only one."""
    tx.take_turn(f"tracks of {component_id}")
    if [each.branch for each in of(tx, component_id)] == [branch]:
        raise Conflict(f"{branch} is the only branch that is followed. Follow another one first.")
    tx.execute(tracks.delete().where(tracks.c.component_id == component_id, tracks.c.branch == branch))
    tx.changed(changes.PROJECTS)


def begin_anew(tx: Tx, component_id: str) -> None:
    """What was seen is of another place: all are looked at as if for the first time."""
    fresh = {"seen_sha": None, "failures": 0, "trouble": None, "note": None, "next_look_at": tx.now}
    tx.execute(tracks.update().where(tracks.c.component_id == component_id).values(**fresh))
    tx.changed(changes.PROJECTS, changes.SOURCES)


def look_soon(tx: Tx, component_id: str) -> None:
    """Somebody says that there is something new, or that trouble is over."""
    tx.changed(changes.SOURCES)
    tx.execute(tracks.update().where(tracks.c.component_id == component_id).values(next_look_at=tx.now))


def next_look(tx: Tx) -> datetime | None:
    """When the next one is due; None where nothing is connected."""
    return tx.execute(sa.select(sa.func.min(tracks.c.next_look_at))).scalar()


def claim_due(tx: Tx, room: int) -> list[tuple[str, Track]]:
    """At most `room` of those that are due, longest ago first, with their component; nobody else has them then."""
    _take_over(tx)
    due = sa.select(tracks).where(tracks.c.next_look_at <= tx.now).order_by(tracks.c.next_look_at, tracks.c.branch)
    rows = tx.execute(due.limit(room).with_for_update(skip_locked=True)).all()
    for row in rows:
        tx.execute(_mine(row.component_id, row.branch).values(next_look_at=tx.now + _LEAST_AFTER_LEASE))
    return [(row.component_id, _track(row)) for row in rows]


def record_seen(
    tx: Tx, connection: Connection, track: Track, sha: str, *, jitter: float, note: str | None = None
) -> bool:
    """A look found `sha`, and the next one is due in a minute; whether it is still the same source.

    `jitter` is between 0 and 1. A `note` of None leaves the one that there is, an empty one removes it.
    """
    values: dict[str, Any] = {"seen_sha": sha, "failures": 0, "trouble": None, "looked_at": tx.now}
    if note is not None:
        values["note"] = note or None
    return _looked(tx, connection, track, values, _EVERY, jitter)


def record_trouble(tx: Tx, connection: Connection, track: Track, trouble: str, *, jitter: float) -> bool:
    """A look failed; the next one is due later and later. Whether it is still the same source."""
    wait = min(_EVERY * 2 ** min(track.failures, 10), _LONGEST)
    values = {"failures": track.failures + 1, "trouble": trouble, "looked_at": tx.now}
    return _looked(tx, connection, track, values, wait, jitter)


def to_deploy(tx: Tx, only: Ready | None = None, *, limit: int = 20) -> Sequence[Ready]:
    """The tracks whose newest good build nobody decided about; with `only`, the same track, if it is still so."""
    newest = (
        sa.select(builds.c.component_id, builds.c.branch, sa.func.max(builds.c.number).label("number"))
        .where(builds.c.status == "succeeded")
        .group_by(builds.c.component_id, builds.c.branch)
        .subquery()
    )
    is_its = sa.and_(tracks.c.component_id == newest.c.component_id, tracks.c.branch == newest.c.branch)
    chosen = (
        sa.select(tracks, projects.c.slug.label("project"), components.c.slug.label("component"), newest.c.number)
        .join_from(tracks, newest, is_its)
        .join(components, components.c.id == tracks.c.component_id)
        .join(projects, projects.c.id == components.c.project_id)
        .where(tracks.c.auto_deploy, newest.c.number > tracks.c.built_number)
    )
    if only is not None:
        chosen = chosen.where(tracks.c.component_id == only.component_id, tracks.c.branch == only.track.branch)
    rows = tx.execute(chosen.limit(limit).with_for_update(of=tracks, skip_locked=True)).all()
    return [Ready(row.component_id, row.project, row.component, _track(row), row.number) for row in rows]


def record_deployed(tx: Tx, ready: Ready, note: str | None) -> None:
    """It was decided about this build; `note` tells why it was not deployed."""
    tx.execute(_mine(ready.component_id, ready.track.branch).values(built_number=ready.number, note=note))
    tx.changed(changes.PROJECTS)


def note_deployed(tx: Tx, component_id: str, environment_id: str, number: int) -> None:
    """A build was deployed by whomever: what was said of why it was not, where a track deploys, is not so any more."""
    first = sa.select(environments.c.id).order_by(environments.c.position).limit(1).scalar_subquery()
    is_there = sa.func.coalesce(tracks.c.environment_id, first) == environment_id
    # A note names the build that it is about; one about a commit that was not built names none.
    is_about_it = sa.or_(*(tracks.c.note.like(f"%uild {number}{end}%") for end in (" ", ".", ":")))
    mine = tracks.update().where(tracks.c.component_id == component_id, is_there, is_about_it)
    if tx.execute(mine.values(note=None)).rowcount:
        tx.changed(changes.PROJECTS)


def was_decided(tx: Tx, component_id: str, track: Track, number: int) -> bool:
    """Whether this build, or a newer one, was already deployed by itself or not: it will not be looked at again."""
    mine = sa.and_(tracks.c.component_id == component_id, tracks.c.branch == track.branch)
    decided = sa.select(tracks.c.branch).where(mine, tracks.c.auto_deploy, tracks.c.built_number >= number)
    return tx.execute(decided).first() is not None


def _take_over(tx: Tx) -> None:
    """Follows the branch of what a server connected that shares the database, and is of before tracks."""
    tx.take_turn("tracks")
    names = ["component_id", "branch", "auto_build", "auto_deploy", "next_look_at", "failures", "built_number"]
    there = sa.select(tracks.c.component_id).where(tracks.c.component_id == connections.c.component_id)
    given = sa.select(*(connections.c[name] for name in names), components.c.created_at)
    given = given.join_from(connections, components, components.c.id == connections.c.component_id)
    tx.execute(tracks.insert().from_select([*names, "created_at"], given.where(~there.exists())))


def _relieve_older_servers(tx: Tx, component_id: str) -> None:
    """What was automated here is not done by a server as well that shares the database, and is of before tracks."""
    mine = connections.update().where(connections.c.component_id == component_id)
    tx.execute(mine.values(auto_build=False, auto_deploy=False))


def _looked(
    tx: Tx, connection: Connection, track: Track, values: dict[str, Any], wait: timedelta, jitter: float
) -> bool:
    # What somebody changed meanwhile is another place: nothing was seen of that.
    same = sa.select(connections.c.component_id).where(
        connections.c.component_id == connection.component_id,
        connections.c.url == connection.url,
        connections.c.directory == connection.directory,
    )
    news = {"seen_sha": track.seen, "trouble": track.trouble, "note": track.note}
    if any(values.get(name, before) != before for name, before in news.items()):
        tx.changed(changes.PROJECTS)
    at = tracks.c.next_look_at
    # Whoever asked for another look while this one was under way knows of something newer.
    due = sa.case((at <= tx.now, at), else_=sa.literal(tx.now + wait * (1 + jitter / 10), at.type))
    mine = _mine(connection.component_id, track.branch).where(same.exists())
    return tx.execute(mine.values(**values, next_look_at=due)).rowcount == 1


def _mine(component_id: str, branch: str) -> sa.Update:
    return tracks.update().where(tracks.c.component_id == component_id, tracks.c.branch == branch)


def _newest(component_id: str) -> sa.Select[tuple[int]]:
    latest = sa.select(sa.func.coalesce(sa.func.max(builds.c.number), 0))
    return latest.where(builds.c.component_id == component_id)


def _automation(wanted: Automation) -> dict[str, Any]:
    return {"auto_build": wanted.build, "auto_deploy": wanted.deploy, "environment_id": wanted.environment_id}


def _track(row: Any) -> Track:
    return Track(
        branch=row.branch,
        automation=Automation(row.auto_build, row.auto_deploy, row.environment_id),
        seen=row.seen_sha,
        looked_at=row.looked_at,
        failures=row.failures,
        trouble=row.trouble,
        note=row.note,
    )
