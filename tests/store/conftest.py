import shutil

import pytest
from tests.support.ledger import NOON
from tests.support.ledger import ledger as new_ledger

from clockhouse.store.database import Database
from clockhouse.task.testing import ManualClock


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """An empty database of this version, to be copied: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "clockhouse.db"
    database = Database(path, ManualClock(NOON))
    database.migrate()
    database.close()
    return path


@pytest.fixture
def ledger(tmp_path, migrated):
    path = tmp_path / "clockhouse.db"
    shutil.copyfile(migrated, path)
    made = new_ledger(path)
    yield made
    made.database.close()
