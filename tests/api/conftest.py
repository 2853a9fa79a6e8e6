from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.api import Installation, installed, migrated


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated(tmp_path_factory.mktemp("empty") / "clockhouse.db")


@pytest.fixture
def house(tmp_path: Path, empty_database: Path) -> Iterator[Installation]:
    with installed(tmp_path, empty_database) as installation:
        yield installation


@pytest.fixture(scope="module")
def closed_house(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Installation]:
    """One for many questions that change nothing."""
    with installed(tmp_path_factory.mktemp("closed"), empty_database) as installation:
        yield installation
