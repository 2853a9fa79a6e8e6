"""Incidents: what alerts make of executions that end, decided in the transaction in which each is looked at once.

Whoever opens or ends one has the row of its alert, so that two cannot decide about the same place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.model import identifier
from clockhouse.model import incident as model
from clockhouse.model.alert import Condition, End, NoSuccess
from clockhouse.model.execution import Origin, Reason, State
from clockhouse.model.incident import Incident, Standing
from clockhouse.store import changes, conditions, messages, watches
from clockhouse.store.database import Tx
from clockhouse.store.prepared import Prepared
from clockhouse.store.tables.alerts import alert_standings, alerts, incidents
from clockhouse.store.tables.executions import attempts, executions

_RESTS = "Its deployment was paused."
_KEPT = timedelta(days=90)  # once it is over
_MOST_KEPT = 5000  # of one alert

Where = tuple[str, str]  # component and environment, by their ids

_any_on = Prepared(sa.select(alerts.c.id).where(alerts.c.is_on).limit(1))
_first = attempts.alias("first_attempt")
ENDS = sa.select(
    executions.c.id,
    executions.c.project_id,
    executions.c.component_id,
    executions.c.environment_id,
    executions.c.state,
    executions.c.origin,
    executions.c.due_at,
    executions.c.finished_at,
    executions.c.duration_s,
    executions.c.reason_code,
    executions.c.reason,
    sa.func.coalesce(_first.c.started_at, executions.c.started_at, type_=executions.c.started_at.type).label(
        "first_started_at"
    ),
    watches.failed_at_first.label("is_watched"),
).outerjoin_from(
    executions,
    _first,
    sa.and_(_first.c.execution_id == executions.c.id, _first.c.number == 1, executions.c.attempt > 1),
)
"""What alerts ask of executions that have ended; `end_of` reads a row."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An alert as far as it decides."""

    id: str
    project_id: str
    component_id: str | None
    environment_id: str | None
    condition: Condition
    tells_end: bool
    since: datetime

    def covers(self, project_id: str, where: Where) -> bool:
        component_id, environment_id = where
        return (
            self.project_id == project_id
            and self.component_id in (None, component_id)
            and self.environment_id in (None, environment_id)
        )


@dataclass(frozen=True, slots=True)
class Open:
    """An incident that lasts, and the id of its row."""

    id: str
    incident: Incident


def look(tx: Tx, ids: Sequence[str]) -> int:
    """Shows alerts executions that have ended, each of which is to be shown once; how many incidents began or ended.

    Only one transaction at a time does so. Where there is no alert, this costs a look whether there is one.
    """
    if not ids or tx.run(_any_on).first() is None:
        return 0
    rows = tx.execute(ENDS.where(executions.c.id.in_(ids))).all()
    by_place: dict[tuple[str, Where], list[End]] = defaultdict(list)
    for row in rows:
        by_place[row.project_id, (row.component_id, row.environment_id)].append(end_of(row))
    rules = _held(
        tx,
        alerts.c.is_on,
        alerts.c.project_id.in_({row.project_id for row in rows}),
        sa.or_(alerts.c.component_id.is_(None), alerts.c.component_id.in_({row.component_id for row in rows})),
    )
    shown = [
        (rule, where, ends)
        for (project_id, where), ends in sorted(by_place.items(), key=lambda each: each[0])
        for rule in rules
        if rule.covers(project_id, where)
    ]
    if not shown:
        return 0
    standings = _standings(tx, rules, {where for _, where, _ in shown})
    opened = _opened(tx, rules, {where for _, where, _ in shown})
    return sum(_show(tx, rule, where, ends, standings, opened) for rule, where, ends in shown)


def held(tx: Tx, alert_id: str) -> Rule | None:
    """An alert that is on, as it is now, until the transaction ends; None when it is not any more."""
    return next(iter(_held(tx, alerts.c.id == alert_id, alerts.c.is_on)), None)


def open_of(tx: Tx, alert_id: str, where: Where) -> Open | None:
    here = incidents.c.component_id == where[0], incidents.c.environment_id == where[1]
    found = sa.select(incidents).where(incidents.c.alert_id == alert_id, *here, incidents.c.over_at.is_(None))
    row = tx.execute(found).first()
    return None if row is None else Open(row.id, _incident(row))


