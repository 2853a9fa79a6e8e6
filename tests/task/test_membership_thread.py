"""The thread of a membership outlives whatever the program's own functions raise."""

from __future__ import annotations

import threading

import psycopg
import pytest
from tests.support.postgres import Postgres
from tests.support.waiting import eventually

from clockhouse import task


def backup(database: task.OwnDatabase) -> task.WarmBackup:
    return task.WarmBackup(
        database=database, task_id="a", group_id="orders", liveness_interval=30, heartbeat_interval=0.01
    )


def test_a_connect_that_exits_is_logged_and_tried_again(caplog: pytest.LogCaptureFixture):
    tries, again = [], threading.Event()

    def connect() -> object:
        tries.append(1)
        if len(tries) > 2:
            again.set()
        raise SystemExit("no credentials")

    node = task.Membership(backup(task.OwnDatabase(connect)))
    node.start()
    assert again.wait(20)
    node.stop()
    assert caplog.text.count("SystemExit: no credentials") == 1


@pytest.mark.postgres
def test_news_that_exit_are_logged(postgres: Postgres, caplog: pytest.LogCaptureFixture):
    url, told = postgres.new_database(), threading.Event()

    def exit_(_term: int) -> None:
        told.set()
        raise SystemExit(1)

    node = task.Membership(backup(task.OwnDatabase(lambda: psycopg.connect(url))), on_gain=exit_)
    node.start()
    assert told.wait(20)
    eventually(lambda: "what was to be told of term 1 failed" in caplog.text)
    assert node.holds_token()
    node.stop()
    assert not node.holds_token()


@pytest.mark.postgres
@pytest.mark.parametrize(("liveness", "count"), [(2, 1), (3, 0)])
def test_a_heartbeat_too_coarse_for_its_liveness_interval_is_told_once(
    postgres: Postgres, caplog: pytest.LogCaptureFixture, liveness: float, count: int
):
    url = postgres.new_database()
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE health_check (task_id VARCHAR(255), group_id VARCHAR(255), last_heartbeat TIMESTAMPTZ(0),"
            " PRIMARY KEY (task_id, group_id))"
        )
    database = task.OwnDatabase(lambda: psycopg.connect(url))
    node = task.Membership(
        task.WarmBackup(
            database=database, task_id="a", group_id="orders", liveness_interval=liveness, heartbeat_interval=1
        )
    )
    for _ in range(4):
        node.attend()
    node.leave()
    assert caplog.text.count("the column last_heartbeat is exact to 1 s") == count
