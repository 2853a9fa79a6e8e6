"""The two tables of a warm backup, in PostgreSQL or MySQL: which statements they are read and changed with.

    token_holder(group_id, task_id, term)            who holds the token of a group; the term rises with each holder
    health_check(task_id, group_id, last_heartbeat)  when each node was last heard of, by the database's clock

They are named as the Ballerina Task specification (2025) names them. Every statement commits by itself, so that a node
which freezes or is cut off at any point holds no lock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from typing import Any

from clockhouse.task.errors import Error

NOBODY = ""  # the task_id of a token that was handed back


class Dialect(Enum):
    """Whose SQL a database speaks. MySQL includes MariaDB."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"


class InvalidWarmBackup(Error, ValueError):
    """A warm backup that cannot be. `field` is the attribute that is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(field, sentence)
        self.field = field
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class DriverMissing(Error, ImportError):
    """The database's driver is not installed. The message says what to install."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresConfig:
    """A PostgreSQL database, reached with psycopg (`pip install 'clockhouse[postgres]'`).

    `options` go to `psycopg.connect` as they are, for instance `{"sslmode": "verify-full"}`. The nodes need a session
    of their own: a pooler in front of the database has to pool sessions, not transactions.
    Raises InvalidWarmBackup for values that cannot be.
    """

    host: str = "localhost"
    port: int = 5432
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    database: str | None = None
    options: Mapping[str, str | int] = field(default_factory=dict, repr=False, hash=False)

    def __post_init__(self) -> None:
        _check_address(self.host, self.port)

    @property
    def dialect(self) -> Dialect:
        return Dialect.POSTGRESQL

    def driver(self) -> Callable[[float], Any]:
        """What opens a connection that gives up on silence after so many seconds. Raises DriverMissing."""
        psycopg = _first_driver("PostgreSQL", ("psycopg",), "pip install 'clockhouse[postgres]'")

        def connect(patience: float) -> Any:
            seconds = math.ceil(patience)
            silence = {"keepalives_idle": seconds, "keepalives_interval": 1, "keepalives_count": 3}
            given = {
                "host": self.host,
                "port": self.port,
                "user": self.user,
                "password": self.password,
                "dbname": self.database,
                "connect_timeout": seconds,
                "tcp_user_timeout": round(patience * 1000),
                **silence,
                **self.options,
            }
            return psycopg.connect(**{name: value for name, value in given.items() if value is not None})

        return connect


