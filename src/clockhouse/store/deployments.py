"""Deployments in the database, with their schedules and their sealed secrets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict, NotFound
from clockhouse.model import identifier
from clockhouse.model.build import Release
from clockhouse.model.component import Component
from clockhouse.model.configuration import Snapshot
from clockhouse.model.deployment import Container, Deployment, Limits, Pause, Status, Watch
from clockhouse.model.environment import Environment
from clockhouse.model.schedule import Terms
from clockhouse.store import builds, changes, occurrences, schedules, tracks
from clockhouse.store import environments as places
from clockhouse.store.database import Tx, one
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.deployments import deployments, secrets
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.projects import components, projects
from clockhouse.store.turns import Place
from clockhouse.task import Backoff, Retry

_sealed = Prepared(sa.select(secrets).where(secrets.c.deployment_id == sa.bindparam("deployment")))
_selected = sa.select(deployments, environments.c.slug.label("environment")).join_from(deployments, environments)
_ends_by_itself = sa.and_(deployments.c.status == str(Status.ACTIVE), deployments.c.pause_until.is_not(None))
_next_pause_end = Prepared(sa.select(sa.func.min(deployments.c.pause_until)).where(_ends_by_itself))
# Engines beside each other take different ones. SQLite has no need of it, and leaves it out.
_pause_over = (
    sa.select(
        deployments.c.id,
        projects.c.slug.label("project"),
        components.c.slug.label("component"),
        environments.c.slug.label("environment"),
    )
    .join_from(deployments, components, deployments.c.component_id == components.c.id)
    .join(projects, components.c.project_id == projects.c.id)
    .join(environments, deployments.c.environment_id == environments.c.id)
    .where(_ends_by_itself, deployments.c.pause_until <= sa.bindparam("now"))
    .order_by(deployments.c.pause_until)
    .limit(sa.bindparam("room"))
    .with_for_update(key_share=True, of=deployments, skip_locked=True)
)

_still_over = sa.select(deployments.c.id).where(
    deployments.c.id.in_(sa.bindparam("ids", expanding=True)), deployments.c.pause_until <= sa.bindparam("now")
)
_BEHIND = "What this deployment missed is still being written down, step by step. Try again in a moment."


def add(
    tx: Tx,
    component: Component,
    environment: Environment,
    release: Release,
    *,
    configured: Snapshot,
    limits: Limits,
    terms: Sequence[Terms],
    by: str,
    rolled_back_to: int | None = None,
    is_watched: bool = False,
) -> Deployment:
    """Puts a deployment in the place of the present one, whose pause it keeps; nothing of it is due before now.

    `rolled_back_to` is the number of the earlier one that it repeats. `is_watched`: its first occurrence decides
    whether it stays, or the present one comes back; while the present one is still on trial, the one before that.
    Raises Conflict where the build cannot run there, NotFound where the environment is being removed.
    """
    if (unfit := release.build.unfit_for(environment)) is not None:
        raise Conflict(unfit, build=release.build.id)
    take_turn(tx, component)
    places.hold(tx, environment)
    builds.hold(tx, release.build)
    previous = active(tx, component, environment)
    if previous is not None:
        end(tx, previous, Status.SUPERSEDED)
    deployment_id = identifier.new(tx.now)
    tx.execute(
        deployments.insert().values(
            id=deployment_id,
            component_id=component.id,
            environment_id=environment.id,
            release_id=release.id,
            number=_next_number(component, environment),
            configuration=dict(configured.values),
            limits=limits_written(limits),
            status=str(Status.ACTIVE),
            **_pause_columns(previous.pause if previous else None),
            created_at=tx.now,
            created_by=by,
            handover=_handover(configured),
            rolled_back_to=rolled_back_to,
            watch=str(Watch.WAITING) if is_watched else None,
            back_to=_back_to(previous) if is_watched else None,
        )
    )
    _keep_secrets(tx, deployment_id, configured)
    tx.changed(changes.DEPLOYMENTS)
    if component.is_connected:
        tracks.note_deployed(tx, component.id, environment.id, release.build.number)
    schedules.add(tx, Place(component.project_id, component.id, environment.id, deployment_id), terms)
    return get(tx, deployment_id)


def _next_number(component: Component, environment: Environment) -> sa.ColumnElement[int]:
    here = sa.and_(deployments.c.component_id == component.id, deployments.c.environment_id == environment.id)
    latest = sa.select(sa.func.coalesce(sa.func.max(deployments.c.number), 0)).where(here)
    return latest.scalar_subquery() + 1


def _keep_secrets(tx: Tx, deployment_id: str, configured: Snapshot) -> None:
    kept = [
        {"deployment_id": deployment_id, "name": name, "sealed": text, "fingerprint": configured.fingerprints.get(name)}
        for name, text in configured.sealed.items()
    ]
    if kept:
        tx.execute(secrets.insert(), kept)


def end(tx: Tx, deployment: Deployment, status: Status) -> None:
    """Ends an active deployment's schedules; executions under way go on."""
    hold(tx, deployments.c.id == deployment.id)
    schedules.unplan(tx, deployment.id)
    tx.execute(deployments.update().where(deployments.c.id == deployment.id).values(status=str(status)))
    tx.changed(changes.DEPLOYMENTS, changes.PLANS)


