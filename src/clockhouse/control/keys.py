"""What opens the vault: at a server's start only the key that the database's secrets are sealed with; and another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from clockhouse.control.parts import purpose
from clockhouse.errors import Conflict, Invalid, Unavailable
from clockhouse.kit import Secret
from clockhouse.model import channel
from clockhouse.model.engine import Engine
from clockhouse.model.source import credential_purpose, hook_purpose
from clockhouse.store import engines, key_checks, sealed
from clockhouse.store.database import Database, Tx
from clockhouse.store.sealed import Kind, Sealed
from clockhouse.vault import Key, Vault, name_of, upcoming

Wait = Callable[[Sequence[str]], bool]

_PURPOSE = "key check"
_KNOWN = Secret("clockhouse")
_TRIES = 50  # of a step that makes way for whoever changes a secret at the same moment
_SILENT_AFTER = timedelta(seconds=30)  # a server that was not heard of for so long is taken for ended here
VARIABLE = "CLOCKHOUSE_KEY"
NEW_VARIABLE = "CLOCKHOUSE_NEW_KEY"


@dataclass(frozen=True, slots=True)
class Rotated:
    """What is sealed with another key now. `unreadable` were sealed with a key that is lost, and stay as they are."""

    key: str
    secrets: int
    unreadable: int


def unlock(database: Database, key_file: Path, *, is_new: bool = False, text: Secret | None = None) -> Vault:
    """The vault with the key of this file, which is made when there is none and nothing is sealed yet.

    With `text`, that is the key, in base64, and there is no file. Raises Invalid when the database's secrets are sealed
    with another key; with `is_new` they are given up instead.
    """
    with database.begin() as tx:
        known = key_checks.get(tx)
        is_sealed = known is not None or key_checks.latest_secret(tx) is not None
        if text is None and is_sealed and not is_new and not key_file.exists():
            raise Invalid(f"There is no key at {key_file}, and {database} has secrets that need one. {_HINT}")
        vault = Vault(key_file if text is None else Key.of_text(text, place=f"The key in {VARIABLE}"))
        if known is not None and not is_new:
            vault.follow(name_of(known))  # a rotation may have been cut off before its key was in its place
        if not is_new and not _opens(tx, vault, known):
            place = f"The key {key_file}" if text is None else f"The key in {VARIABLE}"
            raise Invalid(
                f"{place} is not the one that the secrets in {database} are sealed with. {_named(known, vault)}{_HINT}"
            )
        if known is None or is_new:
            key_checks.put(tx, vault.seal(_KNOWN, _PURPOSE))
        return vault


def rotate(database: Database, key_file: Path, *, new: Secret | None = None, wait: Wait | None = None) -> Rotated:
    """Seals everything in the database with another key, all of it or nothing, also while servers use the database.

    The other one is `new` or, where a rotation was begun, the one that lies beside the present one already; otherwise
    it is made. It lies there until every server says that it knows it. Then it takes the place of the present one,
    which stays beside it: what a server seals with that in the same moment opens, and is sealed anew at the end.
    Killed at any moment, everything opens, and the next start of a server, or this asked again, goes on.

    `wait` is given the servers that it waits for, and says False when that took too long; None: it does not wait.
    Raises Conflict while servers do not know the key, and Invalid when the present key is not the right one.
    """
    wait = wait or _not_at_all
    vault = unlock(database, key_file)
    with database.begin() as tx:
        _check_unchanged(tx, vault)
        _check_in_place(key_file, vault.key_id)
        other = _next(key_file, vault, new)
    while unaware := _without(database, lambda each: other.id in each.key_names):
        if not wait(unaware):
            raise _unknown_there(unaware, key_file)
    rotated = database.write(lambda tx: _change(tx, vault, other, key_file), tries=_TRIES)
    vault.follow(other.id)
    _check_in_place(key_file, other.id)
    while late := _without(database, lambda each: other.id in each.key_names[:1]):
        if not wait(late):
            break
    rest = database.write(lambda tx: _reseal(tx, vault, Vault(other)), tries=_TRIES)
    return Rotated(other.id, rotated.secrets + rest.secrets, rest.unreadable)


def exchange(database: Database, text: Secret, new: Secret | None) -> Rotated:
    """The same where the keys are in the environment of whoever starts servers: no server may run meanwhile."""
    if new is None:
        raise Invalid(f"The key is in {VARIABLE}: give the new one, 32 bytes in base64, in {NEW_VARIABLE}.")
    other = Vault(Key.of_text(new, place=f"The key in {NEW_VARIABLE}"))
    with database.begin() as tx:
        known = key_checks.get(tx)
        if known is not None and _opens(tx, other, known):
            return Rotated(other.key_id, 0, 0)
    vault = unlock(database, Path(), text=text)

    def change(tx: Tx) -> Rotated:
        if there := [each.id for each in _running(tx)]:
            raise Conflict(
                f"Servers use this database ({', '.join(there)}), and a key in {VARIABLE} reaches none that runs. Stop "
                "them all, wait half a minute after a kill, ask again, and start them with the new key. "
                "With the key in a file instead (--key-file), they could go on."
            )
        _check_unchanged(tx, vault)
        return _resealed(tx, vault, other)

    return database.write(change, tries=_TRIES)


_HINT = (
    "Copy vault.key there from the data directory of a server that has it, or name it with --key-file "
    "(CLOCKHOUSE_KEY_FILE). If it is lost, start once with --new-key and deploy with every secret set again."
)


def _not_at_all(_servers: Sequence[str]) -> bool:
    return False


def _check_unchanged(tx: Tx, vault: Vault) -> None:
    """Raises Conflict where another key is the present one by now. None becomes it before the transaction ends."""
    known = key_checks.get(tx)
    if not _opens(tx, vault, known) or name_of(known or "") not in (None, vault.key_id):
        raise Conflict("Somebody else has changed the key just now. Start again with the present one.")


def _check_in_place(key_file: Path, name: str) -> None:
    """Raises Invalid where the present key could not be put into its file: the only copy lies beside it."""
    if Key.of_file(key_file).id != name:
        raise Invalid(
            f"Everything is sealed with the key in {upcoming(key_file)} now. Put that in the place of {key_file}."
        )


def _next(key_file: Path, vault: Vault, new: Secret | None) -> Key:
    """The key that is to come, in its file."""
    place = upcoming(key_file)
    there = Key.of_file(place) if place.exists() else None
    if new is not None:
        other = Key.of_text(new, place=f"The key in {NEW_VARIABLE}")
    else:
        other = Key.new() if there is None or there.id == vault.key_id else there
    if there is None or there.id != other.id:
        try:
            other.write(place)
        except OSError as error:
            raise Invalid(f"{place} cannot be written ({error.strerror}): the new key needs that place.") from error
    return other


def _change(tx: Tx, vault: Vault, other: Key, key_file: Path) -> Rotated:
    """The step from one key to the other: all of it or nothing."""
    _check_unchanged(tx, vault)
    if Key.of_file(upcoming(key_file)).id != other.id:
        raise Conflict("Somebody else has begun to change the key for another one. Start again once that is done.")
    late = [each.id for each in _running(tx) if other.id not in each.key_names]
    if late:
        raise _unknown_there(late, key_file)
    return _resealed(tx, vault, Vault(other))


def _resealed(tx: Tx, old: Vault, new: Vault) -> Rotated:
    rotated = _reseal(tx, old, new)
    key_checks.put(tx, new.seal(_KNOWN, _PURPOSE))
    return rotated


def _running(tx: Tx) -> list[Engine]:
    return [each for each in engines.every(tx) if each.ended_at is None and each.seen_at > tx.now - _SILENT_AFTER]


def _without(database: Database, has: Callable[[Engine], bool]) -> list[str]:
    """The servers that have it not."""
    with database.read() as tx:
        return [each.id for each in _running(tx) if not has(each)]


def _unknown_there(servers: Sequence[str], key_file: Path) -> Conflict:
    return Conflict(
        f"These servers do not know the new key: {', '.join(servers)}. Nothing is changed yet. Copy "
        f"{upcoming(key_file)} to each of them, beside its key file and under the same name with .next at its end, and "
        "ask again. One with the key in CLOCKHOUSE_KEY, or of an earlier version, has to be stopped for this."
    )


def _reseal(tx: Tx, old: Vault, new: Vault) -> Rotated:
    """Seals anew what is not sealed with the new key yet. What somebody changes in the same moment is left to them."""
    count = unreadable = 0
    for found in sealed.held(tx):
        if name_of(found.text) == new.key_id:
            continue
        try:
            secret = old.open(found.text, _purpose_of(found))
        except Unavailable:
            unreadable += 1
            continue
        text = new.seal(secret, _purpose_of(found))
        count += sealed.put(tx, found, text, new.fingerprint(secret, found.owner_id))
    return Rotated(new.key_id, count, unreadable)


def _purpose_of(found: Sealed) -> str:
    match found.kind:
        case Kind.SETTING:
            return purpose(found.owner_id, found.name)
        case Kind.CREDENTIAL:
            return credential_purpose(found.owner_id)
        case Kind.HOOK:
            return hook_purpose(found.owner_id)
        case Kind.ADDRESS:
            return channel.purpose(found.owner_id)


def _named(known: str | None, vault: Vault) -> str:
    form, _, rest = (known or "").partition(":")
    return f"That one is called {rest.partition(':')[0]}, this one {vault.key_id}. " if form == "v2" else ""


def _opens(tx: Tx, vault: Vault, known: str | None) -> bool:
    try:
        if known is not None:
            vault.open(known, _PURPOSE)
        elif (secret := key_checks.latest_secret(tx)) is not None:  # of an earlier version, which kept no check
            component_id, name, sealed_text = secret
            vault.open(sealed_text, purpose(component_id, name))
    except Unavailable:
        return False
    return True
