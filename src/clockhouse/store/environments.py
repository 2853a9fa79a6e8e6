"""Environments in the database, in the order in which releases are promoted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict, NotFound
from clockhouse.model import identifier
from clockhouse.model.deployment import Status
from clockhouse.model.environment import Approval, Contents, Environment, Plane, Retention
from clockhouse.store import changes
from clockhouse.store.database import Tx, one
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.environments import agents, environments
from clockhouse.store.tables.executions import IS_OPEN, executions
from clockhouse.store.tables.projects import components, projects
from clockhouse.store.tables.sources import tracks

_TURN = "environments"
_IS_THERE = environments.c.removed_at.is_(None)
_OF_THEIRS = sa.and_(components.c.id == deployments.c.component_id, projects.c.id == components.c.project_id)


def add(
    tx: Tx, *, slug: str, name: str, is_production: bool, plane: Plane, retention: Retention, at_once: int | None
) -> Environment:
    """The last one in the order of promotion. Raises Conflict when its slug or its name is taken."""
    take_turn(tx)
    present = every(tx)
    _check_slug(tx, slug)
    _check_name(present, name)
    position = max((each.position for each in present), default=0) + 1
    made = Environment(identifier.new(tx.now), slug, name, position, is_production, str(plane), retention, at_once)
    tx.execute(
        environments.insert().values(
            id=made.id,
            slug=slug,
            name=name,
            position=position,
            is_production=is_production,
            data_plane=str(plane),
            keep_days=retention.days,
            keep_last=retention.last,
            at_once=at_once,
        )
    )
    tx.changed(changes.DEPLOYMENTS)
    return made


def every(tx: Tx) -> list[Environment]:
    """But for those that are being removed."""
    chosen = sa.select(environments).where(_IS_THERE).order_by(environments.c.position)
    return [_environment(row) for row in tx.execute(chosen)]


def being_removed(tx: Tx) -> list[Environment]:
    """Those that nobody can use any more, whose history goes."""
    chosen = sa.select(environments).where(~_IS_THERE).order_by(environments.c.position)
    return [_environment(row) for row in tx.execute(chosen)]


def get(tx: Tx, slug: str) -> Environment:
    """Who may write may rely on it: it is there until the end of the transaction."""
    return _held(tx, environments.c.slug == slug, slug)


def hold(tx: Tx, environment: Environment) -> None:
    """Keeps it from being removed before the transaction ends. Raises NotFound when that has begun."""
    _held(tx, environments.c.id == environment.id, environment.slug)


def rename(tx: Tx, environment: Environment, name: str) -> None:
    """Its slug, which is in addresses and commands, stays. Raises Conflict when another one has the name."""
    take_turn(tx)
    _check_name([each for each in every(tx) if each.id != environment.id], name)
    _change(tx, environment, name=name)


def mark(tx: Tx, environment: Environment, *, is_production: bool) -> None:
    _change(tx, environment, is_production=is_production)


def move(tx: Tx, slug: str, before: str | None) -> list[Environment]:
    """Puts it right before another one, or to the end; the new order. Raises NotFound when either is gone."""
    take_turn(tx)
    moved, following = get(tx, slug), get(tx, before) if before is not None else None
    order = [each for each in every(tx) if each.id != moved.id]
    place = next((at for at, each in enumerate(order) if following and each.id == following.id), len(order))
    order.insert(place, moved)
    if following is not None and following.id == moved.id:
        return every(tx)
    for position, each in enumerate(order, 1):
        if each.position != position:
            _change(tx, each, position=position)
    return every(tx)


def contents(tx: Tx, environment: Environment) -> Contents:
    """What it has now. Of a transaction that may write: nothing is added to it until that ends."""
    if tx.is_writing:
        take_turn(tx)
        tx.execute(sa.select(environments.c.id).where(environments.c.id == environment.id).with_for_update())
    named = (projects.c.slug + "/" + components.c.slug).label("thing")
    placed = sa.select(named).where(_OF_THEIRS, deployments.c.status == str(Status.ACTIVE))
    placed = placed.where(deployments.c.environment_id == environment.id).order_by(named)
    mine = sa.select(agents.c.name).where(agents.c.environment_id == environment.id, agents.c.withdrawn_at.is_(None))
    followed = (
        sa.select(named, tracks.c.branch)
        .join_from(tracks, components, components.c.id == tracks.c.component_id)
        .join(projects, projects.c.id == components.c.project_id)
        .where(tracks.c.environment_id == environment.id)
        .order_by(named, tracks.c.branch)
    )
    others = sa.select(sa.func.count()).select_from(environments).where(_IS_THERE, environments.c.id != environment.id)
    here = executions.c.environment_id == environment.id
    open_here = sa.select(sa.func.count()).where(IS_OPEN, here, executions.c.state != "planned")
    return Contents(
        deployed=tx.execute(placed).scalars().all(),
        running=tx.execute(open_here.select_from(executions)).scalar_one(),
        agents=tx.execute(mine.order_by(agents.c.name)).scalars().all(),
        tracks=[f"{row.thing} ({row.branch})" for row in tx.execute(followed)],
        is_only=tx.execute(others).scalar_one() == 0,
        deployments=_count(tx, deployments, environment),
        executions=_count(tx, executions, environment),
    )


def take_turn(tx: Tx) -> None:
    """Lets nobody else add, remove or reorder any before the transaction has ended."""
    tx.take_turn(_TURN)


def set_retention(tx: Tx, environment: Environment, retention: Retention) -> None:
    _change(tx, environment, keep_days=retention.days, keep_last=retention.last)


def set_at_once(tx: Tx, environment: Environment, number: int | None) -> None:
    """Limits how many executions run there at once; those that run already go on."""
    _change(tx, environment, at_once=number)
    tx.changed(changes.QUEUE)


def set_plane(tx: Tx, environment: Environment, plane: Plane) -> None:
    """Says what runs its executions from now on; those that run already go on where they are."""
    _change(tx, environment, data_plane=str(plane))
    tx.changed(changes.QUEUE)


def _change(tx: Tx, environment: Environment, **values: str | int | bool | None) -> None:
    tx.execute(environments.update().where(environments.c.id == environment.id).values(**values))
    tx.changed(changes.DEPLOYMENTS)


def _held(tx: Tx, which: sa.ColumnElement[bool], slug: str) -> Environment:
    chosen = sa.select(environments).where(which, _IS_THERE)
    if tx.is_writing:
        chosen = chosen.with_for_update(read=True, key_share=True)
    return _environment(one(tx.execute(chosen), NotFound(f"There is no environment “{slug}”.")))


def _check_slug(tx: Tx, slug: str) -> None:
    if any(each.slug == slug for each in every(tx)):
        raise Conflict(f"There is an environment with the address “{slug}” already. Choose another name.", slug=slug)
    if any(each.slug == slug for each in being_removed(tx)):
        sentence = f"The history of an environment with the address “{slug}” is still being removed. Try again soon."
        raise Conflict(sentence, slug=slug)


def _check_name(others: list[Environment], name: str) -> None:
    if any(each.name.casefold() == name.casefold() for each in others):
        raise Conflict(f"There is an environment called “{name}” already. Choose another name.", name=name)


def _count(tx: Tx, table: sa.Table, environment: Environment) -> int:
    mine = sa.select(sa.func.count()).select_from(table).where(table.c.environment_id == environment.id)
    found: int = tx.execute(mine).scalar_one()
    return found


def set_approval(tx: Tx, environment: Environment, approval: Approval | None) -> None:
    """Says who may approve of what is to be deployed there; None: nobody has to."""
    written = None if approval is None else {"role": approval.role, "people": dict(approval.people)}
    tx.execute(environments.update().where(environments.c.id == environment.id).values(approval=written))
    tx.changed(changes.DEPLOYMENTS)


def _environment(row: Any) -> Environment:
    return Environment(
        row.id,
        row.slug,
        row.name,
        row.position,
        row.is_production,
        row.data_plane,
        Retention(row.keep_days, row.keep_last),
        row.at_once,
        None if row.approval is None else Approval(row.approval["role"], row.approval["people"]),
    )
