"""PostgreSQL: its schema, hints between processes, and what it says when the server does not go along."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg.conninfo import conninfo_to_dict
from tests.support.ledger import MINUTE, NOON, SECOND, every, furnished
from tests.support.waiting import eventually

from clockhouse.errors import Conflict, Invalid, Outage, Unavailable
from clockhouse.kit import Secret
from clockhouse.model.deployment import Status
from clockhouse.model.execution import State
from clockhouse.store import (
    actors,
    changes,
    components,
    deployments,
    environments,
    executions,
    occurrences,
    projects,
    tallies,
)
from clockhouse.store.database import Contended
from clockhouse.store.listening import messages
from clockhouse.store.postgresql import PostgreSQL
from clockhouse.store.tables.columns import metadata
from clockhouse.store.tables.projects import projects as projects_table
from clockhouse.task import SystemClock
from clockhouse.task.testing import ManualClock

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

_RIGHTS = "CREATE ROLE {0} LOGIN PASSWORD 'correct-horse'; GRANT CONNECT ON DATABASE {1} TO {0}"


@pytest.fixture
def address(empty_address) -> str:
    return empty_address


@pytest.fixture
def database(address):
    with closing(PostgreSQL(Secret(address))) as made:
        yield made


@pytest.fixture
def held(address):
    """A ledger whose time stands still."""
    clock = ManualClock(NOON)
    with closing(PostgreSQL(Secret(address), clock)) as made:
        yield furnished(made, clock)


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(postgres):
    migrated, fresh = postgres.new_database(), postgres.new_database()
    with closing(PostgreSQL(Secret(migrated))) as database:
        database.migrate()
        with database.read() as tx:
            context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
    engine = sa.create_engine(fresh.replace("postgresql:", "postgresql+psycopg:"))
    metadata.create_all(engine)
    engine.dispose()
    assert _schema(migrated) == _schema(fresh)


def _schema(address: str) -> dict[str, list[tuple[object, ...]]]:
    """What compare_metadata does not look at, too: collations, partial indexes, and what foreign keys cascade."""
    questions = {
        "columns": """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, collation_name,
            column_default FROM information_schema.columns WHERE table_schema = 'public'""",
        "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "rules": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace""",
    }
    with psycopg.connect(address) as connection:
        return {
            name: sorted((row for row in connection.execute(question) if row[0] != "alembic_version"), key=str)
            for name, question in questions.items()
        }


def test_servers_that_start_at_once_migrate_once(postgres):
    address, failed = postgres.new_database(), []

    def start() -> None:
        try:
            with closing(PostgreSQL(Secret(address))) as database:
                database.migrate()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with closing(PostgreSQL(Secret(address))) as database, database.read() as tx:
        assert [each.slug for each in environments.every(tx)] == ["development", "production"]


def test_a_database_of_another_encoding_is_refused(postgres):
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with closing(PostgreSQL(Secret(postgres.url("old")))) as database, pytest.raises(Invalid, match="encoding UTF8"):
        database.migrate()


def test_the_time_is_the_databases(address, database):
    with psycopg.connect(address, autocommit=True) as connection:
        [before] = connection.execute("SELECT clock_timestamp()").fetchone()
        with database.begin() as tx, database.read() as other:
            pass
        [after] = connection.execute("SELECT clock_timestamp()").fetchone()
    assert before <= tx.now <= other.now <= after
    assert abs(database.now() - after) < timedelta(seconds=5)


def test_a_hint_reaches_another_process_when_it_is_committed(address, database):
    heard: list[frozenset[str]] = []
    with database.changes.listening([changes.QUEUE, changes.PLANS], heard.append):
        database.listen()
        eventually(lambda: heard)  # what may have changed before it listened
        heard.clear()
        _run(address, "tx.changed('plans'); raise SystemExit")
        assert _run(address, "tx.changed('queue', 'nobody-listens')") == 0
        eventually(lambda: heard)
    assert heard == [frozenset({changes.QUEUE})]


def _run(address: str, what: str) -> int:
    program = f"""
import os
from clockhouse.kit import Secret
from clockhouse.store.postgresql import PostgreSQL
with PostgreSQL(Secret(os.environ["ADDRESS"])).begin() as tx:
    {what}
"""
    return subprocess.run([sys.executable, "-c", program], env={**os.environ, "ADDRESS": address}).returncode


def test_a_hint_within_the_process_comes_once_and_does_not_wait_for_the_server(database):
    heard: list[frozenset[str]] = []
    with database.changes.listening([changes.QUEUE, changes.PLANS], heard.append):
        database.listen()
        eventually(lambda: heard)
        heard.clear()
        with database.begin() as tx:
            tx.changed(changes.QUEUE)
        assert heard == [frozenset({changes.QUEUE})]
        _run(str(database), "tx.changed('plans')")  # notifications come in their order
        eventually(lambda: len(heard) > 1)
    assert heard[1:] == [frozenset({changes.PLANS})]


