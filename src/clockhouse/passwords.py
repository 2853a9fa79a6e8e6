"""Passwords: Argon2id digests for the database, and which ones are too easy to guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from clockhouse.errors import Invalid, Unavailable
from clockhouse.kit import Secret

T = TypeVar("T")

SHORTEST = 12  # characters
LONGEST = 256

_FEWEST_CHARACTERS = 5  # different ones
_AT_ONCE = 4  # each takes 64 MiB for a while
_WAIT_S = 10
_HASHER = PasswordHasher()  # Argon2id with RFC 9106's second set of parameters
_room = BoundedSemaphore(_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`digest` is the one to keep from now on, where the known one was made with less work than is usual today."""

    is_right: bool
    digest: str | None = None


def digest(password: Secret) -> str:
    """What is kept of a password. Takes some 50 ms of a processor, on purpose."""
    return _with_room(lambda: _HASHER.hash(_written(password)))


def verify(known: str | None, password: Secret) -> Verdict:
    """Whether it is the password that `known` was made of; with None it takes as long, and is not.

    Raises Unavailable when too many ask at once.
    """
    text = _written(password)
    if len(text) > LONGEST:
        return Verdict(False)
    is_right = _with_room(lambda: _matches(known or _nobodys(), text)) and known is not None
    if not is_right or known is None or not _HASHER.check_needs_rehash(known):
        return Verdict(is_right)
    return Verdict(True, digest(password))


def check(password: Secret, login: str, *, field: str = "password") -> None:
    """Raises Invalid, which names `field`, for one that is too short or too easy to guess."""
    problem = _problem(_written(password), login.casefold())
    if problem is not None:
        raise Invalid(problem, {field: problem})


def _problem(password: str, login: str) -> str | None:
    if len(password) < SHORTEST:
        return f"Choose a password of at least {SHORTEST} characters. Several words that belong to nobody are good."
    if len(password) > LONGEST:
        return f"A password may have at most {LONGEST} characters."
    folded = password.casefold()
    core = re.sub(r"^[^a-z]+|[^a-z]+$", "", folded)
    names = {login, login.partition("@")[0], login.replace("@", "").replace(".", "")}
    if folded in names or core in names:
        return "This password is your login. Choose another one."
    if len(set(folded)) < _FEWEST_CHARACTERS or {folded, core, _once(core)} & _common():
        return "This password is among the first that anybody tries. Choose another one."
    return None


def _once(text: str) -> str:
    """`secretsecret` is `secret`."""
    repeated = re.fullmatch(r"(.+?)\1+", text)
    return repeated[1] if repeated else text


def _written(password: Secret) -> str:
    """The same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password.reveal())


def _matches(known: str, text: str) -> bool:
    try:
        return _HASHER.verify(known, text)
    except (VerificationError, InvalidHashError):
        return False


def _with_room(work: Callable[[], T]) -> T:
    if not _room.acquire(timeout=_WAIT_S):
        raise Unavailable("Very many sign in at this moment. Try again in a minute.")
    try:
        return work()
    finally:
        _room.release()


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this one")


@cache
def _common() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text("utf-8").split())
