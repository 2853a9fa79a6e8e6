"""What people may ask about their own account: name, password, and where they are signed in."""

from __future__ import annotations

from clockhouse import passwords
from clockhouse.control import access
from clockhouse.control import tokens as access_tokens
from clockhouse.control.parts import Parts
from clockhouse.control.sessions import too_soon
from clockhouse.errors import Conflict, Forbidden, Invalid
from clockhouse.kit import Secret
from clockhouse.model import person as model
from clockhouse.model.actor import Permission
from clockhouse.model.patience import HERE
from clockhouse.model.person import Person
from clockhouse.model.token import Bearer, Token
from clockhouse.store import actors, attempts, audit, people, tokens
from clockhouse.store.actors import TokenKind
from clockhouse.store.database import Tx

_WRONG = "This is not your password of now."


def get(parts: Parts, bearer: Bearer) -> Person:
    with parts.database.read() as tx:
        return people.get(tx, bearer.actor.id)


def change(parts: Parts, bearer: Bearer, *, name: str | None = None, login: str | None = None) -> Person:
    """What commits, the ledger and the audit trail call them from now on, and what they sign in with.

    None leaves either as it is. Another login in the place of one is for who administers the installation: a provider
    may know somebody else by it. Raises Conflict for what is taken.
    """
    _require_session(bearer)
    wanted = None if login is None else model.login(login)
    with parts.database.begin() as tx:
        person = people.get(tx, bearer.actor.id)
        if wanted is not None and wanted != person.login:
            if person.login is not None:
                access.require(bearer.actor, Permission.ADMINISTER)
            people.change_login(tx, person, wanted)
            audit.note(tx, bearer.actor, "person.login-changed", person.called, login=wanted)
        if name is not None and name != person.name:
            model.check_name(name)
            people.rename(tx, person, name)
            audit.note(tx, bearer.actor, "person.renamed", person.called, name=name)
        return people.get(tx, person.id)


def set_password(
    parts: Parts, bearer: Bearer, *, old: Secret | None, new: Secret, login: str | None, withdraw_tokens: bool = False
) -> Person:
    """Ends their other sessions, and their access tokens if told so.

    `old` is asked for where they have a password, `login` where they have none yet. Raises Invalid with the fields
    `old`, `new` or `login`, or TooSoon after too many wrong old ones.
    """
    _require_session(bearer)
    with parts.database.read() as tx:
        person = people.get(tx, bearer.actor.id)
        known = people.password_of(tx, person.id)
    chosen = _login(person, login)
    passwords.check(new, person.login or chosen or "", field="new")
    if known is not None:
        _verify(parts, bearer, known, old)
    digest = passwords.digest(new)  # in no transaction: it takes a while
    with parts.database.begin() as tx:
        if chosen is not None:
            people.name_login(tx, person, chosen)
        if not people.set_password(tx, person.id, digest, known=known):
            raise Conflict("Your password was changed at this very moment elsewhere. Sign in with that one.")
        actors.withdraw_all(tx, person.id, TokenKind.SESSION, but=bearer.token_id)
        actors.withdraw_all(tx, person.id, TokenKind.SIGN_IN)
        audit.note(tx, bearer.actor, "password.changed", chosen or person.called)
        if withdraw_tokens:
            access_tokens.withdraw_all(tx, bearer.actor, person)
        return people.get(tx, person.id)


def sessions(parts: Parts, bearer: Bearer) -> list[Token]:
    """Where they are signed in, the newest first."""
    with parts.database.read() as tx:
        return tokens.every(tx, TokenKind.SESSION, of=bearer.actor.id)


def end_session(parts: Parts, bearer: Bearer, session_id: str) -> None:
    _require_session(bearer)
    with parts.database.begin() as tx:
        session = tokens.get(tx, session_id, TokenKind.SESSION, of=bearer.actor.id)
        tokens.withdraw(tx, session)
        audit.note(tx, bearer.actor, "session.ended", bearer.actor.name, address=session.seen.address)


def end_other_sessions(parts: Parts, bearer: Bearer) -> int:
    """How many there were."""
    _require_session(bearer)
    with parts.database.begin() as tx:
        ended = actors.withdraw_all(tx, bearer.actor.id, TokenKind.SESSION, but=bearer.token_id)
        if ended:
            audit.note(tx, bearer.actor, "session.others-ended", bearer.actor.name, sessions=ended)
        return ended


def _require_session(bearer: Bearer) -> None:
    if bearer.kind is not TokenKind.SESSION:
        raise Forbidden("Sign in to the console for this: a token changes nothing about its owner's account.")


def _login(person: Person, login: str | None) -> str | None:
    """The login that they choose now; None when they have one."""
    if person.login is not None:
        return None
    if not login:
        sentence = "Choose a login: an address for mail or a short name."
        raise Invalid(sentence, {"login": sentence})
    return model.login(login)


def _verify(parts: Parts, bearer: Bearer, known: str, old: Secret | None) -> None:
    counted = f"password {bearer.actor.id}"
    wait = parts.database.write(lambda tx: attempts.begin(tx, {counted: HERE}))
    if wait:
        raise too_soon(wait)
    if old is None or not passwords.verify(known, old).is_right:
        parts.database.write(lambda tx: _note_refusal(tx, bearer))
        raise Invalid(_WRONG, {"old": _WRONG})
    parts.database.write(lambda tx: attempts.forgive(tx, counted))


def _note_refusal(tx: Tx, bearer: Bearer) -> None:
    audit.note(tx, bearer.actor, "password.refused", bearer.actor.name)