def begin(tx: Tx, rule: Rule, where: Where, incident: Incident) -> bool:
    """Opens one, with what is to be told of it. False when the same has opened one before. The alert is held."""
    incident_id = identifier.new(tx.now)
    values = {
        "id": incident_id,
        "alert_id": rule.id,
        "component_id": where[0],
        "environment_id": where[1],
        "key": _key(rule, incident),
        "sentence": rule.condition.sentence,
        "began_at": incident.began_at,
        "noticed_at": tx.now,
        "opened_by": incident.opened_by,
        "due_at": incident.due_at,
        "reason": incident.reason,
        "is_settled": incident.is_settled,
        "over_at": incident.over_at,
        "ended_by": incident.ended_by,
        "quiet": None,
    }
    tx.insert_missing(incidents, [values])
    if tx.execute(sa.select(incidents.c.id).where(incidents.c.id == incident_id)).first() is None:
        return False
    messages.add_first(tx, rule.id, incident_id)
    tx.changed(changes.ALERTS)
    return True


def end(tx: Tx, rule: Rule, found: Open, over: Incident) -> bool:
    """Ends one: whoever was told that it began is told, if the alert does so. False when it was over already."""
    quiet = None if over.ended_by is not None else _RESTS
    if not _write_end(tx, found.id, over, quiet):
        return False
    if quiet is None and rule.tells_end:
        messages.add_last(tx, found.id)
    elif quiet is not None:
        messages.drop(tx, [found.id], quiet)
    return True


def end_quietly(tx: Tx, ids: Sequence[str], why: str) -> int:
    """Ends these that nobody is told of any more, nor of their beginning where that is not told yet; how many."""
    lasting = incidents.update().where(incidents.c.id.in_(ids), incidents.c.over_at.is_(None))
    ended = tx.execute(lasting.values(over_at=tx.now, quiet=why, is_settled=True)).rowcount
    messages.drop(tx, ids, why)
    tx.changed(changes.ALERTS)
    return ended


def end_quietly_of(tx: Tx, alert_id: str, why: str) -> int:
    """Ends quietly what lasts of an alert, whose row the transaction has; how many."""
    mine = sa.select(incidents.c.id).where(incidents.c.alert_id == alert_id, incidents.c.over_at.is_(None))
    return end_quietly(tx, tx.execute(mine).scalars().all(), why)


def remove_old(tx: Tx, limit: int, *, most: int = _MOST_KEPT) -> int:
    """Removes at most so many that have been over for long, with what was told of them; how many.

    Of one alert no more than `most` are kept: one that comes and goes every second makes many. What is not told yet
    stays.
    """
    is_over = sa.and_(incidents.c.over_at.is_not(None), messages.is_told(incidents.c.id))
    old = sa.select(incidents.c.id).where(is_over, incidents.c.over_at < tx.now - _KEPT)
    ids = list(tx.execute(old.order_by(incidents.c.over_at).limit(limit)).scalars())
    counted = sa.select(incidents.c.alert_id).group_by(incidents.c.alert_id).having(sa.func.count() > most)
    for alert_id in tx.execute(counted).scalars().all():
        mine = sa.select(incidents.c.id).where(incidents.c.alert_id == alert_id)
        newest = mine.order_by(incidents.c.id.desc()).limit(1).offset(most)
        oldest = mine.where(is_over, incidents.c.id <= newest.scalar_subquery()).order_by(incidents.c.id)
        ids += tx.execute(oldest.limit(max(0, limit - len(ids)))).scalars()
    return tx.execute(incidents.delete().where(incidents.c.id.in_(ids))).rowcount if ids else 0


def end_of(row: Any) -> End:
    took = None if row.duration_s is None else timedelta(seconds=row.duration_s)
    reason = Reason(row.reason_code, row.reason) if row.reason_code else None
    state, origin = State(row.state), Origin(row.origin)
    return End(
        row.id, state, origin, row.due_at, row.finished_at, row.first_started_at, took, reason, bool(row.is_watched)
    )


def in_order(ends: Iterable[End]) -> list[End]:
    """In which they ended; what was decided at one instant in the order of its due times."""
    return sorted(ends, key=lambda each: (each.ended_at, each.due_at, each.id))


