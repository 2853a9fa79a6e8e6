"""What alerts say while nothing ends: what runs too long, what has not started, where nothing succeeds any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clockhouse.model import incident as model
from clockhouse.model.alert import NoSuccess, RunsLonger, StartsLate
from clockhouse.model.deployment import Pause, Status
from clockhouse.model.execution import PROMISED, State, words
from clockhouse.model.incident import Incident, Standing
from clockhouse.store import incidents
from clockhouse.store.database import Tx
from clockhouse.store.incidents import Rule, Where
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.alerts import alert_standings, alerts
from clockhouse.store.tables.alerts import incidents as incidents_table
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.executions import IS_OPEN, executions
from clockhouse.store.tables.projects import components
from clockhouse.store.tables.schedules import schedules

UNDEPLOYED = "It is not deployed there any more."
PAUSED = "Its deployment was paused."
_LATELY = 20

_by_time = Prepared(
    sa.select(alerts).where(
        alerts.c.is_on, sa.or_(*(alerts.c.kind == kind for kind in ("runs_longer", "starts_late", "no_success")))
    )
)
_any_open = Prepared(sa.select(incidents_table.c.id).where(incidents_table.c.over_at.is_(None)).limit(1))
_going = sa.select(
    executions.c.id,
    executions.c.project_id,
    executions.c.component_id,
    executions.c.environment_id,
    executions.c.state,
    executions.c.origin,
    executions.c.due_at,
    executions.c.started_at,
    executions.c.attempt,
).where(
    IS_OPEN,
    sa.or_(
        sa.and_(executions.c.state == str(State.STARTED), executions.c.started_at.is_not(None)),
        sa.and_(
            executions.c.state != str(State.PLANNED),
            executions.c.started_at.is_(None),
            executions.c.attempt == 1,
            sa.or_(*(executions.c.origin == str(origin) for origin in sorted(PROMISED))),
            executions.c.due_at < sa.bindparam("now"),
        ),
    ),
)
_is_going_on = sa.exists().where(schedules.c.deployment_id == deployments.c.id, schedules.c.ended_at.is_(None))
_placed = (
    sa.select(
        components.c.project_id,
        deployments.c.component_id,
        deployments.c.environment_id,
        deployments.c.created_at,
        deployments.c.paused_at,
        deployments.c.paused_by,
        deployments.c.pause_note,
        deployments.c.pause_until,
    )
    .join_from(deployments, components, deployments.c.component_id == components.c.id)
    .where(deployments.c.status == str(Status.ACTIVE), _is_going_on)
)
_lately = (
    sa.select(executions.c.finished_at)
    .where(
        executions.c.component_id == sa.bindparam("component"),
        executions.c.environment_id == sa.bindparam("environment"),
        executions.c.state == str(State.SUCCEEDED),
    )
    .order_by(executions.c.due_at.desc())
    .limit(_LATELY)
    .subquery("lately")
)
_last_success = sa.select(sa.func.max(_lately.c.finished_at))
_lasting = sa.select(
    incidents_table.c.alert_id, incidents_table.c.component_id, incidents_table.c.environment_id
).where(incidents_table.c.over_at.is_(None))
_is_deployed = sa.exists().where(
    deployments.c.component_id == incidents_table.c.component_id,
    deployments.c.environment_id == incidents_table.c.environment_id,
    deployments.c.status == str(Status.ACTIVE),
)
_left_behind = sa.select(incidents_table.c.id).where(incidents_table.c.over_at.is_(None), ~_is_deployed)

Key = tuple[str, Where, datetime]  # an alert's id, a place, and since when the alert is as it is


@dataclass(frozen=True, slots=True)
class Late:
    """That an alert is to open an incident in a place, or may have to: decided anew when the alert is held."""

    alert_id: str
    where: Where
    incident: Incident


@dataclass(frozen=True, slots=True)
class Silence:
    """A place where an alert waits for a success: since when, and whether nothing is to run there at present."""

    rule: Rule
    where: Where
    since: datetime
    is_known: bool  # whether there is a row that says so
    rested: bool  # as the row says
    rests: bool

    @property
    def key(self) -> Key:
        return self.rule.id, self.where, self.rule.since


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be done by now, and until when nothing is late of the places that are well."""

    late: tuple[Late, ...] = ()
    silences: tuple[Silence, ...] = ()  # whose row is to be written
    left_behind: tuple[str, ...] = ()  # incidents in places where nothing is deployed
    deadlines: Mapping[Key, datetime] | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.late or self.silences or self.left_behind)


def find(tx: Tx, deadlines: Mapping[Key, datetime]) -> Found:
    """Looks at what goes on; `deadlines` is what the look before has found, so that silences need not be read again."""
    rules = [rule for row in tx.run(_by_time).rows if (rule := incidents.rule_of(row)) is not None]
    left = tx.execute(_left_behind).scalars().all() if tx.run(_any_open).first() is not None else []
    if not rules:
        return Found(left_behind=tuple(left))
    silences = list(_silences(tx, [rule for rule in rules if isinstance(rule.condition, NoSuccess)]))
    to_write = tuple(each for each in silences if not each.is_known or each.rests != each.rested)
    late, later = _silent(tx, silences, deadlines)
    going = [rule for rule in rules if isinstance(rule.condition, RunsLonger | StartsLate)]
    late += list(_going_on(tx, going)) if going else []
    known = {(row.alert_id, row.component_id, row.environment_id) for row in tx.execute(_lasting)} if late else set()
    late = [each for each in late if (each.alert_id, *each.where) not in known]
    return Found(tuple(late), to_write, tuple(left), later)


