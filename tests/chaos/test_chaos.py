"""Processes are killed, frozen and cut off from their database, and yet each occurrence is accounted for, once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.chaos import story
from tests.chaos.story import Story
from tests.chaos.verdict import check
from tests.support.postgres import Postgres, Unavailable

pytestmark = pytest.mark.slow

SHORT = Story(servers=2, agents=1, deployments=6, schedules=30, lasts_s=16, crashes=1, lease_s=4)
SHORT_ALONE = Story(servers=1, agents=0, deployments=4, schedules=16, lasts_s=9)


@pytest.fixture
def lasting() -> Iterator[Postgres]:
    """A server of its own, that is crashed."""
    try:
        server = Postgres(story.LASTING)
    except Unavailable as reason:
        pytest.skip(f"no PostgreSQL: {reason}")
    yield server
    server.close()


@pytest.mark.long
@pytest.mark.postgres
def test_what_several_servers_promise_is_kept_whatever_happens_to_them_and_to_their_database(lasting, tmp_path):
    found, logs = story.on_postgresql(SHORT, tmp_path, lasting)
    check(found, logs=logs)
    assert found.promised > 100
    assert found.states["succeeded"] > 20
    assert found.on_agents > 5


@pytest.mark.long
def test_what_one_server_promises_is_kept_though_it_is_killed_again_and_again(tmp_path):
    found, logs = story.on_sqlite(SHORT_ALONE, tmp_path)
    check(found, logs=logs)
    assert found.promised > 50
    assert found.states["succeeded"] > 20
