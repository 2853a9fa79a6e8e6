"""The other side of connectors."""

from collections.abc import Iterator

import pytest
from tests.support.web import Peer, peer


@pytest.fixture
def other() -> Iterator[Peer]:
    with peer() as found:
        yield found
