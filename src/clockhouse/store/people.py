"""People and service accounts in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict, NotFound
from clockhouse.model import identifier, order
from clockhouse.model.actor import Actor, Grant, Role
from clockhouse.model.person import Kind, Membership, Person, alike
from clockhouse.store import actors as store
from clockhouse.store.actors import TokenKind
from clockhouse.store.database import Tx, one
from clockhouse.store.tables.actors import actors, grants, tokens
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.projects import projects

_OURS = {"clockhouse", "openid connect", "somebody", "the system"}  # who is none of the people
_LAST = "is the last administrator of the installation: make another person one first."


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against."""

    id: str
    name: str
    password: str | None
    is_disabled: bool


def take_turn(tx: Tx) -> None:
    """For what depends on who else is there, such as whether an administrator is left."""
    tx.take_turn("actors")


def every(tx: Tx) -> list[Person]:
    """By name."""
    return _by_name(_people(tx, sa.select(actors)))


def get(tx: Tx, called: str) -> Person:
    """By id or login. Raises NotFound."""
    found = _people(tx, sa.select(actors).where(sa.or_(actors.c.id == called, actors.c.login == called.casefold())))
    by_id = [each for each in found if each.id == called]
    return one(by_id or found, NotFound(f"There is nobody called “{called}” here."))  # type: ignore[no-any-return]  # a Person


def of_project(tx: Tx, slug: str) -> list[Person]:
    """Those with a grant that reaches the project, by name, with the grants that do."""
    mine = sa.select(projects.c.id).where(projects.c.slug == slug).scalar_subquery()
    reaching = sa.or_(grants.c.project_id.is_(None), grants.c.project_id == mine)
    some = sa.select(grants.c.actor_id).where(reaching)
    return _by_name(_people(tx, sa.select(actors).where(actors.c.id.in_(some)), reaching))


def add(tx: Tx, *, name: str, login: str, kind: Kind, by: Actor) -> Person:
    """Raises Conflict when the login is taken."""
    take_turn(tx)
    _refuse_taken(tx, login)
    made = identifier.new(tx.now)
    # role: for servers of before grants, which give it everywhere.
    values = {"id": made, "name": name, "login": login, "kind": str(kind), "role": str(Role.VIEWER)}
    tx.execute(actors.insert().values(**values, created_at=tx.now, created_by=by.name))
    return get(tx, made)


def credentials(tx: Tx, login: str) -> Credentials | None:
    """Of the person with this login; None when there is none, or it is a service's."""
    row = tx.execute(
        sa.select(actors).where(actors.c.login == login.strip().casefold(), actors.c.kind == str(Kind.PERSON))
    ).first()
    return None if row is None else Credentials(row.id, row.name, row.password, row.disabled_at is not None)


def has_passwords(tx: Tx) -> bool:
    """Whether anybody has one."""
    return tx.execute(sa.select(actors.c.id).where(actors.c.password.is_not(None)).limit(1)).first() is not None


def is_known_from(tx: Tx, actor_id: str, address: str | None) -> bool:
    """Whether somebody is signed in as them from this address already."""
    session = sa.select(tokens.c.digest).where(
        tokens.c.actor_id == actor_id, tokens.c.kind == str(TokenKind.SESSION), tokens.c.seen_from == address
    )
    return tx.execute(session.limit(1)).first() is not None


def password_of(tx: Tx, person_id: str) -> str | None:
    """The digest of their password."""
    return tx.execute(sa.select(actors.c.password).where(actors.c.id == person_id)).scalar()


def set_password(tx: Tx, person_id: str, digest: str | None, *, known: str | None) -> bool:
    """Only where the digest `known` is still the kept one; says whether it was."""
    is_still = actors.c.password.is_(None) if known is None else actors.c.password == known
    return tx.execute(actors.update().where(actors.c.id == person_id, is_still).values(password=digest)).rowcount == 1


def forget_password(tx: Tx, person_id: str) -> None:
    tx.execute(actors.update().where(actors.c.id == person_id).values(password=None))


def name_login(tx: Tx, person: Person, login: str) -> None:
    """Raises Conflict when they have one, or it is taken."""
    take_turn(tx)
    _refuse_taken(tx, login)
    free = sa.and_(actors.c.id == person.id, actors.c.login.is_(None))
    if tx.execute(actors.update().where(free).values(login=login)).rowcount == 0:
        raise Conflict("You have a login already. An administrator can invite you again under another one.")


def change_login(tx: Tx, person: Person, login: str) -> None:
    """Another one in the place of theirs. Raises Conflict when it is taken."""
    take_turn(tx)
    if login != person.login:
        _refuse_taken(tx, login)
        tx.execute(actors.update().where(actors.c.id == person.id).values(login=login))


def is_taken(tx: Tx, name: str, *, but: str | None = None) -> bool:
    """Whether somebody is called so, or the system is, apart from the account with the id `but`."""
    taken = {alike(called) for each in every(tx) if each.id != but for called in (each.name, each.called)}
    return alike(name) in taken | _OURS


