"""A listener with a warm backup over a real database: what it executes first, and how it is started and stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from tests.support.postgres import Postgres
from tests.support.waiting import eventually

from clockhouse import task

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

WITHIN = 20.0


@pytest.fixture
def backup(postgres: Postgres) -> task.WarmBackup:
    url = postgres.new_database()
    database = task.PostgresConfig(
        host="127.0.0.1", port=postgres.port, user="postgres", database=url.rpartition("/")[2]
    )
    return task.WarmBackup(database=database, task_id="a", group_id="orders")


def listening(backup: task.WarmBackup, service: Callable[[], object], interval: float = 3600) -> task.Listener:
    listener = task.Listener(task.TriggerConfiguration(interval=interval), warm_backup=backup)
    listener.attach(service)
    return listener


def test_the_first_occurrence_is_executed_on_the_only_node(backup: task.WarmBackup):
    executed = threading.Event()
    listener = listening(backup, executed.set)
    listener.start()
    assert executed.wait(WITHIN)
    listener.graceful_stop()


def test_a_listener_started_while_a_graceful_stop_waits_goes_on(backup: task.WarmBackup):
    first, go_on, second = threading.Event(), threading.Event(), threading.Event()

    def service() -> None:
        if first.is_set():
            second.set()
        first.set()
        assert go_on.wait(WITHIN)

    listener = listening(backup, service)
    listener.start()
    assert first.wait(WITHIN)
    stop = threading.Thread(target=listener.graceful_stop)
    stop.start()
    eventually(lambda: not listener._is_started)
    listener.start()
    go_on.set()
    stop.join()
    assert second.wait(WITHIN)
    assert listener.membership is not None
    assert listener.membership.holds_token()
    listener.graceful_stop()
    assert not listener.membership.holds_token()