def note(tx: Tx, late: Late) -> bool:
    """Opens the incident if it is still so; whether it did."""
    rule = incidents.held(tx, late.alert_id)
    if rule is None or incidents.open_of(tx, rule.id, late.where) is not None:
        return False
    found = _again(tx, rule, late)
    return found is not None and incidents.begin(tx, rule, late.where, found)


def note_silence(tx: Tx, silence: Silence) -> None:
    """Writes since when a silence counts; what lasts where nothing is to run ends quietly."""
    if incidents.held(tx, silence.rule.id) is None:
        return
    key = {"alert_id": silence.rule.id, "component_id": silence.where[0], "environment_id": silence.where[1]}
    since = tx.now if silence.is_known else silence.since
    mine = alert_standings.update().where(*(alert_standings.c[name] == value for name, value in key.items()))
    if tx.execute(mine.values(since=since, rests=silence.rests)).rowcount == 0:
        tx.insert_missing(
            alert_standings, [{**key, "bad": 0, "first_at": None, "since": since, "rests": silence.rests}]
        )
    found = incidents.open_of(tx, silence.rule.id, silence.where)
    if silence.rests and found is not None:
        incidents.end_quietly(tx, [found.id], PAUSED)


def _again(tx: Tx, rule: Rule, late: Late) -> Incident | None:
    """What is late still, now that the alert is held."""
    if isinstance(rule.condition, NoSuccess):
        since = late.incident.began_at - rule.condition.limit
        here = {"component": late.where[0], "environment": late.where[1]}
        last: datetime | None = tx.execute(_last_success, here).scalar()
        return late.incident if last is None or last <= since else None
    # It may end just now. Who looks at that end waits for the alert, and finds the incident.
    rows = tx.execute(_going.where(executions.c.id == late.incident.opened_by), {"now": tx.now}).all()
    return next((found for row in rows if (found := _late(rule, row, tx.now)) is not None), None)


def _going_on(tx: Tx, rules: list[Rule]) -> Iterator[Late]:
    """The first of each alert and place."""
    first: dict[tuple[str, Where], Late] = {}
    for row in tx.execute(_going, {"now": tx.now}):
        where = row.component_id, row.environment_id
        for rule in rules:
            found = _late(rule, row, tx.now) if rule.covers(row.project_id, where) else None
            known = first.get((rule.id, where))
            if found is not None and (known is None or found.began_at < known.incident.began_at):
                first[rule.id, where] = Late(rule.id, where, found)
    yield from first.values()


def _late(rule: Rule, row: Any, now: datetime) -> Incident | None:
    condition = rule.condition
    if isinstance(condition, RunsLonger) and row.started_at is not None:
        began_at = row.started_at + condition.limit
        reason = f"It has been running since {row.started_at:%Y-%m-%d %H:%M:%S} UTC."
    elif isinstance(condition, StartsLate) and row.started_at is None:
        began_at = row.due_at + condition.limit
        reason = (
            f"It was due at {row.due_at:%Y-%m-%d %H:%M:%S} UTC, and has not started {words(condition.limit)} later."
        )
    else:
        return None
    if not rule.since < began_at < now:
        return None
    return Incident(began_at, row.id, row.due_at, reason, is_settled=False)


def _silences(tx: Tx, rules: list[Rule]) -> Iterator[Silence]:
    if not rules:
        return
    known = {
        (row.alert_id, row.component_id, row.environment_id): row
        for row in tx.execute(sa.select(alert_standings).where(alert_standings.c.since.is_not(None)))
    }
    projects = {rule.project_id for rule in rules}
    for row in tx.execute(_placed.where(components.c.project_id.in_(projects))):
        where = row.component_id, row.environment_id
        pause = None
        if row.paused_at is not None:
            pause = Pause(row.paused_at, row.paused_by, row.pause_note or "", row.pause_until)
        rests = pause is not None and pause.covers(tx.now)
        for rule in rules:
            if rule.covers(row.project_id, where):
                found = known.pop((rule.id, *where), None)
                since = max(rule.since, row.created_at) if found is None else found.since
                rested = found is not None and found.rests
                yield Silence(rule, where, since, found is not None, rested, rests)
    by_id = {rule.id: rule for rule in rules}
    for row in known.values():  # nothing is deployed there any more
        if row.alert_id in by_id:
            where = row.component_id, row.environment_id
            yield Silence(by_id[row.alert_id], where, row.since, is_known=True, rested=row.rests, rests=True)


def _silent(
    tx: Tx, silences: list[Silence], deadlines: Mapping[Key, datetime]
) -> tuple[list[Late], dict[Key, datetime]]:
    """Where nothing has succeeded for too long, and until when nothing can be late of the others."""
    late, later = [], {}
    for each in silences:
        condition = each.rule.condition
        if each.rests or each.rested or not isinstance(condition, NoSuccess):
            continue
        deadline = max(each.since + condition.limit, deadlines.get(each.key, each.since))
        if deadline <= tx.now:
            here = {"component": each.where[0], "environment": each.where[1]}
            last: datetime | None = tx.execute(_last_success, here).scalar()
            standing = Standing(each.since if last is None else max(each.since, last))
            deadline = standing.since + condition.limit
            found = model.expired(condition, standing, tx.now).incident
            if found is not None:
                late.append(Late(each.rule.id, each.where, found))
        later[each.key] = deadline
    return late, later
