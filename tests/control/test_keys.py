"""The key of the vault, which servers of one database have in common."""

from __future__ import annotations

import pytest
from tests.support.databases import empty_address, kind, migrated_address
from tests.support.ledger import NOON, furnished
from tests.support.ledger import ledger as sqlite_ledger

from clockhouse.control import keys
from clockhouse.errors import Invalid
from clockhouse.kit import Secret
from clockhouse.store.postgresql import PostgreSQL
from clockhouse.store.tables.servers import key_checks
from clockhouse.task.testing import ManualClock
from clockhouse.vault import Vault

__all__ = ["empty_address", "kind", "migrated_address"]


@pytest.fixture
def ledger(kind, tmp_path, request):
    clock = ManualClock(NOON)
    if kind == "sqlite":
        made = sqlite_ledger(tmp_path / "clockhouse.db", clock)
    else:
        made = furnished(PostgreSQL(Secret(request.getfixturevalue("empty_address")), clock), clock)
    yield made
    made.database.close()


def sealed_before_there_was_a_check(ledger, vault):
    """A deployed secret, as an earlier version left it."""
    ledger.deploy(sealed={"token": vault.seal(Secret("s3cr3t"), f"{ledger.component.id}/token")})


def test_the_first_server_makes_the_key_and_takes_it_again(ledger, tmp_path):
    sealed = keys.unlock(ledger.database, tmp_path / "vault.key").seal(Secret("s3cr3t"), "a")
    assert keys.unlock(ledger.database, tmp_path / "vault.key").open(sealed, "a").reveal() == "s3cr3t"


def test_a_server_with_a_copy_of_the_key_opens_what_the_first_sealed(ledger, tmp_path):
    sealed = keys.unlock(ledger.database, tmp_path / "vault.key").seal(Secret("s3cr3t"), "a")
    (tmp_path / "copy.key").write_bytes((tmp_path / "vault.key").read_bytes())
    assert keys.unlock(ledger.database, tmp_path / "copy.key").open(sealed, "a").reveal() == "s3cr3t"


def test_a_server_with_another_key_is_refused_and_told_what_to_do(ledger, tmp_path):
    keys.unlock(ledger.database, tmp_path / "vault.key")
    Vault(tmp_path / "other.key")
    with pytest.raises(Invalid, match=r"other\.key is not the one .* Copy vault\.key there .* --key-file"):
        keys.unlock(ledger.database, tmp_path / "other.key")
    keys.unlock(ledger.database, tmp_path / "vault.key")


def test_a_server_without_the_key_is_refused_and_makes_none(ledger, tmp_path):
    keys.unlock(ledger.database, tmp_path / "vault.key")
    with pytest.raises(Invalid, match=r"There is no key at .*missing\.key"):
        keys.unlock(ledger.database, tmp_path / "missing.key")
    assert not (tmp_path / "missing.key").exists()


def test_a_lost_key_is_given_up_when_that_is_asked(ledger, tmp_path):
    sealed = keys.unlock(ledger.database, tmp_path / "vault.key").seal(Secret("s3cr3t"), "a")
    new = keys.unlock(ledger.database, tmp_path / "new.key", is_new=True)
    with pytest.raises(Exception, match="set the secret again"):
        new.open(sealed, "a")
    keys.unlock(ledger.database, tmp_path / "new.key")
    with pytest.raises(Invalid):
        keys.unlock(ledger.database, tmp_path / "vault.key")


def test_secrets_of_an_earlier_version_tell_the_key(ledger, tmp_path):
    sealed_before_there_was_a_check(ledger, Vault(tmp_path / "vault.key"))
    Vault(tmp_path / "other.key")
    for name in ("other.key", "missing.key"):
        with pytest.raises(Invalid):
            keys.unlock(ledger.database, tmp_path / name)
    with ledger.database.read() as tx:
        assert tx.execute(key_checks.select()).all() == []
    keys.unlock(ledger.database, tmp_path / "vault.key")
    with ledger.database.read() as tx:
        assert len(tx.execute(key_checks.select()).all()) == 1