def rename(tx: Tx, person: Person, name: str) -> None:
    """Raises Conflict for what others are called by: the ledger and the audit trail show names."""
    take_turn(tx)
    if is_taken(tx, name, but=person.id):
        raise Conflict(f"“{name}” is what somebody else is called. Choose another name, such as with more of yours.")
    tx.execute(actors.update().where(actors.c.id == person.id).values(name=name))


def note_sign_in(tx: Tx, person_id: str) -> None:
    tx.execute(actors.update().where(actors.c.id == person_id).values(signed_in_at=tx.now))


def revoke(tx: Tx, person: Person, membership: Membership) -> bool:
    """Takes a grant away; says whether it was there. Raises Conflict for what makes the last administrator one."""
    take_turn(tx)
    gone = tx.execute(grants.delete().where(grants.c.id == membership.id)).rowcount == 1
    if not get(tx, person.id).is_administrator():
        _hand_over(tx, person, TokenKind.TOOL)
    return gone


def disable(tx: Tx, person: Person) -> bool:
    """They can't come in from now on, and are out where they were in; whether that is new. Raises Conflict."""
    take_turn(tx)
    free = sa.and_(actors.c.id == person.id, actors.c.disabled_at.is_(None))
    if tx.execute(actors.update().where(free).values(disabled_at=tx.now)).rowcount == 0:
        return False
    _hand_over(tx, person, TokenKind.TOOL)
    for kind in (TokenKind.SESSION, TokenKind.SIGN_IN):
        store.withdraw_all(tx, person.id, kind)
    return True


def enable(tx: Tx, person: Person) -> bool:
    there = sa.and_(actors.c.id == person.id, actors.c.disabled_at.is_not(None))
    return tx.execute(actors.update().where(there).values(disabled_at=None)).rowcount == 1


def remove(tx: Tx, person: Person) -> None:
    """With their grants, sessions and tokens, but not with the agents that they let in. Raises Conflict."""
    take_turn(tx)
    _hand_over(tx, person, TokenKind.TOOL, TokenKind.AGENT)
    tx.execute(actors.delete().where(actors.c.id == person.id))


def link(tx: Tx, subject: str, person_id: str) -> None:
    """From now on the provider's `subject` is this person. Raises Conflict when it is somebody else."""
    take_turn(tx)
    if tx.execute(sa.select(actors.c.id).where(actors.c.subject == subject)).first() is not None:
        raise Conflict("The provider's account belongs to somebody else here.")
    tx.execute(actors.update().where(actors.c.id == person_id).values(subject=subject))


def by_subject(tx: Tx, subject: str) -> Person | None:
    found = _people(tx, sa.select(actors).where(actors.c.subject == subject))
    return found[0] if found else None


def _refuse_taken(tx: Tx, login: str) -> None:
    if tx.execute(sa.select(actors.c.id).where(actors.c.login == login)).first() is not None:
        raise Conflict(f"“{login}” is somebody's login already. Choose another one.", login=login)


def _hand_over(tx: Tx, person: Person, *kinds: TokenKind) -> None:
    """The tokens that serve the installation are another administrator's from now on.

    Raises Conflict when `person` was the last one; that there was none before is no reason.
    """
    heir = next((each for each in every(tx) if each.is_administrator() and each.id != person.id), None)
    if heir is not None:
        theirs = sa.and_(tokens.c.actor_id == person.id, tokens.c.kind.in_([str(kind) for kind in kinds]))
        tx.execute(tokens.update().where(theirs).values(actor_id=heir.id))
    elif person.is_administrator():
        raise Conflict(f"{person.name} {_LAST}")


def _people(tx: Tx, wanted: sa.Select[Any], reaching: sa.ColumnElement[bool] | None = None) -> list[Person]:
    rows = tx.execute(wanted).all()
    held = _memberships(tx, [row.id for row in rows], reaching)
    return [_person(row, held[row.id]) for row in rows]


def _by_name(found: Iterable[Person]) -> list[Person]:
    return sorted(found, key=lambda each: order.of_name(each.name, each.id))


def _memberships(
    tx: Tx, ids: Iterable[str], reaching: sa.ColumnElement[bool] | None
) -> defaultdict[str, list[Membership]]:
    chosen = (
        sa.select(grants, projects.c.slug.label("project"), environments.c.slug.label("environment"))
        .join_from(grants, projects, isouter=True)
        .join(environments, grants.c.environment_id == environments.c.id, isouter=True)
        .where(grants.c.actor_id.in_(list(ids)))
    )
    found = defaultdict[str, list[Membership]](list)
    for row in tx.execute(chosen if reaching is None else chosen.where(reaching)):
        grant = Grant(Role(row.role), row.project, row.environment, row.production)
        found[row.actor_id].append(Membership(row.id, grant, row.created_at, row.created_by))
    for held in found.values():
        held.sort(key=lambda each: (each.grant.project or "", each.grant.environment or "", each.id))
    return found


def _person(row: Any, held: list[Membership]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        login=row.login,
        kind=Kind(row.kind),
        memberships=tuple(held),
        created_at=row.created_at,
        created_by=row.created_by,
        signed_in_at=row.signed_in_at,
        disabled_at=row.disabled_at,
        has_password=row.password is not None,
        is_linked=row.subject is not None,
    )
