"""What may be asked of the audit trail, and what is noted of attempts that came to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.errors import Unavailable
from clockhouse.model.actor import Actor, Permission, Role
from clockhouse.model.audit import Entry, Fact, Outcome, Wanted, check_days
from clockhouse.store import audit, projects
from clockhouse.store.database import Tx

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody asked for in vain; the same within `window` is noted once."""

    actor: Actor
    action: str
    thing: str
    outcome: Outcome
    sentence: str
    project: str | None = None
    environment: str | None = None
    window: timedelta = timedelta(minutes=1)


def find(parts: Parts, actor: Actor, wanted: Wanted, *, before: str | None, limit: int) -> list[Entry]:
    """Newest first, of what the actor administers; `before` is the id of the last one of the page before."""
    within = _administered(actor, wanted)
    with parts.database.read() as tx:
        return audit.find(tx, _narrowed(tx, wanted, within), before=before, limit=limit)


def export(parts: Parts, actor: Actor, wanted: Wanted) -> Iterator[list[Entry]]:
    """All of them, page by page, newest first. That they were exported is an entry, too."""
    within = _administered(actor, wanted)
    with parts.database.begin() as tx:
        chosen = _narrowed(tx, wanted, within)
        audit.note(tx, actor, "audit.exported", wanted.project or "everything", project=wanted.project)
    return _pages(parts, chosen)


def kept_days(parts: Parts, actor: Actor) -> int | None:
    """For how many days entries are kept; None: for ever."""
    access.require(actor, Permission.ADMINISTER)
    with parts.database.read() as tx:
        return audit.kept_days(tx)


def keep(parts: Parts, actor: Actor, days: int | None) -> int | None:
    """Keeps more or less from now on. What is older goes within the hour, and does not come back."""
    access.require(actor, Permission.ADMINISTER)
    check_days(days)
    with parts.database.begin() as tx:
        former = audit.kept_days(tx)
        audit.keep(tx, days)
        audit.note(tx, actor, "audit.retention-set", "everything", days=days, before=former)
        return days


def record(parts: Parts, attempt: Attempt) -> None:
    """Notes an attempt in a transaction of its own, unless the same was noted a moment ago."""
    who = attempt.actor.id or None
    # What a stranger asks for is made up at will, so that each would be another attempt.
    of = attempt.thing if who else attempt.actor.origin and attempt.actor.origin.address
    key = (who, attempt.action, of, attempt.outcome)
    left_out = parts.refusals.admit(who, key, parts.database.now(), attempt.window)
    if left_out is None:
        return
    told: dict[str, Fact] = {"sentence": attempt.sentence, "project": attempt.project}
    if attempt.environment is not None:
        told["environment"] = attempt.environment
    with suppress(Unavailable), parts.database.begin() as tx:  # the answer is what it is all the same
        more = {"more_of_the_same": left_out} if left_out else {}
        audit.record(tx, attempt.actor, attempt.action, attempt.thing, attempt.outcome, {**told, **more})


def _administered(actor: Actor, wanted: Wanted) -> frozenset[str] | None:
    """The projects that the actor administers, by their slugs; None: all, and what belongs to none."""
    if wanted.project is not None:
        access.require(actor, Permission.ADMINISTER, project=wanted.project)
    if actor.may(Permission.ADMINISTER):
        return None
    mine = {each.project for each in actor.grants if each.role is Role.ADMIN and each.environment is None}
    if mine <= {None}:
        access.require(actor, Permission.ADMINISTER)
    return frozenset(slug for slug in mine if slug is not None)


def _narrowed(tx: Tx, wanted: Wanted, within: frozenset[str] | None) -> Wanted:
    """Of each project since it was made: one of before, with the same address, was somebody else's."""
    if within is None:
        return wanted
    return replace(wanted, within={slug: projects.get(tx, slug).created_at for slug in within})


def _pages(parts: Parts, wanted: Wanted) -> Iterator[list[Entry]]:
    before = None
    while True:
        with parts.database.read() as tx:
            page = audit.find(tx, wanted, before=before, limit=_PAGE)
        if page:
            yield page
        if len(page) < _PAGE:
            return
        before = page[-1].id
