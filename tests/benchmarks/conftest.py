"""A ledger whose time stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.ledger import Ledger
from tests.support.ledger import ledger as new_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = new_ledger(tmp_path / "clockhouse.db")
    yield made
    made.database.close()
