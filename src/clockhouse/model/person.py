"""People and service accounts: who has an account here, and what of it may be handed on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clockhouse.errors import Invalid
from clockhouse.model.actor import Grant, Permission, Role

RANKS = {role: rank for rank, role in enumerate((Role.VIEWER, Role.DEVELOPER, Role.OPERATOR, Role.ADMIN))}
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._+@-]{0,99}")


class Kind(StrEnum):
    """A service is a program's account: it has tokens, and never signs in."""

    PERSON = "person"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Membership:
    """A grant as it is kept: `id` names it."""

    id: str
    grant: Grant
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's account. `is_linked` tells that an OpenID provider knows them."""

    id: str
    name: str
    login: str | None
    kind: Kind
    memberships: tuple[Membership, ...]
    created_at: datetime
    created_by: str | None
    signed_in_at: datetime | None
    disabled_at: datetime | None
    has_password: bool
    is_linked: bool

    @property
    def grants(self) -> tuple[Grant, ...]:
        return tuple(each.grant for each in self.memberships)

    @property
    def called(self) -> str:
        """What commands name them by."""
        return self.login or self.id

    def is_administrator(self) -> bool:
        """Whether they may do everything everywhere, themselves and now."""
        everywhere = any(each.is_of_everything for each in self.grants)
        return everywhere and self.disabled_at is None and self.kind is Kind.PERSON


@dataclass(frozen=True, slots=True)
class Remarked:
    """How many roles to operate weigh otherwise once an environment counts as production, or does no more.

    `naming` name it: they are good there in either case, and are for production as long as it is. `others` name no
    environment and are not for production: they are good there only while it is none.
    """

    naming: int
    others: int


def remarked(people: Iterable[Person], environment: str) -> Remarked:
    """Of the accounts that are in use; `environment` is its slug."""
    held = [grant for each in people if each.disabled_at is None for grant in each.grants]
    operating = [grant for grant in held if grant.gives(Permission.OPERATE)]
    others = [grant for grant in operating if grant.environment is None and not grant.has_production]
    return Remarked(sum(grant.environment == environment for grant in operating), len(others))


def login(text: str) -> str:
    """A login as it is kept: in small letters. Raises Invalid, which names the field `login`."""
    written = text.strip().casefold()
    if not _LOGIN.fullmatch(written):
        sentence = "A login is an address for mail or a short name: letters, digits and . _ + - @, at most 100."
        raise Invalid(sentence, {"login": sentence})
    return written


def check_name(name: str) -> None:
    """Raises Invalid for one with characters that nobody sees or that turn others round: it looks like another."""
    if not _seen(name).isprintable():
        sentence = "A name has letters, spaces and signs that can be seen."
        raise Invalid(sentence, {"name": sentence})


def alike(name: str) -> str:
    """The same for names that look the same, as far as letters of one alphabet do."""
    return unicodedata.normalize("NFKC", _seen(name)).casefold()


def _seen(name: str) -> str:
    return name.replace("\u200c", "").replace("\u200d", "")  # joiners, which some scripts need within words


def covers(held: Iterable[Grant], wanted: Grant, *, production: frozenset[str] = frozenset()) -> bool:
    """Whether whoever holds these grants has all that `wanted` gives; `production` are the slugs of what is so."""
    return any(_contains(grant, wanted, production) for grant in held)


def _contains(grant: Grant, wanted: Grant, production: frozenset[str]) -> bool:
    if RANKS[wanted.role] > RANKS[grant.role]:
        return False
    if grant.project is not None and grant.project != wanted.project:
        return False
    if grant.environment is not None:
        return grant.environment == wanted.environment
    if wanted.environment is None:
        return grant.has_production or not wanted.has_production
    return grant.has_production or wanted.environment not in production
