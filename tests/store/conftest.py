import pytest
from tests.support.ledger import ledger as new_ledger


@pytest.fixture
def ledger(tmp_path):
    made = new_ledger(tmp_path / "clockhouse.db")
    yield made
    made.database.close()