def _show(
    tx: Tx,
    rule: Rule,
    where: Where,
    ends: Sequence[End],
    standings: dict[tuple[str, Where], Standing],
    opened: dict[tuple[str, Where], Open],
) -> int:
    """How many incidents began or ended."""
    key, count = (rule.id, where), 0
    before = standings.get(key, Standing(tx.now))
    found = opened.get(key)
    standing = replace(before, incident=None if found is None else found.incident)
    for each in in_order(ends):
        if each.ended_at <= rule.since or (found is None and isinstance(rule.condition, NoSuccess)):
            continue
        after = model.step(rule.condition, standing, each)
        if found is None and after.incident is not None:
            began = begin(tx, rule, where, after.incident)
            found = open_of(tx, rule.id, where)
            after = replace(after, incident=None if found is None else found.incident)
            count += began
        elif found is not None and after.incident is not None and not after.incident.is_open:
            count += end(tx, rule, found, after.incident)
            found, after = None, replace(after, incident=None)
        elif found is not None and after.incident != found.incident and after.incident is not None:
            tx.execute(incidents.update().where(incidents.c.id == found.id).values(is_settled=True))
            found = replace(found, incident=after.incident)
        standing = after
    if (standing.bad, standing.first_at) != (before.bad, before.first_at):
        _write_standing(tx, rule.id, where, standing)
    return count


def _key(rule: Rule, incident: Incident) -> str:
    """Of what opened it, for this form of the rule: the same opens none twice."""
    if incident.opened_by is None:
        return f"silence {incident.began_at:%Y-%m-%dT%H:%M:%S.%f}"
    return f"{incident.opened_by} {int(rule.since.timestamp() * 1000)}"


def _write_end(tx: Tx, incident_id: str, over: Incident, quiet: str | None) -> bool:
    lasting = incidents.update().where(incidents.c.id == incident_id, incidents.c.over_at.is_(None))
    values = {"over_at": over.over_at, "ended_by": over.ended_by, "is_settled": True, "quiet": quiet}
    tx.changed(changes.ALERTS)
    return tx.execute(lasting.values(**values)).rowcount == 1


def _write_standing(tx: Tx, alert_id: str, where: Where, standing: Standing) -> None:
    key = {"alert_id": alert_id, "component_id": where[0], "environment_id": where[1]}
    values = {"bad": standing.bad, "first_at": standing.first_at}
    mine = alert_standings.update().where(*(alert_standings.c[name] == value for name, value in key.items()))
    if tx.execute(mine.values(**values)).rowcount == 0:
        tx.execute(alert_standings.insert().values(**key, **values, rests=False))


def _held(tx: Tx, *which: sa.ColumnElement[bool]) -> list[Rule]:
    """Alerts that nobody else decides about or changes before the transaction ends."""
    rows = tx.execute(sa.select(alerts).where(*which).order_by(alerts.c.id).with_for_update(key_share=True))
    return [rule for row in rows if (rule := rule_of(row)) is not None]


def rule_of(row: Any) -> Rule | None:
    """None of one that only a newer version understands."""
    condition = conditions.read(row)
    if condition is None:
        return None
    return Rule(row.id, row.project_id, row.component_id, row.environment_id, condition, row.tells_end, row.since)


def _standings(tx: Tx, rules: Sequence[Rule], places: set[Where]) -> dict[tuple[str, Where], Standing]:
    rows = tx.execute(sa.select(alert_standings).where(*_among(alert_standings, rules, places)))
    return {
        (row.alert_id, (row.component_id, row.environment_id)): Standing(tx.now, row.bad, row.first_at) for row in rows
    }


def _opened(tx: Tx, rules: Sequence[Rule], places: set[Where]) -> dict[tuple[str, Where], Open]:
    chosen = sa.select(incidents).where(*_among(incidents, rules, places), incidents.c.over_at.is_(None))
    return {
        (row.alert_id, (row.component_id, row.environment_id)): Open(row.id, _incident(row))
        for row in tx.execute(chosen)
    }


def _among(table: sa.Table, rules: Sequence[Rule], places: set[Where]) -> list[sa.ColumnElement[bool]]:
    return [
        table.c.alert_id.in_([rule.id for rule in rules]),
        table.c.component_id.in_({component_id for component_id, _ in places}),
    ]


def _incident(row: Any) -> Incident:
    return Incident(row.began_at, row.opened_by, row.due_at, row.reason, row.is_settled, row.over_at, row.ended_by)