def get(tx: Tx, deployment_id: str) -> Deployment:
    rows = tx.execute(_selected.where(deployments.c.id == deployment_id)).all()
    return _deployments(tx, [one(rows, NotFound("There is no such deployment."))])[0]


def hold(tx: Tx, which: sa.ColumnElement[bool]) -> None:
    """Keeps engines from deciding what falls due of these deployments, until the transaction ends."""
    tx.execute(sa.select(deployments.c.id).where(which).order_by(deployments.c.id).with_for_update(key_share=True))


def take_turn(tx: Tx, component: Component) -> None:
    """Waits until nobody else decides about what this component has deployed or asked for, to the end."""
    tx.take_turn(f"deployments of {component.id}")


def held(tx: Tx, parts: Sequence[Component], environment: str | None) -> Tx:
    """The transaction at the instant from which on nobody else decides about deployments of these components there.

    `environment` is its slug; None means everywhere.
    Before that, engines may have decided what fell due while it waited for them: what somebody changes now is changed
    after it, and not at the earlier instant at which they asked.
    """
    ids = [component.id for component in parts]
    for each in sorted(parts, key=lambda component: component.id):
        take_turn(tx, each)
    here = sa.and_(deployments.c.component_id.in_(ids), deployments.c.status == str(Status.ACTIVE))
    if environment is not None:
        there = sa.select(environments.c.id).where(environments.c.slug == environment)
        here = sa.and_(here, deployments.c.environment_id.in_(there))
    hold(tx, here)
    return tx.later()


def active(tx: Tx, component: Component, environment: Environment) -> Deployment | None:
    """The one in the environment; it remains so until the end of a transaction that may write."""
    take_turn(tx, component)
    found = _deployments(
        tx,
        tx.execute(
            _selected.where(
                deployments.c.component_id == component.id,
                deployments.c.environment_id == environment.id,
                deployments.c.status == str(Status.ACTIVE),
            )
        ).all(),
    )
    return found[0] if found else None


def previous(tx: Tx, component: Component, environment: Environment) -> Deployment | None:
    """The newest deployment in the environment, active or not; a transaction that may write lets no other be newer."""
    take_turn(tx, component)
    found = history(tx, component, environment=environment.slug, limit=1)
    return found[0] if found else None


def history(tx: Tx, component: Component, *, environment: str | None, limit: int) -> list[Deployment]:
    """Newest first."""
    chosen = _selected.where(deployments.c.component_id == component.id)
    if environment is not None:
        chosen = chosen.where(environments.c.slug == environment)
    return _deployments(
        tx, tx.execute(chosen.order_by(deployments.c.created_at.desc(), deployments.c.number.desc()).limit(limit)).all()
    )


