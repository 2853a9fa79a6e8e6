"""Another key beside people who change what is sealed, on PostgreSQL: neither is in the other's way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.support.databases import empty_address, migrated_address
from tests.support.ledger import NOON, Ledger, furnished
from tests.support.waiting import eventually

from clockhouse.control import keys
from clockhouse.kit import Secret
from clockhouse.model.actor import SYSTEM
from clockhouse.model.configuration import Snapshot, Stored
from clockhouse.model.deployment import Limits
from clockhouse.model.request import Placement, Status
from clockhouse.store import configuration, requests
from clockhouse.store.postgresql import PostgreSQL
from clockhouse.task.testing import ManualClock
from clockhouse.vault import Vault

__all__ = ["empty_address", "migrated_address"]
pytestmark = [pytest.mark.postgres, pytest.mark.slow]

_waiting = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def ledger(empty_address: str) -> Iterator[Ledger]:
    clock = ManualClock(NOON)
    made = furnished(PostgreSQL(Secret(empty_address), clock), clock)
    yield made
    made.database.close()


def test_an_approval_and_another_key_do_not_end_each_other(ledger: Ledger, tmp_path: Path) -> None:
    vault = keys.unlock(ledger.database, tmp_path / "vault.key")
    mine = ledger.component.id
    texts = [vault.seal(Secret(each), f"{mine}/password") for each in ("set", "asked for")]
    stored = Stored("password", None, NOON, "ada", sealed=texts[0], fingerprint="0")
    wanted = Placement(ledger.release, Snapshot(sealed={"password": texts[1]}), Limits(), ())
    with ledger.database.begin() as tx:
        configuration.put(tx, ledger.component, stored)
        asked = requests.add(tx, ledger.component, ledger.production, wanted, SYSTEM, note="")
    rotating = ThreadPoolExecutor(1)

    with ledger.database.begin() as approval:
        configuration.put(approval, ledger.component, replace(stored, sealed=texts[1]))
        rotated = rotating.submit(keys.rotate, ledger.database, tmp_path / "vault.key")
        eventually(lambda: _waits(ledger))
        requests.decide(approval, asked, Status.APPROVED, by="bea")

    assert rotated.result(30).unreadable == 0
    with ledger.database.read() as tx:
        [kept] = configuration.of(tx, ledger.component)
    assert Vault(tmp_path / "vault.key").open(kept.sealed or "", f"{mine}/password").reveal() == "asked for"


def _waits(ledger: Ledger) -> bool:
    with ledger.database.read() as tx:
        return bool(tx.execute(_waiting).scalar())
