"""The audit trail in the database: rows are added, found, and removed once they need not be kept any more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clockhouse.model import identifier
from clockhouse.model.actor import SYSTEM, Actor
from clockhouse.model.audit import Entry, Fact, Outcome, Wanted
from clockhouse.store.database import Tx
from clockhouse.store.tables.audit import audit, audit_rules

_RULES = 1
_BY_ITSELF = "the system"
# Their objects are names that people choose, which may look like something of a project.
_CALL, _REQUEST = "call", "request"
# Of earlier versions, whose calls were called requests, as what waits for an approval is: that never ends badly.
_IS_CALL_OF_OLD = sa.and_(audit.c.action.startswith(f"{_REQUEST}."), audit.c.outcome != str(Outcome.SUCCEEDED))
_shown_action = sa.case(
    (_IS_CALL_OF_OLD, _CALL + sa.func.substr(audit.c.action, len(_REQUEST) + 1)), else_=audit.c.action
)
_OF_NO_PROJECT = ("agent.", "environment.", "password.", "person.", "session.", "token.")


def note(tx: Tx, actor: Actor, action: str, thing: str, **facts: Fact) -> None:
    """Records an action like `deployment.created` on an object like `shop/health-check`. Facts hold no secrets.

    It has succeeded, unless its name says that it was refused.
    """
    record(tx, actor, action, thing, Outcome.REFUSED if action.endswith(".refused") else Outcome.SUCCEEDED, facts)


def record(tx: Tx, actor: Actor, action: str, thing: str, outcome: Outcome, facts: Mapping[str, Fact]) -> None:
    """The same with an outcome. From where it was asked for is what the actor has with it."""
    origin = actor.origin
    address = origin.address if origin else facts.get("address")
    values = {
        "id": identifier.new(tx.now),
        "at": tx.now,
        "actor": actor.name,
        "actor_id": actor.id or None,
        "action": action,
        "object": thing,
        "project": _project(action, thing, facts),
        "environment": _environment(action, thing, facts),
        "from_address": str(address) if address is not None else None,
        "by_way": origin.way if origin else _BY_ITSELF if actor == SYSTEM else None,
        "outcome": str(outcome),
    }
    tx.execute(audit.insert().values(**values, facts=dict(facts)))


def has_happened(tx: Tx, action: str, thing: str | None = None) -> bool:
    """Whether the trail has such an action on that object, or on any."""
    chosen = sa.select(audit.c.id).where(audit.c.action == action)
    if thing is not None:
        chosen = chosen.where(audit.c.object == thing)
    return tx.execute(chosen.limit(1)).first() is not None


def find(tx: Tx, wanted: Wanted, *, before: str | None, limit: int) -> list[Entry]:
    """Newest first; `before` is the id of the last one of the page before."""
    chosen = sa.select(audit, _shown_action.label("shown_action")).where(*_conditions(wanted))
    if before is not None:
        chosen = chosen.where(audit.c.id < before)
    return [_entry(row) for row in tx.execute(chosen.order_by(audit.c.id.desc()).limit(limit))]


def kept_days(tx: Tx) -> int | None:
    """For how many days entries are kept; None: for ever."""
    days: int | None = tx.execute(sa.select(audit_rules.c.keep_days)).scalar()
    return days


def keep(tx: Tx, days: int | None) -> None:
    tx.execute(audit_rules.update().where(audit_rules.c.id == _RULES).values(keep_days=days))


def remove_old(tx: Tx, limit: int) -> int:
    """Removes so many entries at most that need not be kept any more, the oldest first; how many."""
    days = kept_days(tx)
    if days is None:
        return 0
    # An hour more: the database has its own clock, and refuses what that says is too young.
    before = tx.now - timedelta(days=days, hours=1)
    oldest = sa.select(audit.c.id).where(audit.c.at < before).order_by(audit.c.at).limit(limit)
    ids: Sequence[str] = tx.execute(oldest).scalars().all()
    return tx.execute(audit.delete().where(audit.c.id.in_(ids))).rowcount if ids else 0


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found = [
        column == value
        for column, value in (
            (audit.c.actor, wanted.actor),
            (audit.c.project, wanted.project),
            (audit.c.environment, wanted.environment),
            (audit.c.outcome, wanted.outcome and str(wanted.outcome)),
        )
        if value is not None
    ]
    if wanted.action is not None:
        found.append(_is_action(wanted.action))
    if wanted.thing is not None:
        found.append(_at_or_below(audit.c.object, wanted.thing, "/"))
    # By the identifiers, in whose order the trail is read.
    if wanted.start is not None:
        found.append(audit.c.id >= identifier.first_of(wanted.start))
    if wanted.end is not None:
        found.append(audit.c.id < identifier.first_of(wanted.end))
    if wanted.within is not None:
        theirs = (_of_project_since(slug, since) for slug, since in sorted(wanted.within.items()))
        found.append(sa.or_(sa.false(), *theirs))
    if wanted.text:
        found.append(_has(wanted.text))
    return found


def _of_project_since(slug: str, since: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(audit.c.project == slug, audit.c.id >= identifier.first_of(since))


def _is_action(wanted: str) -> sa.ColumnElement[bool]:
    is_it = _at_or_below(audit.c.action, wanted, ".")
    noun, dot, verb = wanted.partition(".")
    if noun == _REQUEST:
        return sa.and_(is_it, ~_IS_CALL_OF_OLD)
    if noun == _CALL:
        return sa.or_(is_it, sa.and_(_at_or_below(audit.c.action, _REQUEST + dot + verb, "."), _IS_CALL_OF_OLD))
    return is_it


def _at_or_below(column: sa.Column[str], value: str, separator: str) -> sa.ColumnElement[bool]:
    return sa.or_(column == value, column.startswith(value + separator, autoescape=True))


def _has(text: str) -> sa.ColumnElement[bool]:
    said = json.dumps(text)[1:-1]  # as the facts are written
    plain = (audit.c.actor, _shown_action, audit.c.object, audit.c.from_address, audit.c.by_way)
    facts = sa.cast(audit.c.facts, sa.Text).icontains(said, autoescape=True)
    return sa.or_(facts, *(column.icontains(text, autoescape=True) for column in plain))


def _project(action: str, thing: str, facts: Mapping[str, Fact]) -> str | None:
    if "project" in facts:
        named = facts["project"]
        return named[:60] if isinstance(named, str) else None
    if action.startswith(_OF_NO_PROJECT):
        return None
    if action.startswith("project."):
        return thing[:60]
    project, slash, _ = thing.partition("/")
    return project[:60] if slash and project else None


def _environment(action: str, thing: str, facts: Mapping[str, Fact]) -> str | None:
    named = thing if action.startswith("environment.") else facts.get("environment")
    return named[:60] if isinstance(named, str) and named else None


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.shown_action,
        object=row.object,
        facts=row.facts,
        project=row.project,
        environment=row.environment,
        address=row.from_address,
        way=row.by_way,
        outcome=Outcome(row.outcome),
    )
