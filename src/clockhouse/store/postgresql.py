"""The database that many servers share: PostgreSQL. Writers go on beside each other, on different rows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict

from clockhouse.errors import Invalid, Outage, Unavailable
from clockhouse.kit import Secret
from clockhouse.store.database import Contended, Database, Tx
from clockhouse.store.listening import CHANNEL, Listening, messages
from clockhouse.store.timekeeping import SharedClock
from clockhouse.task.clock import Clock, SystemClock

_MIGRATION = "clockhouse-migration"
_TRIES = 3
# What follows a wait for a row sees what the other transaction wrote there.
_WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_DEFAULTS: Mapping[str, Any] = {
    "connect_timeout": 5,
    "fallback_application_name": "clockhouse",
    # A machine that went away without a word is noticed within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# A process that was stopped amid a transaction must not hold its rows for longer than a lease.
_SESSION = """
    SET timezone = 'UTC';
    SET client_encoding = 'UTF8';
    SET statement_timeout = '30s';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '15s'
"""
_PATIENT = """
    SET LOCAL statement_timeout = 0;
    SET LOCAL lock_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0
"""
_present = sa.select(sa.func.clock_timestamp(type_=sa.DateTime(timezone=True)))
_notify = sa.text("SELECT pg_notify(:channel, message) FROM unnest(CAST(:messages AS text[])) AS message")


class PostgreSQL(Database):
    """At an address as libpq has it (`postgresql://user@host/name`).

    Its own clock tells the time, so that all servers have the same, unless `clock` is given. Raises Invalid when the
    address cannot be read.
    """

    def __init__(self, address: Secret, clock: Clock | None = None, *, password: Secret | None = None) -> None:
        self._shared = SharedClock(SystemClock())
        self._given = clock
        super().__init__(clock or self._shared)
        self._parameters = _parameters(address, password)
        self._place = _place(self._parameters)
        self._origin = secrets.token_hex(6)
        self._listening: Listening | None = None
        self._engine = sa.create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            pool_size=8,
            max_overflow=16,
            pool_timeout=10,
            hide_parameters=True,
        )
        sa.event.listen(self._engine, "handle_error", _hide_values)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        with self._explained(), self._transaction(_WRITING) as tx:
            yield tx
            self._tell_others(tx)
        self._written()
        self.changes.publish(tx.topics)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        with self._explained(), self._transaction(_READING) as tx:
            yield tx

    def listen(self) -> None:
        if self._listening is None:
            self._listening = Listening(self._connect, self.changes, origin=self._origin)

    def close(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        self._engine.dispose()

    def __str__(self) -> str:
        return self._place

    @property
    def _choice(self) -> str:
        return "database with --database"

    def _prepare_migration(self, tx: Tx) -> None:
        """Lets servers that start together migrate one after the other: the second one finds nothing to do."""
        encoding = tx.execute(sa.text("SHOW server_encoding")).scalar()
        if encoding != "UTF8":
            raise Invalid(f"The database {self} has the encoding {encoding}. Make one with the encoding UTF8.")
        tx.connection.exec_driver_sql(_PATIENT)
        tx.take_turn(_MIGRATION)

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(**self._parameters, autocommit=True)  # transactions begin where we say
        connection.execute(_SESSION)
        return connection

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[Tx]:
        connection, now = self._begun(mode)
        with connection:  # what was not committed is rolled back
            yield Tx(connection, now, is_writing=mode is _WRITING, clock=partial(self._present, connection))
            connection.commit()

    def _begun(self, mode: str) -> tuple[sa.Connection, datetime]:
        """A connection in a new transaction, and its instant.

        A database that was started again has closed what the pool holds: as nothing was sent, another is tried.
        """
        for left in reversed(range(_TRIES)):
            connection = self._engine.connect()
            try:
                connection.begin()
                return connection, self._instant(connection, mode)
            except psycopg.OperationalError as error:
                connection.invalidate(error)
                connection.close()
                if not left:
                    raise
                self._engine.dispose()
            except BaseException:
                connection.close()
                raise
        raise AssertionError  # the last try returned or raised

    def _instant(self, connection: sa.Connection, mode: str) -> datetime:
        """Begins at the server, and asks for its time in the same message."""
        asked = self._shared.monotonic()
        driver: psycopg.Connection | None = connection.connection.driver_connection
        assert driver is not None  # noqa: S101  it was just taken from the pool
        cursor = driver.execute(f"{mode}; SELECT clock_timestamp()")
        cursor.nextset()
        [instant] = cursor.fetchone() or ()
        self._shared.heard(instant, since=asked)
        return instant if self._given is None else self._given.now()

    def _present(self, connection: sa.Connection) -> datetime:
        """The instant now, amid a transaction."""
        if self._given is not None:
            return self._given.now()
        found: datetime = connection.execute(_present).scalar_one()
        return found

    def _tell_others(self, tx: Tx) -> None:
        """Sent by PostgreSQL when the transaction is committed, and not if it is not."""
        if tx.topics:
            tx.execute(_notify, {"channel": CHANNEL, "messages": messages(self._origin, tx.topics)})

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns what the server or its driver says into a sentence for a person."""
        try:
            yield
        except sa.exc.TimeoutError as error:
            raise Unavailable(f"All connections to the database {self} are in use. Try again.") from error
        except (sa.exc.DBAPIError, psycopg.Error) as error:
            said = error.orig if isinstance(error, sa.exc.DBAPIError) else error
            _hide(said, error)
            explained = _explanation(said, self._place)
            if explained is None:
                raise
            raise (self._met(explained) if isinstance(explained, Outage) else explained) from error