@dataclass(frozen=True, slots=True, kw_only=True)
class MysqlConfig:
    """A MySQL or MariaDB database, reached with PyMySQL, mysqlclient or mysql-connector-python: whichever is there.

    `options` go to the driver's `connect` as they are. Raises InvalidWarmBackup for values that cannot be.
    """

    host: str = "localhost"
    port: int = 3306
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    database: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    def __post_init__(self) -> None:
        _check_address(self.host, self.port)

    @property
    def dialect(self) -> Dialect:
        return Dialect.MYSQL

    def driver(self) -> Callable[[float], Any]:
        """What opens a connection that gives up on silence after so many seconds. Raises DriverMissing."""
        names = ("pymysql", "MySQLdb", "mysql.connector")
        found = _first_driver("MySQL", names, "pip install pymysql (or mysqlclient, or mysql-connector-python)")

        def connect(patience: float) -> Any:
            seconds = math.ceil(patience)
            is_connector = found.__name__ == "mysql.connector"
            waits = ("connection_timeout",) if is_connector else ("connect_timeout", "read_timeout", "write_timeout")
            given = {
                "host": self.host,
                "port": self.port,
                "user": self.user,
                "password": self.password,
                "database": self.database,
                **dict.fromkeys(waits, seconds),
                **self.options,
            }
            return found.connect(**{name: value for name, value in given.items() if value is not None})

        return connect


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """A database that the program connects to itself, with any DB-API 2 driver whose parameters are written `%s`.

    `connect` returns a new connection each time; it is called and the connection is used on the membership's thread.
    It should give up on a silent database within seconds.
    """

    connect: Callable[[], Any] = field(repr=False)
    dialect: Dialect = Dialect.POSTGRESQL

    @property
    def password(self) -> None:
        return None

    def driver(self) -> Callable[[float], Any]:
        return lambda _patience: self.connect()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the tables say of a group: who holds its token, and how long ago the database heard of them."""

    task_id: str
    term: int
    silent_after: float | None  # seconds since the holder's last heartbeat; None when there is none


class Session:
    """One connection, as one node of a group uses it. Raises whatever the driver raises.

    A statement that other nodes hold up for longer than `patience` seconds is given up.
    """

    def __init__(self, connection: Any, dialect: Dialect, *, task_id: str, group_id: str, patience: float) -> None:
        self._connection = connection
        self._sql = _POSTGRESQL if dialect is Dialect.POSTGRESQL else _MYSQL
        self._task_id, self._group_id = task_id, group_id
        if dialect is Dialect.POSTGRESQL:
            connection.autocommit = True
        for statement in self._sql.prepare:
            self._run(statement.format(seconds=math.ceil(patience)))
        self._create_tables()
        self.resolution = self._resolution()

    def look(self) -> Seen | None:
        """Who holds the token now; None when nobody ever has."""
        row = self._one(self._sql.look, self._group_id)
        return Seen(row[0], int(row[1]), None if row[2] is None else float(row[2])) if row else None

    def join(self) -> None:
        """Notes a heartbeat, the first one as well."""
        self._run(self._sql.join, self._task_id, self._group_id)

    def beat(self) -> None:
        """Notes a heartbeat unless there never was one, or it was taken away: a holder must not come back by itself."""
        self._run(self._sql.beat, self._task_id, self._group_id)

    def take_first(self) -> bool:
        """Takes a token that nobody ever held, and says whether it did."""
        return self._run(self._sql.take_first, self._group_id, self._task_id) > 0

    def take_over(self, seen: Seen, liveness: float) -> bool:
        """Takes the token, if its holder still is who was seen and has been silent for longer than `liveness` seconds.

        Says whether it did.
        """
        given: dict[str, object] = {
            "group": self._group_id,
            "me": self._task_id,
            "holder": seen.task_id,
            "term": seen.term,
            "liveness": liveness,
        }
        return self._run(self._sql.take_over, *(given[name] for name in self._sql.take_over_values)) > 0

    def leave(self, term: int | None) -> None:
        """Hands back the token of that term, if it still is ours, and takes the heartbeat away."""
        if term is not None:
            self._run(self._sql.hand_back, NOBODY, self._group_id, self._task_id, term)
        self._run(self._sql.leave, self._task_id, self._group_id)

    def close(self) -> None:
        with suppress(Exception):  # it may be broken, which is why it is closed
            self._connection.close()

    def _create_tables(self) -> None:
        # Looked for first: whoever may not create tables may still use those that are there.
        for is_last in (False, False, True):
            if self._has_tables():
                return
            try:
                for statement in self._sql.create:
                    self._run(statement)
            except Exception:
                # PostgreSQL says this, too, to one of two nodes that create the same table at the same moment.
                if is_last:
                    raise

    def _has_tables(self) -> bool:
        return int(self._one(self._sql.tables)[0]) == 2

    def _resolution(self) -> float:
        """How exact the database's notes of heartbeats are, in seconds: by default MySQL keeps whole ones only."""
        (digits,) = self._one(self._sql.digits)
        return float(10 ** -int(6 if digits is None else digits))

    def _run(self, statement: str, *values: object) -> int:
        with closing(self._execute(statement, values)) as cursor:
            return int(cursor.rowcount)

    def _one(self, statement: str, *values: object) -> Any:
        with closing(self._execute(statement, values)) as cursor:
            return cursor.fetchone()

    def _execute(self, statement: str, values: tuple[object, ...]) -> Any:
        cursor = self._connection.cursor()
        cursor.execute(statement, *([values] if values else []))
        return cursor


@dataclass(frozen=True, slots=True)
class _Statements:
    prepare: Sequence[str]
    tables: str
    create: Sequence[str]
    digits: str
    look: str
    join: str
    beat: str
    take_first: str
    take_over: str
    take_over_values: Sequence[str]
    hand_back: str
    leave: str


_HAND_BACK = "UPDATE token_holder SET task_id = %s WHERE group_id = %s AND task_id = %s AND term = %s"
_LEAVE = "DELETE FROM health_check WHERE task_id = %s AND group_id = %s"