def numbered(tx: Tx, component_id: str, environment_id: str, number: int) -> Deployment:
    mine = sa.and_(deployments.c.component_id == component_id, deployments.c.environment_id == environment_id)
    rows = tx.execute(_selected.where(mine, deployments.c.number == number)).all()
    return _deployments(tx, [one(rows, NotFound(f"There is no deployment {number} in this environment."))])[0]


def preceding(tx: Tx, deployment: Deployment) -> Deployment | None:
    """The one that it took the place of, or that was there before it."""
    if deployment.number <= 1:
        return None
    return numbered(tx, deployment.component_id, deployment.environment_id, deployment.number - 1)


def snapshot(tx: Tx, deployment: Deployment) -> Snapshot:
    """All that it was configured with, for another one that is to have the same."""
    return Snapshot(
        values=deployment.values,
        sealed=sealed_secrets(tx, deployment.id),
        fingerprints=deployment.fingerprints,
        references=deployment.references,
        files=deployment.files,
    )


def sealed_secrets(tx: Tx, deployment_id: str) -> dict[str, str]:
    """By name, as the vault sealed them."""
    return sealed_secrets_of(tx, [deployment_id]).get(deployment_id, {})


def sealed_secrets_of(tx: Tx, ids: Collection[str]) -> dict[str, dict[str, str]]:
    """The same of several deployments, by their ids; one without any is left out."""
    sealed = {each: tx.run(_sealed, {"deployment": each}) for each in ids}
    return {each: {row.name: row.sealed for row in rows} for each, rows in sealed.items() if rows.rows}


def settle(tx: Tx, deployment: Deployment) -> None:
    """Decides all of it that has fallen due by now; until the transaction ends, nobody else decides about it.

    Raises Conflict when that is too much to be decided at once.
    """
    hold(tx, deployments.c.id == deployment.id)
    if not occurrences.settle_of(tx, deployment.id):
        raise Conflict(_BEHIND)


def set_pause(tx: Tx, deployment: Deployment, pause: Pause | None) -> None:
    """Pauses or resumes: what has fallen due is seen in the light of the pause as it was.

    Of a long backlog the rest is decided afterwards, as it would have been now. Raises Conflict when another pause is
    to begin before all is decided that is due since the end of the last one.
    """
    hold(tx, deployments.c.id == deployment.id)
    if pause is None:
        _resume(tx, deployment.id)
    else:
        _pause_from(tx, deployment.id, pause)
    tx.changed(changes.DEPLOYMENTS, changes.PLANS)


def end_pauses(tx: Tx, limit: int = 20) -> list[tuple[str, str]]:
    """Resumes at most `limit` of the deployments whose pause is over by now: `shop/health-check` and the environment.

    What fell due meanwhile is decided as by a person who resumes at the very end of the pause, however late this is.
    Where there is too much of it, the deployment is left to a later call.
    """
    rows = tx.execute(_pause_over, {"now": tx.now, "room": limit}).all()
    for row in rows:
        _resume(tx, row.id)
        tx.changed(changes.DEPLOYMENTS, changes.PLANS)
    behind = set(tx.execute(_still_over, {"now": tx.now, "ids": [row.id for row in rows]}).scalars())
    return [(f"{row.project}/{row.component}", row.environment) for row in rows if row.id not in behind]


def next_pause_end(tx: Tx) -> datetime | None:
    """When the next pause is over by itself."""
    found: datetime | None = tx.run(_next_pause_end).scalar()
    return found


def limits_of(written: Mapping[str, Any]) -> Limits:
    """Limits as the database keeps them."""
    longest, time_out = written["max_delay_s"], written["time_out_s"]
    retry = Retry(
        attempts=written["attempts"],
        delay=timedelta(seconds=written["delay_s"]),
        backoff=Backoff(written["backoff"]),
        max_delay=None if longest is None else timedelta(seconds=longest),
    )
    container = Container(**written.get("container") or {})
    return Limits(None if time_out is None else timedelta(seconds=time_out), retry, written.get("at_once"), container)


