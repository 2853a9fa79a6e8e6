"""What opens the vault: at a server's start only the key that the database's secrets are sealed with; and another."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from clockhouse.control.parts import purpose
from clockhouse.errors import Conflict, Invalid, Unavailable
from clockhouse.kit import Secret
from clockhouse.model.source import credential_purpose, hook_purpose
from clockhouse.store import engines, key_checks, sealed
from clockhouse.store.database import Database, Tx
from clockhouse.store.sealed import Kind, Sealed
from clockhouse.vault import Key, Vault

_PURPOSE = "key check"
_KNOWN = Secret("clockhouse")
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
        if text is None:
            _finish_rotation(tx, key_file, known)
        if text is None and is_sealed and not is_new and not key_file.exists():
            raise Invalid(f"There is no key at {key_file}, and {database} has secrets that need one. {_HINT}")
        vault = Vault(key_file if text is None else Key.of_text(text, place=f"The key in {VARIABLE}"))
        if not is_new and not _opens(tx, vault, known):
            place = f"The key {key_file}" if text is None else f"The key in {VARIABLE}"
            raise Invalid(
                f"{place} is not the one that the secrets in {database} are sealed with. {_named(known, vault)}{_HINT}"
            )
        if known is None or is_new:
            key_checks.put(tx, vault.seal(_KNOWN, _PURPOSE))
        return vault


def rotate(database: Database, key_file: Path, *, text: Secret | None = None, new: Secret | None = None) -> Rotated:
    """Seals everything in the database with another key, all of it or nothing.

    The new key takes the place of the one in the file; where that is `text`, `new` is the other one, and whoever gave
    them puts it in its place. Killed at any moment, it has happened or not: the next start of a server, or this asked
    again, finishes what is left to be done of it. Raises Conflict while servers use the database, and Invalid when the
    present key is not the right one.
    """
    if text is not None and new is not None and (done := _done(database, new)) is not None:
        return done
    vault = unlock(database, key_file, text=text)
    upcoming = _upcoming(key_file)
    if text is None:
        upcoming.unlink(missing_ok=True)
        other = Key.new() if new is None else Key.of_text(new, place=f"The key in {NEW_VARIABLE}")
        other.write(upcoming)
        _keep_names(upcoming.parent)
    elif new is None:
        raise Invalid(f"The key is in {VARIABLE}: give the new one, 32 bytes in base64, in {NEW_VARIABLE}.")
    else:
        other = Key.of_text(new, place=f"The key in {NEW_VARIABLE}")
    with database.begin() as tx:
        _refuse_running(tx)
        if not _opens(tx, vault, key_checks.get(tx)):
            raise Conflict("Somebody else has changed the key just now. Start again with the present one.")
        rotated = _reseal(tx, vault, Vault(other))
    if text is None:
        upcoming.replace(key_file)
        _keep_names(upcoming.parent)
    return rotated


_HINT = (
    "Copy vault.key there from the data directory of a server that has it, or name it with --key-file "
    "(CLOCKHOUSE_KEY_FILE). If it is lost, start once with --new-key and deploy with every secret set again."
)


def _upcoming(key_file: Path) -> Path:
    return key_file.with_name(f"{key_file.name}.next")


def _finish_rotation(tx: Tx, key_file: Path, known: str | None) -> None:
    """A rotation that was cut off after the database had changed still has to put its key in the place of the old."""
    upcoming = _upcoming(key_file)
    if known is not None and upcoming.exists() and _opens(tx, Vault(Key.of_file(upcoming)), known):
        upcoming.replace(key_file)


def _done(database: Database, new: Secret) -> Rotated | None:
    """None unless everything is sealed with this key already."""
    key = Key.of_text(new, place=f"The key in {NEW_VARIABLE}")
    with database.begin() as tx:
        known = key_checks.get(tx)
        return Rotated(key.id, 0, 0) if known is not None and _opens(tx, Vault(key), known) else None


def _refuse_running(tx: Tx) -> None:
    there = [each.id for each in engines.every(tx) if each.ended_at is None and each.seen_at > tx.now - _SILENT_AFTER]
    if there:
        raise Conflict(
            f"Servers use this database ({', '.join(there)}). Stop them all, wait half a minute after a kill, and ask "
            "again: none of them could open what is sealed with the new key."
        )


def _reseal(tx: Tx, old: Vault, new: Vault) -> Rotated:
    count = unreadable = 0
    for found in sealed.every(tx):
        try:
            secret = old.open(found.text, _purpose_of(found))
        except Unavailable:
            unreadable += 1
            continue
        text = new.seal(secret, _purpose_of(found))
        sealed.put(tx, found, text, new.fingerprint(secret, found.component_id))
        count += 1
    key_checks.put(tx, new.seal(_KNOWN, _PURPOSE))
    return Rotated(new.key_id, count, unreadable)


def _purpose_of(found: Sealed) -> str:
    match found.kind:
        case Kind.SETTING:
            return purpose(found.component_id, found.name)
        case Kind.CREDENTIAL:
            return credential_purpose(found.component_id)
        case Kind.HOOK:
            return hook_purpose(found.component_id)


def _keep_names(folder: Path) -> None:
    """Has the names in a folder on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


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