_POSTGRESQL = _Statements(
    # A column without a zone is read and written in the session's zone.
    prepare=("SET TIME ZONE 'UTC'", "SET statement_timeout = '{seconds}s'"),
    tables="SELECT (to_regclass('token_holder') IS NOT NULL)::int + (to_regclass('health_check') IS NOT NULL)::int",
    create=(
        """
        CREATE TABLE IF NOT EXISTS token_holder (
            group_id VARCHAR(255) PRIMARY KEY, task_id VARCHAR(255) NOT NULL, term INTEGER NOT NULL)
        """,
        """
        CREATE TABLE IF NOT EXISTS health_check (
            task_id VARCHAR(255), group_id VARCHAR(255), last_heartbeat TIMESTAMPTZ, PRIMARY KEY (task_id, group_id))
        """,
    ),
    digits="""
        SELECT min(datetime_precision) FROM information_schema.columns
        WHERE table_schema = ANY (current_schemas(false))
          AND table_name = 'health_check' AND column_name = 'last_heartbeat'
        """,
    look="""
        SELECT t.task_id, t.term, EXTRACT(EPOCH FROM clock_timestamp() - h.last_heartbeat)
        FROM token_holder t LEFT JOIN health_check h ON h.group_id = t.group_id AND h.task_id = t.task_id
        WHERE t.group_id = %s
        """,
    join="""
        INSERT INTO health_check (task_id, group_id, last_heartbeat) VALUES (%s, %s, clock_timestamp())
        ON CONFLICT (task_id, group_id) DO UPDATE SET last_heartbeat = clock_timestamp()
        """,
    beat="UPDATE health_check SET last_heartbeat = clock_timestamp() WHERE task_id = %s AND group_id = %s",
    take_first="""
        INSERT INTO token_holder (group_id, task_id, term) VALUES (%s, %s, 1) ON CONFLICT (group_id) DO NOTHING
        """,
    # FOR UPDATE waits for a heartbeat that is being written, and then looks at the heartbeat again.
    take_over="""
        WITH silent AS (
            SELECT 1 FROM health_check WHERE group_id = %s AND task_id = %s
            AND (last_heartbeat IS NULL OR last_heartbeat < clock_timestamp() - %s * INTERVAL '1 second') FOR UPDATE)
        UPDATE token_holder SET task_id = %s, term = term + 1
        WHERE group_id = %s AND task_id = %s AND term = %s AND (
            EXISTS (SELECT 1 FROM silent)
            OR NOT EXISTS (SELECT 1 FROM health_check WHERE group_id = %s AND task_id = %s))
        """,
    take_over_values=("group", "holder", "liveness", "me", "group", "holder", "term", "group", "holder"),
    hand_back=_HAND_BACK,
    leave=_LEAVE,
)

_MYSQL = _Statements(
    prepare=(
        "SET autocommit = 1",
        "SET time_zone = '+00:00'",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "SET SESSION innodb_lock_wait_timeout = {seconds}",
    ),
    tables="""
        SELECT count(*) FROM information_schema.tables
        WHERE table_schema = DATABASE() AND table_name IN ('token_holder', 'health_check')
        """,
    create=(
        """
        CREATE TABLE IF NOT EXISTS token_holder (
            group_id VARCHAR(255) PRIMARY KEY, task_id VARCHAR(255) NOT NULL, term INT NOT NULL
        ) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """,
        """
        CREATE TABLE IF NOT EXISTS health_check (
            task_id VARCHAR(255), group_id VARCHAR(255), last_heartbeat TIMESTAMP(6) NULL DEFAULT NULL,
            PRIMARY KEY (task_id, group_id)
        ) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """,
    ),
    digits="""
        SELECT min(datetime_precision) FROM information_schema.columns
        WHERE table_schema = DATABASE() AND table_name = 'health_check' AND column_name = 'last_heartbeat'
        """,
    look="""
        SELECT t.task_id, t.term, TIMESTAMPDIFF(MICROSECOND, h.last_heartbeat, NOW(6)) / 1000000
        FROM token_holder t LEFT JOIN health_check h ON h.group_id = t.group_id AND h.task_id = t.task_id
        WHERE t.group_id = %s
        """,
    join="""
        INSERT INTO health_check (task_id, group_id, last_heartbeat) VALUES (%s, %s, NOW(6))
        ON DUPLICATE KEY UPDATE last_heartbeat = NOW(6)
        """,
    beat="UPDATE health_check SET last_heartbeat = NOW(6) WHERE task_id = %s AND group_id = %s",
    take_first="INSERT IGNORE INTO token_holder (group_id, task_id, term) VALUES (%s, %s, 1)",
    # Setting the heartbeat to itself has it locked as a row that is changed, and not only read.
    take_over="""
        UPDATE token_holder t LEFT JOIN health_check h ON h.group_id = t.group_id AND h.task_id = t.task_id
        SET t.task_id = %s, t.term = t.term + 1, h.last_heartbeat = h.last_heartbeat
        WHERE t.group_id = %s AND t.task_id = %s AND t.term = %s
          AND (h.last_heartbeat IS NULL OR TIMESTAMPDIFF(MICROSECOND, h.last_heartbeat, NOW(6)) > %s * 1000000)
        """,
    take_over_values=("me", "group", "holder", "term", "liveness"),
    hand_back=_HAND_BACK,
    leave=_LEAVE,
)


def _check_address(host: str, port: int) -> None:
    if not isinstance(host, str) or not host.strip():
        raise InvalidWarmBackup("host", f"The database's host is {host!r}; it has to be a name or an address.")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise InvalidWarmBackup("port", f"The database's port is {port!r}; it has to be from 1 to 65535.")


def _first_driver(database: str, names: Sequence[str], advice: str) -> Any:
    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise DriverMissing(f"Warm backup over {database} needs a driver that is not installed: {advice}.")
