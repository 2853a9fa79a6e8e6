"""What opens the vault at a server's start: only the key that the secrets in the database are sealed with."""

from __future__ import annotations

from pathlib import Path

from clockhouse.control.parts import purpose
from clockhouse.errors import Invalid, Unavailable
from clockhouse.kit import Secret
from clockhouse.store import key_checks
from clockhouse.store.database import Database, Tx
from clockhouse.vault import Vault

_PURPOSE = "key check"
_KNOWN = Secret("clockhouse")


def unlock(database: Database, key_file: Path, *, is_new: bool = False) -> Vault:
    """The vault with the key of this file, which is made when there is none and nothing is sealed yet.

    Raises Invalid when the database's secrets are sealed with another key; with `is_new` they are given up instead.
    """
    with database.begin() as tx:
        known = key_checks.get(tx)
        is_sealed = known is not None or key_checks.latest_secret(tx) is not None
        if is_sealed and not is_new and not key_file.exists():
            raise Invalid(f"There is no key at {key_file}, and {database} has secrets that need one. {_HINT}")
        vault = Vault(key_file)
        if not is_new and not _opens(tx, vault, known):
            raise Invalid(f"The key {key_file} is not the one that the secrets in {database} are sealed with. {_HINT}")
        if known is None or is_new:
            key_checks.put(tx, vault.seal(_KNOWN, _PURPOSE))
        return vault


_HINT = (
    "Copy vault.key there from the data directory of a server that has it, or name it with --key-file "
    "(CLOCKHOUSE_KEY_FILE). If it is lost, start once with --new-key and deploy with every secret set again."
)


def _opens(tx: Tx, vault: Vault, known: str | None) -> bool:
    try:
        if known is not None:
            vault.open(known, _PURPOSE)
        elif (secret := key_checks.latest_secret(tx)) is not None:  # of an earlier version, which kept no check
            component_id, name, sealed = secret
            vault.open(sealed, purpose(component_id, name))
    except Unavailable:
        return False
    return True
