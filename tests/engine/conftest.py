import pytest
from tests.support import engine as support
from tests.support.ledger import ledger as new_ledger

from clockhouse.task import SystemClock


@pytest.fixture(scope="session")
def artifact(tmp_path_factory):
    return support.build(tmp_path_factory.mktemp("artifact"))


@pytest.fixture
def ledger(tmp_path):
    """Time stands still until it is moved."""
    made = new_ledger(tmp_path / "clockhouse.db")
    yield made
    made.database.close()


@pytest.fixture
def live(tmp_path):
    """Time goes on by itself."""
    made = new_ledger(tmp_path / "live.db", SystemClock(), settings=support.SETTINGS)
    yield made
    made.database.close()
