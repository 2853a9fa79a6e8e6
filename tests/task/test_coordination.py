"""The logic of a group over real databases, one heartbeat at a time, on a clock that tests move."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.support.postgres import Postgres
from tests.support.waiting import eventually
from tests.task.mysql_server import Mysql

from clockhouse.task import coordination
from clockhouse.task.coordination import (
    Dialect,
    Membership,
    MysqlConfig,
    OwnDatabase,
    PostgresConfig,
    WarmBackup,
)
from clockhouse.task.testing import ManualClock
from clockhouse.task.tokens import Seen, Session

pytestmark = pytest.mark.postgres

LIVENESS = 30.0
TRUSTED = 27.0  # the liveness interval without its margin


@dataclass(slots=True)
class Group:
    """A group of nodes over one database, and what tests do behind their backs."""

    database: PostgresConfig | MysqlConfig
    clock: ManualClock
    nodes: list[Membership]

    def backup(self, name: str, **options: Any) -> WarmBackup:
        given = {"task_id": name, "group_id": "orders", "liveness_interval": LIVENESS, **options}
        return WarmBackup(database=self.database, **given)

    def node(self, name: str, **options: Any) -> Membership:
        self.nodes.append(Membership(self.backup(name), clock=self.clock, **options))
        return self.nodes[-1]

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(self.database.driver()(5)) as connection:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
            return list(rows)

    def silence(self, name: str, seconds: float) -> None:
        """The database last heard of the node so many seconds earlier than it did."""
        statement = "UPDATE health_check SET last_heartbeat = last_heartbeat - INTERVAL {} WHERE task_id = %s"
        length = f"{seconds} SECOND" if isinstance(self.database, MysqlConfig) else f"'{seconds} seconds'"
        self.run(statement.format(length), name)

    def token(self) -> tuple[str, int]:
        ((holder, term),) = self.run("SELECT task_id, term FROM token_holder WHERE group_id = 'orders'")
        return holder, term


@pytest.fixture(scope="session")
def mysql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mysql]:
    try:
        server = Mysql(tmp_path_factory.mktemp("mysql"))
    except FileNotFoundError as missing:
        pytest.skip(f"no MySQL: {missing}")
    with server:
        yield server


@pytest.fixture(params=["postgresql", "mysql"])
def database(request: pytest.FixtureRequest) -> PostgresConfig | MysqlConfig:
    if request.param == "mysql":
        server: Mysql = request.getfixturevalue("mysql")
        return server.new_database()
    return config(request.getfixturevalue("postgres"))


@pytest.fixture
def group(database: PostgresConfig | MysqlConfig) -> Iterator[Group]:
    made = Group(database, ManualClock(datetime(2026, 11, 22, tzinfo=UTC)), [])
    yield made
    for node in made.nodes:
        node.stop()
        node._disconnect()


def config(postgres: Postgres) -> PostgresConfig:
    name = postgres.new_database().rpartition("/")[2]
    return PostgresConfig(host="127.0.0.1", port=postgres.port, user="postgres", database=name)


def settle(*nodes: Membership) -> None:
    """Each attends once, and again as long as it has something to do at once."""
    for node in nodes:
        assert any(node.attend() > 0 for _ in range(5))


def holders(*nodes: Membership) -> list[bool]:
    return [node.holds_token() for node in nodes]


def test_the_first_holds_the_token_and_the_others_stand_by(group: Group) -> None:
    first, second = group.node("a"), group.node("b")
    settle(first, second, first, second)
    assert holders(first, second) == [True, False]
    assert (first.term, second.term) == (1, 0)
    assert group.token() == ("a", 1)


def test_tables_have_the_columns_of_the_specification(group: Group) -> None:
    settle(group.node("a"))
    assert group.run("SELECT group_id, task_id, term FROM token_holder") == [("orders", "a", 1)]
    ((task_id, group_id, heard_at),) = group.run("SELECT task_id, group_id, last_heartbeat FROM health_check")
    assert (task_id, group_id) == ("a", "orders")
    assert isinstance(heard_at, datetime)


def test_tables_that_others_created_are_used(group: Group) -> None:
    group.run("CREATE TABLE token_holder (task_id VARCHAR(255) NOT NULL, group_id VARCHAR(255) PRIMARY KEY, term INT)")
    group.run(
        "CREATE TABLE health_check (task_id VARCHAR(255), group_id VARCHAR(36), last_heartbeat TIMESTAMP NULL,"
        " PRIMARY KEY (task_id, group_id))"
    )
    first, second = group.node("a"), group.node("b")
    settle(first, second)
    assert holders(first, second) == [True, False]
    group.silence("a", LIVENESS + 2)
    settle(second)
    assert group.token() == ("b", 2)


def test_a_node_in_another_language_keeps_the_token_while_it_is_heard_of(group: Group) -> None:
    node = group.node("ours")
    settle(node)
    now = "CURRENT_TIMESTAMP"
    group.run("UPDATE token_holder SET task_id = 'theirs', term = term + 1")
    group.run(f"INSERT INTO health_check (task_id, group_id, last_heartbeat) VALUES ('theirs', 'orders', {now})")
    settle(node)
    assert not node.holds_token()
    group.silence("theirs", LIVENESS + 2)
    settle(node)
    assert node.holds_token()
    assert group.token() == ("ours", 3)


def test_a_standby_takes_over_once_the_holder_is_silent_for_longer_than_the_interval(group: Group) -> None:
    first, second = group.node("a"), group.node("b")
    settle(first, second)
    group.silence("a", LIVENESS - 5)
    settle(second)
    assert not second.holds_token()
    group.silence("a", 5)
    settle(second)
    assert second.holds_token()
    assert (second.term, group.token()) == (2, ("b", 2))


def test_a_standby_comes_back_just_when_the_interval_ends(group: Group) -> None:
    first, second = group.node("a"), group.node("b")
    settle(first, second)
    assert second.attend() == 1.0
    group.silence("a", LIVENESS - 0.9)
    assert second.attend() < 0.9  # a busy database may be past the end when it answers


def test_a_holder_that_was_replaced_finds_out_and_steps_down(group: Group) -> None:
    first, second = group.node("a"), group.node("b")
    settle(first, second)
    group.silence("a", LIVENESS + 1)
    group.clock.advance(timedelta(seconds=LIVENESS + 1))
    settle(second, first)
    assert holders(first, second) == [False, True]
    settle(first, second)
    assert holders(first, second) == [False, True]


def test_a_holder_trusts_itself_for_less_than_the_interval_after_its_heartbeat_began(group: Group) -> None:
    node = group.node("a")
    settle(node)
    group.clock.advance(timedelta(seconds=TRUSTED - 0.01))
    assert node.holds_token()
    group.clock.advance(timedelta(seconds=0.02))
    assert not node.holds_token()


def test_a_holder_whom_nobody_replaced_goes_on_in_its_term(group: Group) -> None:
    node = group.node("a")
    settle(node)
    group.clock.advance(timedelta(hours=1))
    assert not node.holds_token()
    settle(node)
    assert node.holds_token()
    assert node.term == 1


def test_a_leaving_holder_hands_the_token_over_at_once(group: Group) -> None:
    first, second = group.node("a"), group.node("b")
    settle(first, second)
    first.leave()
    assert not first.holds_token()
    settle(second)
    assert second.holds_token()
    assert group.token() == ("b", 2)


def test_a_leaving_standby_takes_nothing_from_the_holder(group: Group) -> None:
    first, second = group.node("a"), group.node("b")
    settle(first, second)
    second.leave()
    settle(first)
    assert first.holds_token()
    assert group.run("SELECT task_id FROM health_check") == [("a",)]


def test_a_former_holder_that_leaves_takes_nothing_from_the_new_one(group: Group) -> None:
    first, second = group.node("a"), group.node("b")
    settle(first, second)
    group.silence("a", LIVENESS + 1)
    settle(second)
    first.leave()
    settle(second)
    assert group.token() == ("b", 2)
    assert second.holds_token()


def test_a_node_started_again_waits_until_its_former_life_is_too_old(
    group: Group, caplog: pytest.LogCaptureFixture
) -> None:
    former, again = group.node("a"), group.node("a")
    settle(former)
    settle(again)
    settle(again)
    assert holders(former, again) == [True, False]
    assert [record.message for record in caplog.records if "a node of this name" in record.message] == [
        "Node 'a' of group 'orders' stands by: a node of this name holds the token."
        " Names are to be unique, unless it has just died."
    ]
    group.silence("a", LIVENESS + 1)
    group.clock.advance(timedelta(seconds=LIVENESS + 1))
    settle(again)
    settle(former)
    assert holders(former, again) == [False, True]
    assert again.term == 2


def test_a_node_that_left_and_starts_again_holds_the_token_at_once(group: Group) -> None:
    former, again = group.node("a"), group.node("a")
    settle(former)
    former.leave()
    settle(again)
    assert again.holds_token()
    assert again.term == 2


def test_a_holder_whose_heartbeat_was_taken_away_does_not_write_a_new_one(group: Group) -> None:
    node = group.node("a")
    settle(node)
    group.run("DELETE FROM health_check")
    assert node.attend() == 0
    assert not node.holds_token()


def test_groups_do_not_see_each_other(group: Group) -> None:
    here = group.node("a")
    there = Membership(replace(group.backup("a"), group_id="invoices"), clock=group.clock)
    group.nodes.append(there)
    settle(here, there)
    assert holders(here, there) == [True, True]


def test_of_many_that_race_for_the_token_one_gets_it(group: Group) -> None:
    nodes = [group.node(f"n{number}") for number in range(8)]
    together(nodes)
    assert holders(*nodes).count(True) == 1


@pytest.mark.slow
def test_of_many_that_race_for_a_silent_holders_token_one_gets_it(group: Group) -> None:
    nodes = {name: group.node(name) for name in "abcdef"}
    settle(*nodes.values())
    for term in range(2, 8):
        former = group.token()[0]
        group.silence(former, LIVENESS + 1)
        group.clock.advance(timedelta(seconds=LIVENESS + 1))
        together([node for name, node in nodes.items() if name != former])
        settle(nodes[former])
        assert group.token()[1] == term
        assert [name for name, node in nodes.items() if node.holds_token()] == [group.token()[0]]


def together(nodes: list[Membership]) -> None:
    """All attend at the same time, each in a thread. What one of them raises is raised."""
    gate, errors = threading.Barrier(len(nodes)), []

    def attend(node: Membership) -> None:
        gate.wait(10)
        try:
            settle(node)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=attend, args=[node]) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors


@pytest.mark.slow
def test_a_heartbeat_and_a_take_over_that_meet_see_each_other(group: Group) -> None:
    for _ in range(10):
        first, second = Membership(group.backup("a"), clock=group.clock), group.node("b")
        group.nodes.append(first)
        settle(first, second)
        group.silence("a", LIVENESS + 1)
        together([first, second])
        assert holders(first, second).count(True) == 1
        first.leave()
        second.leave()
        group.clock.advance(timedelta(seconds=LIVENESS))


def test_gain_and_loss_are_told_on_the_memberships_thread(group: Group) -> None:
    told: list[tuple[str, int, str]] = []

    def teller(what: str) -> Callable[[int], None]:
        return lambda term: told.append((what, term, threading.current_thread().name))

    node = group.node("a", on_gain=teller("gain"), on_loss=teller("loss"))
    node.start()
    eventually(node.holds_token)
    node.stop()
    thread = "clockhouse-warm-backup-orders"
    assert told == [("gain", 1, thread), ("loss", 1, thread)]


def test_what_is_told_may_fail_and_the_membership_goes_on(group: Group, caplog: pytest.LogCaptureFixture) -> None:
    def fail(term: int) -> None:
        raise RuntimeError("of no use")

    node = group.node("a", on_gain=fail)
    node.start()
    eventually(lambda: "what was to be told of term 1 failed" in caplog.text)
    assert node.holds_token()


def test_after_stop_there_is_no_thread_and_no_token(group: Group) -> None:
    node = group.node("a")
    node.start()
    node.start()
    threads = [thread for thread in threading.enumerate() if thread.name == "clockhouse-warm-backup-orders"]
    assert [thread.daemon for thread in threads] == [True]
    eventually(node.holds_token)
    node.stop()
    assert not node.holds_token()
    assert not threads[0].is_alive()
    assert group.token() == ("", 1)
    assert group.run("SELECT * FROM health_check") == []


def test_a_stopped_node_can_start_again(group: Group) -> None:
    node = group.node("a")
    for term in (1, 2):
        node.start()
        eventually(node.holds_token)
        assert node.term == term
        node.stop()


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_has_no_membership_and_leaves_its_parents_alone(group: Group) -> None:
    node = group.node("a")
    settle(node)
    child = os.fork()
    if child == 0:
        try:
            held = node.holds_token()
            node.stop()
            os._exit(10 if held else 0)
        finally:
            os._exit(11)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    settle(node)
    assert node.holds_token()


@pytest.mark.slow
def test_a_lost_database_is_logged_once_and_the_token_is_kept_until_trust_ends(
    postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    backup = WarmBackup(database=config(postgres), task_id="a", group_id="orders", heartbeat_interval=0.05)
    node = Membership(backup, clock=clock)
    node.start()
    try:
        eventually(node.holds_token)
        postgres.stop()
        try:
            eventually(lambda: "cannot use the database" in caplog.text)
            assert node.holds_token()
            clock.advance(timedelta(seconds=TRUSTED))
            assert not node.holds_token()
        finally:
            postgres.start()
        eventually(node.holds_token)
    finally:
        node.stop()
    levels = [(record.levelname, "again." in record.message) for record in caplog.records if "database" in record.msg]
    assert levels == [("ERROR", False), ("WARNING", True)]


@pytest.mark.slow
def test_a_database_that_is_not_there_yet_is_waited_for(postgres: Postgres) -> None:
    database = config(postgres)
    backup = WarmBackup(database=database, task_id="a", group_id="orders", heartbeat_interval=0.05)
    node = Membership(backup)
    postgres.stop()
    try:
        node.start()
        assert not node.holds_token()
    finally:
        postgres.start()
    eventually(node.holds_token)
    node.stop()


def test_a_role_that_may_not_create_tables_uses_those_that_are_there(postgres: Postgres) -> None:
    database = config(postgres)
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    owner = Group(database, clock, [])
    owner.node("owner").attend()
    owner.nodes[0].leave()
    role = f"guest_{database.database}"
    owner.run(f"CREATE ROLE {role} LOGIN")
    owner.run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON token_holder, health_check TO {role}")
    guests = Group(replace(database, user=role), clock, [])
    guest = guests.node("guest")
    settle(guest)
    assert guest.holds_token()
    guest.leave()


def test_a_program_may_connect_itself(postgres: Postgres) -> None:
    url = postgres.new_database()
    own = OwnDatabase(lambda: psycopg.connect(url), Dialect.POSTGRESQL)
    node = Membership(WarmBackup(database=own, task_id="a", group_id="orders"))
    settle(node)
    assert node.holds_token()
    node.leave()


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="this system has no clock that includes suspension")
def test_elapsed_time_includes_suspension() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= coordination.SinceBoot().monotonic() <= time.clock_gettime(time.CLOCK_BOOTTIME)


def test_a_slow_answer_is_time_that_a_holder_is_not_trusted_for(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    node, look = group.node("a"), Session.look

    def slowly(session: Session) -> Seen | None:
        group.clock.advance(timedelta(seconds=20))
        return look(session)

    settle(node)
    monkeypatch.setattr(Session, "look", slowly)
    node.attend()
    assert node.holds_token()
    group.clock.advance(timedelta(seconds=TRUSTED - 20 + 0.01))
    assert not node.holds_token()


def test_a_take_over_waits_for_a_heartbeat_that_is_being_written(postgres: Postgres) -> None:
    group = Group(config(postgres), ManualClock(datetime(2026, 11, 22, tzinfo=UTC)), [])
    first, second = group.node("a"), group.node("b")
    settle(first, second)
    group.silence("a", LIVENESS + 1)
    heir = threading.Thread(target=second.attend)
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with psycopg.connect(postgres.url(group.database.database or "")) as connection:
        connection.execute("UPDATE health_check SET last_heartbeat = clock_timestamp() WHERE task_id = 'a'")
        heir.start()
        eventually(lambda: group.run(waiting))
    heir.join()
    assert group.token() == ("a", 1)
    first.leave()
    second.leave()


def test_a_take_over_from_a_term_that_is_over_does_nothing(group: Group) -> None:
    first, second = group.node("a"), group.node("b")
    settle(first, second)
    group.silence("a", LIVENESS + 1)
    assert not second._connected().take_over(Seen("a", 0, None), LIVENESS)
    assert second._connected().take_over(Seen("a", 1, None), LIVENESS)


def test_a_node_that_is_to_stop_holds_nothing_from_then_on(group: Group) -> None:
    node = group.node("a")
    settle(node)
    node.stop()
    assert not node.holds_token()
