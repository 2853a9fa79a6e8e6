"""SQL databases: the same calls on each of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.postgres import Postgres
from tests.task.mysql_server import Mysql

from clockhouse.connectors import ConnectorError, sql
from clockhouse.kit import Secret

TABLE = "CREATE TABLE stock (name VARCHAR(40) PRIMARY KEY, amount INTEGER NOT NULL)"
ROWS = [{"name": "tea", "amount": 3}, {"name": "coffee", "amount": 0}]
SELECT = "SELECT name, amount FROM stock ORDER BY name"


@pytest.fixture(scope="module")
def mysql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mysql]:
    try:
        server = Mysql(tmp_path_factory.mktemp("mysql"))
    except FileNotFoundError as missing:
        pytest.skip(f"no MySQL: {missing}")
    with server:
        yield server


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.slow]),
        pytest.param("mysql", marks=pytest.mark.slow),
    ]
)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> sql.Client:
    if request.param == "sqlite":
        return sql.Client(f"sqlite:///{tmp_path / 'shop.db'}")
    if request.param == "mysql":
        made = request.getfixturevalue("mysql").new_database()
        return sql.Client(Secret(f"mysql://{made.user}@{made.host}:{made.port}/{made.database}"))
    server: Postgres = request.getfixturevalue("postgres")
    return sql.Client(Secret(server.new_database()))


@pytest.fixture
def lite(tmp_path: Path) -> sql.Client:
    client = sql.Client(f"sqlite:///{tmp_path / 'shop.db'}")
    client.execute(TABLE)
    return client


def test_rows_are_written_read_changed_and_removed(database: sql.Client) -> None:
    database.execute(TABLE)

    assert database.insert("stock", ROWS) == 2
    assert database.query(SELECT) == [ROWS[1], ROWS[0]]
    assert database.query(SELECT, limit=1) == [ROWS[1]]
    assert (
        database.execute("UPDATE stock SET amount = amount + :more WHERE name = :name", {"more": 5, "name": "tea"}) == 1
    )
    assert database.value("SELECT amount FROM stock WHERE name = :name", {"name": "tea"}) == 8
    assert database.one("SELECT name FROM stock WHERE amount > 100") is None
    assert database.value("SELECT name FROM stock WHERE amount > 100") is None
    assert database.execute("DELETE FROM stock") == 2

    changed = [{"name": "tea", "amount": 9}, {"name": "a 'quoted' :name", "amount": 1}]
    database.insert("stock", ROWS)
    assert database.upsert("stock", changed, key=["name"]) == 2
    assert {row["name"]: row["amount"] for row in database.query(SELECT)} == {
        "tea": 9,
        "coffee": 0,
        "a 'quoted' :name": 1,
    }

    with pytest.raises(ConnectorError, match="The database refused the rows: ") as told:
        database.insert("stock", [{"name": "cocoa", "amount": 7}, {"name": "tea", "amount": 1}])
    assert "amount" not in str(told.value)
    assert database.value("SELECT count(*) FROM stock") == 3
    with pytest.raises(ConnectorError, match=r"The database refused the statement: .*nowhere"):
        database.query("SELECT * FROM nowhere")


def test_statements_of_a_transaction_happen_all_or_none(lite: sql.Client) -> None:
    with lite.transaction() as transaction:
        transaction.insert("stock", ROWS)
        assert transaction.execute("UPDATE stock SET amount = 1") == 2

    def fails() -> None:
        with lite.transaction() as transaction:
            transaction.execute("DELETE FROM stock")
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        fails()

    assert [row["amount"] for row in lite.query(SELECT)] == [1, 1]


def test_a_value_is_never_part_of_the_statement(lite: sql.Client) -> None:
    lite.insert("stock", [{"name": "x'; DROP TABLE stock; --", "amount": 1}])

    assert lite.value("SELECT count(*) FROM stock WHERE name = :name", {"name": "' OR '1'='1"}) == 0
    with pytest.raises(ConnectorError, match="no such table"):
        lite.insert('stock" (name) VALUES (1); --', [{"amount": 1}])
    with pytest.raises(ConnectorError, match="no column named"):
        lite.insert("stock", [{'name") VALUES (1); --': 1}])
    assert lite.value("SELECT count(*) FROM stock") == 1


def test_a_name_that_has_no_value_is_told(lite: sql.Client) -> None:
    with pytest.raises(ConnectorError, match="'name'"):
        lite.query("SELECT * FROM stock WHERE name = :name")


def test_rows_of_different_columns_are_refused(lite: sql.Client) -> None:
    with pytest.raises(ConnectorError, match="All rows must have the same columns"):
        lite.insert("stock", [{"name": "a", "amount": 1}, {"amount": 1}])
    with pytest.raises(ConnectorError, match="The key must be columns of the rows"):
        lite.upsert("stock", ROWS, key=["id"])
    assert lite.insert("stock", []) == lite.upsert("stock", [], key=["name"]) == 0


def test_an_upsert_of_nothing_but_the_key_keeps_what_is_there(lite: sql.Client) -> None:
    lite.execute("CREATE TABLE tags (name VARCHAR(9) PRIMARY KEY)")

    for _ in range(2):
        lite.upsert("tags", [{"name": "new"}], key=["name"])

    assert lite.query("SELECT name FROM tags") == [{"name": "new"}]


def test_a_database_that_is_busy_is_not_waited_for_in_vain(tmp_path: Path) -> None:
    client = sql.Client(f"sqlite:///{tmp_path / 'shop.db'}", timeout_seconds=0.01)
    client.execute(TABLE)
    holder = sqlite3.connect(tmp_path / "shop.db")
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(ConnectorError, match=r"took longer than 0\.01 seconds: database is locked"):
        client.insert("stock", ROWS)

    holder.close()


@pytest.mark.parametrize(
    "address", ["oracle://x/y", "shop.db", "", "postgresql//host", "mysql://user:hidden@host:none/x"]
)
def test_an_address_that_is_none_is_told_without_it(address: str) -> None:
    with pytest.raises(ConnectorError, match="database's address") as told:
        sql.Client(Secret(address)).query("SELECT 1")

    assert "hidden" not in str(told.value)


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_database_that_is_not_there_is_told_without_its_password(kind: str) -> None:
    with pytest.raises(ConnectorError, match=r"The database can't be reached: .* Check its address") as told:
        sql.Client(Secret(f"{kind}://ada:hidden@127.0.0.1:9/shop")).query("SELECT 1")

    assert "hidden" not in str(told.value)