def test_whoever_listens_looks_again_after_the_server_was_away(postgres, database):
    heard: list[frozenset[str]] = []
    with database.changes.listening([changes.QUEUE], heard.append):
        database.listen()
        eventually(lambda: heard)
        heard.clear()
        postgres.restart()
        eventually(lambda: heard)


def test_very_many_topics_are_told_in_several_notifications():
    topics = [changes.log_of(f"{n:026}") for n in range(1000)]
    told = messages("me", topics)
    assert all(len(each) < 8000 for each in told)
    assert sorted(topic for each in told for topic in each.split()[1:]) == topics
    assert {each.split()[0] for each in told} == {"me"}
    assert messages("me", []) == []


def test_a_transaction_does_not_see_that_the_server_was_started_again_before_it(postgres, database):
    with database.read(), database.read():
        pass  # two connections in the pool
    postgres.restart()
    with database.begin() as tx:
        projects.add(tx, slug="after", name="", description="")


def test_a_server_that_is_away_is_a_sentence_and_all_goes_on_when_it_is_back(postgres, database):
    postgres.stop()
    try:
        with pytest.raises(Unavailable, match=r"^The database \S+ does not answer: Connection refused\."):
            database.begin().__enter__()
    finally:
        postgres.start()
    assert database.outage is not None
    with database.begin() as tx:
        assert projects.every(tx) == []
    assert database.outage is None


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        ("08006", Outage, "does not answer: the words"),
        ("28000", Outage, "does not let Clockhouse in: the words"),
        ("40P01", Contended, "Somebody else changed the same"),
        ("53100", Outage, "There is no room left"),
        ("53200", Outage, "too little of what it needs: the words"),
        ("55006", Unavailable, "did not do what it was asked: the words"),
        ("57P01", Outage, "is being stopped or started: the words"),
        ("58030", Outage, "has trouble with its machine: the words"),
    ],
)
def test_what_keeps_the_server_from_answering_is_told_apart(database, code, kind, sentence):
    with pytest.raises(Unavailable, match=sentence) as raised, database.begin() as tx:
        _complain(tx, code)
    assert type(raised.value) is kind
    assert (database.outage is not None) == (kind is Outage)


def test_what_is_too_much_for_any_server_is_no_trouble_of_this_one(database):
    with pytest.raises(sa.exc.OperationalError), database.begin() as tx:
        _complain(tx, "54001")


def _complain(tx, code: str) -> None:
    tx.connection.exec_driver_sql(f"DO $$ BEGIN RAISE SQLSTATE '{code}' USING MESSAGE = 'the words'; END $$")


def test_a_transaction_that_is_cut_off_changes_nothing(postgres, database):
    def crash(_what_was_done_before: object) -> None:
        postgres.stop(crash=True)
        postgres.start()

    with pytest.raises(Unavailable, match="does not answer"), database.begin() as tx:
        crash(projects.add(tx, slug="lost", name="", description=""))
    with database.read() as tx:
        assert projects.every(tx) == []


def test_a_stop_that_waited_for_an_engine_comes_after_what_that_one_decided(held):
    deployment = held.deploy(every(SECOND, NOON + SECOND))
    with held.database.begin() as asked:
        held.advance(SECOND)
        held.settle()  # of another engine, before the stop gets to the deployment
        tx = deployments.held(asked, [held.component], "development")
        assert tx.now == NOON + SECOND
        deployments.end(tx, deployment, Status.STOPPED)
    assert [(row.due_at, row.state) for row in held.rows()] == [(NOON + SECOND, "queued")]


def test_nobody_waits_for_another_who_adds_up(held, address):
    held.run_now(held.deploy())
    held.finish(*held.claim())
    with closing(PostgreSQL(Secret(address), held.clock)) as other:
        with held.database.begin() as tx, other.begin() as beside:
            assert tallies.add_up(tx, 10) == 1
            assert tallies.add_up(beside, 10) == 0
        with other.begin() as tx:
            assert tallies.add_up(tx, 10) == 0


