"""Alerts in the database: the rules of a project, and whom each tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict, Invalid, NotFound
from clockhouse.model import identifier
from clockhouse.model.alert import Alert, Wish
from clockhouse.model.component import Component
from clockhouse.model.environment import Environment
from clockhouse.model.project import Project
from clockhouse.store import changes, conditions, incidents
from clockhouse.store.database import Tx, one
from clockhouse.store.tables.alerts import alert_channels, alert_standings, alerts
from clockhouse.store.tables.channels import channels
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.projects import components, projects

_MOST = 50  # of one component, and of a whole project: each looks at every end there, while nobody else can write
_CHANGED = "The alert was changed."
_SWITCHED = "The alert was switched off."

_selected = (
    sa.select(
        alerts,
        projects.c.slug.label("project"),
        components.c.slug.label("component"),
        environments.c.slug.label("environment"),
    )
    .join_from(alerts, projects, alerts.c.project_id == projects.c.id)
    .outerjoin(components, alerts.c.component_id == components.c.id)
    .outerjoin(environments, alerts.c.environment_id == environments.c.id)
)


def add(
    tx: Tx,
    project: Project,
    wish: Wish,
    *,
    component: Component | None,
    environment: Environment | None,
    by: str,
    declared_by: str | None = None,
) -> Alert:
    """The rule, known by the next number of its project.

    Raises Invalid for a channel that there is not, Conflict where there are as many alerts as may be: but for one that
    a file says, for which no deployment is to fail.
    """
    tx.take_turn(f"alerts of {project.id}")
    if declared_by is None:
        _check_room(tx, project.id, component)
    last = tx.execute(sa.select(sa.func.max(alerts.c.number)).where(alerts.c.project_id == project.id)).scalar() or 0
    alert_id = identifier.new(tx.now)
    values = {
        "id": alert_id,
        "project_id": project.id,
        "number": last + 1,
        "created_at": tx.now,
        "created_by": by,
        "declared_by": declared_by,
    }
    tx.execute(alerts.insert().values(**values, **_written(wish, component, environment), since=tx.now))
    _set_channels(tx, project.id, alert_id, wish.channels)
    tx.changed(changes.ALERTS)
    return get(tx, project, last + 1)


def get(tx: Tx, project: Project, number: int) -> Alert:
    """Who may write has it: nobody else changes it until the transaction ends."""
    mine = _selected.where(alerts.c.project_id == project.id, alerts.c.number == number)
    if tx.is_writing:
        mine = mine.with_for_update(of=alerts)
    row = one(tx.execute(mine), NotFound(f"“{project.name}” has no alert {number}."))
    return _alert(row, _channels_of(tx, [row.id]).get(row.id, ()))


def hold(tx: Tx, component: Component) -> None:
    """Nobody else changes those of a component alone, or decides by them, until the transaction ends.

    In the order in which whoever looks at ends takes them: neither waits for what the other one has.
    """
    mine = sa.select(alerts.c.id).where(alerts.c.component_id == component.id).order_by(alerts.c.id)
    tx.execute(mine.with_for_update(key_share=True))


def of_project(tx: Tx, project: Project) -> list[Alert]:
    """By their numbers."""
    return _alerts(tx, _selected.where(alerts.c.project_id == project.id).order_by(alerts.c.number))


def declared(tx: Tx, component: Component) -> list[Alert]:
    """Those that the file of a component says, by their numbers."""
    return _alerts(tx, _selected.where(alerts.c.declared_by == component.id).order_by(alerts.c.number))


def telling(tx: Tx, channel_id: str) -> list[Alert]:
    """Those that tell a channel, by their numbers."""
    mine = sa.select(alert_channels.c.alert_id).where(alert_channels.c.channel_id == channel_id)
    return _alerts(tx, _selected.where(alerts.c.id.in_(mine)).order_by(alerts.c.number))


def change(tx: Tx, alert: Alert, wish: Wish, *, component: Component | None, environment: Environment | None) -> Alert:
    """Writes what is wanted of it now. Where that is another rule, it begins anew: what is open ends quietly."""
    values = _written(wish, component, environment)
    if values["component_id"] != alert.component_id:
        _check_room(tx, alert.project_id, component)
    if _is_another(alert, wish):
        values["since"] = tx.now
        _begin_anew(tx, alert, _CHANGED if wish.is_on else _SWITCHED)
    tx.execute(alerts.update().where(alerts.c.id == alert.id).values(**values))
    if wish.channels != alert.wish.channels:
        _set_channels(tx, alert.project_id, alert.id, wish.channels)
    tx.changed(changes.ALERTS)
    return replace(
        alert,
        wish=wish,
        component_id=values["component_id"],
        environment_id=values["environment_id"],
        since=values.get("since", alert.since),
    )


def declare(tx: Tx, alert: Alert, by: Component | None) -> None:
    """It is the file's of this component from now on; None: people's."""
    tx.execute(alerts.update().where(alerts.c.id == alert.id).values(declared_by=by and by.id))
    tx.changed(changes.ALERTS)


def remove(tx: Tx, alert: Alert) -> None:
    """With its incidents and what was told of them; what is not told yet never is."""
    tx.execute(alerts.delete().where(alerts.c.id == alert.id))
    tx.changed(changes.ALERTS)


def _check_room(tx: Tx, project_id: str, component: Component | None) -> None:
    about = alerts.c.component_id.is_(None) if component is None else alerts.c.component_id == component.id
    mine = sa.select(sa.func.count()).select_from(alerts).where(alerts.c.project_id == project_id, about)
    if tx.execute(mine).scalar_one() >= _MOST:
        what = "the whole project" if component is None else f"“{component.name}”"
        raise Conflict(f"There are {_MOST} alerts for {what}, which is the most. Remove one, or change one of them.")


def _is_another(alert: Alert, wish: Wish) -> bool:
    before = alert.wish
    return (before.condition, before.component, before.environment, before.is_on) != (
        wish.condition,
        wish.component,
        wish.environment,
        wish.is_on,
    )


def _begin_anew(tx: Tx, alert: Alert, why: str) -> None:
    incidents.end_quietly_of(tx, alert.id, why)
    tx.execute(alert_standings.delete().where(alert_standings.c.alert_id == alert.id))


def _written(wish: Wish, component: Component | None, environment: Environment | None) -> dict[str, Any]:
    return {
        "component_id": component and component.id,
        "environment_id": environment and environment.id,
        **conditions.columns(wish.condition),
        "tells_end": wish.tells_end,
        "is_on": wish.is_on,
    }


def _set_channels(tx: Tx, project_id: str, alert_id: str, names: Sequence[str]) -> None:
    if not names:
        raise Invalid("Say whom to tell: give at least one channel.", {"channels": "Choose at least one channel."})
    mine = sa.select(channels.c.id, channels.c.name).where(channels.c.project_id == project_id)
    # They stay until the transaction ends: who removes one waits, and sees then that it is told.
    mine = mine.where(channels.c.name.in_(names)).order_by(channels.c.id).with_for_update(read=True, key_share=True)
    found = {row.name: row.id for row in tx.execute(mine)}
    for name in names:
        if name not in found:
            sentence = f"The project has no channel “{name}”. Add it first."
            raise Invalid(sentence, {"channels": sentence}, channel=name)
    tx.execute(alert_channels.delete().where(alert_channels.c.alert_id == alert_id))
    tx.execute(alert_channels.insert(), [{"alert_id": alert_id, "channel_id": each} for each in set(found.values())])


def _alerts(tx: Tx, chosen: sa.Select[Any]) -> list[Alert]:
    rows = tx.execute(chosen).all()
    told = _channels_of(tx, [row.id for row in rows])
    return [_alert(row, told.get(row.id, ())) for row in rows if conditions.read(row) is not None]


def _channels_of(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The names of the channels that these alerts tell, by alert."""
    named = sa.select(alert_channels.c.alert_id, channels.c.name).join_from(alert_channels, channels)
    found: dict[str, tuple[str, ...]] = {}
    for row in tx.execute(named.where(alert_channels.c.alert_id.in_(ids)).order_by(channels.c.name)):
        found[row.alert_id] = (*found.get(row.alert_id, ()), row.name)
    return found


def _alert(row: Any, told: tuple[str, ...]) -> Alert:
    condition = conditions.read(row)
    if condition is None:
        raise Invalid("This alert is of a newer version of Clockhouse.", alert=row.id)
    return Alert(
        id=row.id,
        project_id=row.project_id,
        project=row.project,
        number=row.number,
        wish=Wish(condition, told, row.component, row.environment, row.tells_end, row.is_on),
        component_id=row.component_id,
        environment_id=row.environment_id,
        since=row.since,
        created_at=row.created_at,
        created_by=row.created_by,
        declared_by=row.declared_by,
    )