_FATAL = "FATAL:"  # what the server says to who may not connect; the driver has no code for it
_REFUSED = "The database {place} does not let Clockhouse in: {said}."
_SILENT = "The database {place} does not answer: {said}. Check that PostgreSQL runs there and can be reached."
_LEAVING = "The database {place} is being stopped or started: {said}. Clockhouse goes on by itself."
# By the codes of PostgreSQL's manual, appendix A.
_IN_THE_WAY = {
    "40001": "Somebody else changed the same in the database {place} at the same moment. Try again.",
    "40P01": "Somebody else changed the same in the database {place} at the same moment. Try again.",
    "55P03": "Somebody else holds what this needs in the database {place} for too long. Try again.",
}
# Away, or without what it needs, for everybody; by the class of the code where it is not known itself.
_SAID = {
    "08": _SILENT,
    "25006": "The database {place} takes no writes: it may be a standby. Name the primary with --database.",
    "42501": "The user of the database {place} has too few rights: {said}. Make it the owner of its database.",
    "28": _REFUSED,
    "3D": _REFUSED,
    "53": "The database {place} has too little of what it needs: {said}. Give it more; Clockhouse goes on by itself.",
    "53100": "There is no room left for the database {place}. Free some disk space; Clockhouse goes on by itself.",
    "53300": "The database {place} has too many connections. Let it take more, or let fewer servers share it.",
    "57P01": _LEAVING,
    "57P02": _LEAVING,
    "57P03": _LEAVING,
    "57P04": _REFUSED,
    "57P05": _SILENT,
    "58": "The database {place} has trouble with its machine: {said}. PostgreSQL's log tells more of it.",
}
_FOR_ONE = {  # while others may well get an answer
    "25P03": "The database {place} ended a transaction that took too long. Try again.",
    "57014": "The database {place} took too long to answer.",
}
_OTHERWISE = "The database {place} did not do what it was asked: {said}. PostgreSQL's log tells more of it."
_OURS = "54"  # the class of what is too large or too deep, whoever asks


def _explanation(error: BaseException | None, place: str) -> Unavailable | None:
    """None when it is no trouble of the database but ours."""
    if not isinstance(error, psycopg.Error):
        return None
    code, named = error.sqlstate or "", {"place": place, "said": _said(error)}
    if code in _IN_THE_WAY:
        return Contended(_IN_THE_WAY[code].format(**named))
    if code in _FOR_ONE:
        return Unavailable(_FOR_ONE[code].format(**named))
    sentence = _SAID.get(code) or _SAID.get(code[:2])
    if sentence is not None:
        return Outage(sentence.format(**named))
    if not isinstance(error, psycopg.OperationalError) or code.startswith(_OURS):
        return None
    if code:
        return Unavailable(_OTHERWISE.format(**named))
    return Outage((_REFUSED if _FATAL in str(error) else _SILENT).format(**named))


def _said(error: psycopg.Error) -> str:
    """The heart of what libpq and the server say in many words."""
    line = str(error).strip().partition("\n")[0]
    return line.rpartition("failed: ")[2].removeprefix(_FATAL).strip(" .")


def _hide_values(context: sa.engine.ExceptionContext) -> None:
    _hide(context.original_exception, context.sqlalchemy_exception)


def _hide(original: BaseException | None, wrapped: BaseException | None) -> None:
    """Leaves out the details of an error: they show rows, and so perhaps what nobody is to read in a log."""
    said = original.diag.message_primary if isinstance(original, psycopg.Error) else None
    if original is None or said is None:
        return
    original.args = (said,)
    if wrapped is not None and wrapped is not original:
        wrapped.args = (f"({type(original).__name__}) {said}",)


def _parameters(address: Secret, password: Secret | None) -> dict[str, Any]:
    try:
        given = conninfo_to_dict(address.reveal())
    except psycopg.Error:  # whose words may show the password
        raise Invalid(
            "The address of the database cannot be read. Write it like postgresql://clockhouse@localhost/clockhouse, "
            "or leave it out: the database is a file in the data directory then."
        ) from None
    if password is not None:
        given["password"] = password.reveal()
    return {**_DEFAULTS, **given}


def _place(parameters: Mapping[str, Any]) -> str:
    user, port = parameters.get("user"), parameters.get("port")
    host = parameters.get("host") or "localhost"
    at = f"{user}@" if user else ""
    return f"postgresql://{at}{host}{f':{port}' if port else ''}/{parameters.get('dbname') or user or ''}"