def test_of_two_that_wait_for_each_other_one_may_be_done_again(database):
    with database.begin() as tx:
        for slug in ("one", "two"):
            projects.add(tx, slug=slug, name="", description="")
    barrier, answers = threading.Barrier(2, timeout=30), []

    def change(slugs: list[str]) -> None:
        first, second = slugs
        try:
            with database.begin() as tx:
                tx.execute(projects_table.update().where(projects_table.c.slug == first).values(name="new"))
                barrier.wait()
                tx.execute(projects_table.update().where(projects_table.c.slug == second).values(name="new"))
        except Exception as error:
            answers.append(type(error))

    threads = [threading.Thread(target=change, args=(slugs,)) for slugs in (["one", "two"], ["two", "one"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [Contended]


def test_what_an_engine_is_deciding_is_left_to_it(held):
    held.deploy(every(MINUTE))
    held.deploy(every(5 * MINUTE), environment=held.production)
    held.advance(MINUTE)
    with held.database.begin() as tx:
        [mine] = tx.run(occurrences._due_and_free, {"now": tx.now, "room": 1}).all()
        assert mine.due_at == NOON + MINUTE
        with held.database.begin() as other:
            assert occurrences.settle_due(other) == 0
            assert occurrences.next_due(other) == NOON + 5 * MINUTE
    assert held.settle() == 1


def test_a_person_who_changes_a_deployment_waits_for_the_engine_that_decides_what_is_due_of_it(held):
    deployment = held.deploy(every(SECOND))
    held.advance(SECOND)
    with held.database.begin() as tx:
        assert occurrences.settle_due(tx) == 1
        ending = threading.Thread(target=held.end, args=(deployment,))
        ending.start()
        eventually(lambda: _waits(held.database))
    ending.join()
    assert held.states() == [(1.0, "queued")]


def _administrator(held, tx):
    return actors.administrator(tx).id


def _project(held, tx):
    return projects.add(tx, slug="new", name="", description="").id


def _component(held, tx):
    return components.add(tx, held.project, slug="new", name="", description="", template="blank").id


@pytest.mark.parametrize("act", [_administrator, _project, _component])
def test_who_comes_second_waits_and_sees_what_the_first_one_did(held, act):
    answers = []

    def second() -> None:
        try:
            with held.database.begin() as tx:
                answers.append(act(held, tx))
        except Conflict:
            answers.append("taken")

    waiting = threading.Thread(target=second)
    with held.database.begin() as tx:
        first = act(held, tx)
        waiting.start()
        eventually(lambda: _waits(held.database) or not waiting.is_alive())
    waiting.join()
    assert answers == [first if act is _administrator else "taken"]


def _waits(database: PostgreSQL) -> bool:
    with database.read() as tx:
        return bool(tx.execute(sa.text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).first())


def test_text_keeps_all_but_what_postgresql_cannot_hold(database):
    with database.begin() as tx:
        projects.add(tx, slug="odd", name="a\0b ☕ \U0001f600", description="")
    with database.read() as tx:
        assert projects.get(tx, "odd").name == "a\ufffdb ☕ \U0001f600"
        assert tx.execute(sa.select(projects_table.c.id).where(projects_table.c.slug == "o\0dd")).first() is None


def test_a_reader_may_not_write(database):
    with pytest.raises(Unavailable, match="takes no writes"), database.read() as tx:
        projects.add(tx, slug="new", name="", description="")


@contextmanager
def _role(postgres, name: str, dbname: str) -> Iterator[None]:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(_RIGHTS.format(name, dbname))
        yield
        connection.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_a_user_with_too_few_rights_is_a_sentence_without_the_password(postgres):
    address = postgres.new_database()
    parts = conninfo_to_dict(address)
    with _role(postgres, "weak", parts["dbname"]):
        weak = address.replace("postgres@", "weak:correct-horse@")
        with closing(PostgreSQL(Secret(weak))) as database, pytest.raises(Unavailable) as refused:
            database.migrate()
    assert refused.value.sentence == (
        f"The user of the database {address.replace('postgres@', 'weak@')} has too few rights: "
        "permission denied for schema public. Make it the owner of its database."
    )


def test_whom_the_server_does_not_let_in_is_a_sentence(postgres):
    with closing(PostgreSQL(Secret(postgres.url("nowhere")))) as database, pytest.raises(Unavailable) as refused:
        database.migrate()
    said = f'The database {postgres.url("nowhere")} does not let Clockhouse in: database "nowhere" does not exist.'
    assert refused.value.sentence == said


@pytest.mark.parametrize(
    "address", ["mysql://a:correct-horse@h/x", "postgresql://a@h/x?colour=correct-horse", "correct-horse"]
)
def test_an_address_that_cannot_be_read_is_not_shown(address):
    with pytest.raises(Invalid, match="cannot be read") as refused:
        PostgreSQL(Secret(address))
    assert "correct-horse" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_neither_the_database_nor_its_errors_show_the_password():
    address = Secret("postgresql://ada:correct-horse@127.0.0.1:1/x?application_name=y")
    database = PostgreSQL(address, password=Secret("battery-staple"))
    with pytest.raises(Unavailable) as refused:
        database.migrate()
    shown = f"{database} {database!r} {refused.value.sentence} {refused.value.facts} {refused.value.__cause__}"
    assert "postgresql://ada@127.0.0.1:1/x" in shown
    assert "correct-horse" not in shown
    assert "battery-staple" not in shown
    assert database._parameters["password"] == "battery-staple"


def test_a_claim_that_waits_for_nobody_takes_what_is_free(held):
    deployment = held.deploy()
    ids = [held.run_now(deployment) for _ in range(3)]
    with held.database.begin() as tx:
        assert executions.request_stop(tx, executions.get(tx, ids[0]), "ada")
        assert {each.id for each in held.claim()} == set(ids[1:])
    assert held.get(ids[0]).state is State.CANCELLED


def test_a_live_ledger_goes_by_the_databases_clock(address):
    with closing(PostgreSQL(Secret(address))) as database:
        ledger = furnished(database, database.clock)
        ledger.deploy(every(timedelta(days=1), SystemClock().now()))
        [planned] = ledger.rows(State.PLANNED)
        assert planned.due_at > database.now()