def _pause_from(tx: Tx, deployment_id: str, pause: Pause) -> None:
    mine = deployments.c.id == deployment_id
    is_all = occurrences.settle_of(tx, deployment_id)
    present = tx.execute(sa.select(deployments.c.paused_at, deployments.c.pause_until).where(mine)).one()
    is_another = present.paused_at is not None and present.paused_at != pause.at
    if is_another and not is_all:
        raise Conflict(_BEHIND)
    tx.execute(deployments.update().where(mine).values(**_pause_columns(pause)))
    occurrences.release(tx, deployment_id)  # it may end earlier, or later


def _resume(tx: Tx, deployment_id: str) -> None:
    mine = deployments.update().where(deployments.c.id == deployment_id)
    is_going_on = sa.or_(deployments.c.pause_until.is_(None), deployments.c.pause_until > tx.now)
    tx.execute(mine.where(deployments.c.paused_at.is_not(None), is_going_on).values(pause_until=tx.now))
    occurrences.release(tx, deployment_id)
    if occurrences.settle_of(tx, deployment_id):
        tx.execute(mine.values(**_pause_columns(None)))


def limits_written(limits: Limits) -> dict[str, Any]:
    """The same, as `limits_of` reads them."""
    retry = limits.retry
    return {
        "time_out_s": limits.time_out.total_seconds() if limits.time_out is not None else None,
        "attempts": retry.attempts,
        "delay_s": retry.delay.total_seconds(),
        "backoff": str(retry.backoff),
        "max_delay_s": retry.max_delay.total_seconds() if retry.max_delay is not None else None,
        "at_once": limits.at_once,
        "container": asdict(limits.container),
    }


def _back_to(previous: Deployment | None) -> int | None:
    if previous is None:
        return None
    return previous.back_to if previous.watch is Watch.WAITING else previous.number


def _handover(configured: Snapshot) -> dict[str, Any] | None:
    told = {"references": dict(configured.references), "files": dict(configured.files)}
    return told if any(told.values()) else None


def _pause_columns(pause: Pause | None) -> dict[str, Any]:
    return {
        "paused_at": pause.at if pause else None,
        "paused_by": pause.by if pause else None,
        "pause_note": pause.note if pause else None,
        "pause_until": pause.until if pause else None,
    }


def _pause(row: Any, now: datetime) -> Pause | None:
    if row.paused_at is None or (row.pause_until is not None and row.pause_until <= now):
        return None
    return Pause(row.paused_at, row.paused_by, row.pause_note or "", row.pause_until)


def _deployments(tx: Tx, rows: Sequence[Any]) -> list[Deployment]:
    ids = [row.id for row in rows]
    planned = schedules.of_deployments(tx, ids)
    prints: dict[str, dict[str, str | None]] = {}
    told = sa.select(secrets.c.deployment_id, secrets.c.name, secrets.c.fingerprint)
    for row in tx.execute(told.where(secrets.c.deployment_id.in_(ids))):
        prints.setdefault(row.deployment_id, {})[row.name] = row.fingerprint
    releases = {release_id: builds.release(tx, release_id) for release_id in {row.release_id for row in rows}}
    nothing = schedules.Stored()
    return [
        Deployment(
            id=row.id,
            number=row.number,
            component_id=row.component_id,
            environment_id=row.environment_id,
            environment=row.environment,
            release=releases[row.release_id],
            values=row.configuration,
            secret_names=frozenset(prints.get(row.id, {})) | frozenset((row.handover or {}).get("references", {})),
            schedules=planned.get(row.id, nothing).schedules,
            unreadable_schedules=planned.get(row.id, nothing).unreadable,
            limits=limits_of(row.limits),
            status=Status(row.status),
            pause=_pause(row, tx.now),
            created_at=row.created_at,
            created_by=row.created_by,
            references=(row.handover or {}).get("references", {}),
            fingerprints={name: known for name, known in prints.get(row.id, {}).items() if known is not None},
            files=(row.handover or {}).get("files", {}),
            rolled_back_to=row.rolled_back_to,
            watch=Watch(row.watch) if row.watch else None,
            back_to=row.back_to,
        )
        for row in rows
    ]
