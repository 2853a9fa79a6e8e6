"""Warm backup: of several nodes that run the same jobs, one holds a token and executes, and another takes over from it.

Why no two nodes hold the token at once: a holder trusts itself for less than the liveness interval after the *start* of
its last confirmed heartbeat, on its own clock. The database noted that heartbeat later than that, and lets another node
take over only when the note is older than the whole liveness interval, on the database's clock. A heartbeat and a
take-over that meet are put in order by the lock of the heartbeat's row, and a heartbeat counts only if the token is
found unchanged after it was written: one of the two sees the other. Each take-over raises the token's term.

What this cannot do: end an execution that began while the node held the token. Where that matters, hand
`Membership.term` to what the execution changes, and let that refuse a smaller one than it has seen. The database is
trusted to keep what it committed, and its clock to run evenly.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from clockhouse.task.clock import Clock, SystemClock
from clockhouse.task.tokens import (
    NOBODY,
    Dialect,
    DriverMissing,
    InvalidWarmBackup,
    MysqlConfig,
    OwnDatabase,
    PostgresConfig,
    Seen,
    Session,
)

__all__ = [
    "Dialect",
    "DriverMissing",
    "InvalidWarmBackup",
    "Membership",
    "MysqlConfig",
    "OwnDatabase",
    "PostgresConfig",
    "WarmBackup",
]

_log = logging.getLogger(__name__)

_LONGEST_ID = 255  # characters; the width of the columns
_MARGIN = 0.1  # the share of the liveness interval that a holder gives up, for clocks that do not run alike


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmBackup:
    """How a node belongs to a group of which one executes.

    `task_id` names this node and is its own in the group; `group_id` is what the nodes share. Both have 1 to 255
    characters. A node notes a heartbeat every `heartbeat_interval` seconds, and another takes over from a holder that
    has been silent for `liveness_interval` seconds; at least two heartbeats fit in. All nodes of a group use the same
    liveness interval.
    Raises InvalidWarmBackup for values that cannot be.
    """

    database: PostgresConfig | MysqlConfig | OwnDatabase
    task_id: str
    group_id: str
    liveness_interval: float = 30.0
    heartbeat_interval: float = 1.0

    def __post_init__(self) -> None:
        _check_id("task_id", self.task_id)
        _check_id("group_id", self.group_id)
        _check_seconds("liveness_interval", self.liveness_interval)
        _check_seconds("heartbeat_interval", self.heartbeat_interval)
        if self.heartbeat_interval * 2 > self.liveness_interval:
            raise InvalidWarmBackup(
                "heartbeat_interval",
                f"Heartbeats every {self.heartbeat_interval:g} s are too far apart for a liveness interval of "
                f"{self.liveness_interval:g} s: at least two have to fit in.",
            )
        _check_database(self.database)


class SinceBoot(SystemClock):
    """The machine's clocks, with an elapsed time that goes on while the machine is suspended, where there is one.

    What no clock of a virtual machine sees is that machine being paused or moved.
    """

    def monotonic(self) -> float:
        return _since_boot()


@dataclass(frozen=True, slots=True)
class _Trust:
    """The token is this process's until that moment of the clock."""

    term: int
    until: float
    process_id: int


class Membership:
    """This node's place in a group. It stands by or holds the token, from `start` to `stop`.

    `on_gain` and `on_loss` are told of the term, on the membership's own thread: they are news, and may come late when
    the database does not answer. What counts is `holds_token`. `clock` measures elapsed time; without one it is the
    machine's clock that includes suspension. A forked child has no membership until it starts one.
    """

    _session: Session | None
    _term: int | None  # of the token that is ours, as far as we know
    _trust: _Trust | None
    _told: int | None  # the term whose gain was told, and whose loss is still to be

    def __init__(
        self,
        backup: WarmBackup,
        *,
        on_gain: Callable[[int], object] | None = None,
        on_loss: Callable[[int], object] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._backup, self._clock = backup, clock or SinceBoot()
        self._on_gain, self._on_loss = on_gain, on_loss
        self._lock = threading.Lock()
        self._process_id = os.getpid()
        self._thread: threading.Thread | None = None
        self._stopping, self._judged = threading.Event(), threading.Event()
        self._forget()

    @property
    def term(self) -> int:
        """The term in which this node holds the token, or held it last; 0 before it ever did."""
        return self._last_term

    def holds_token(self) -> bool:
        """Whether this node may execute now. It asks memory and the clock only, and may be called from any thread."""
        trust = self._trust
        if trust is None or self._stopping.is_set() or trust.process_id != os.getpid():
            return False
        return self._clock.monotonic() < trust.until

    def start(self) -> None:
        """Joins the group, in a daemon thread; does nothing when it has joined already.

        A database that cannot be reached is no error here: it is logged and tried again. Raises DriverMissing.
        """
        self._backup.database.driver()
        if self._process_id != os.getpid():
            self._be_born()
        with self._lock:
            if self._thread is not None and self._thread.is_alive() and not self._stopping.is_set():
                return
            before, self._stopping, self._judged = self._thread, threading.Event(), threading.Event()
            name = f"clockhouse-warm-backup-{self._backup.group_id}"
            life = before, self._stopping, self._judged
            self._thread = threading.Thread(target=self._run, args=life, name=name, daemon=True)
            self._thread.start()

    def wait_for_verdict(self, timeout: float) -> bool:
        """Waits until it is clear for the first time since `start` whether this node holds the token.

        That the database cannot be used is clear, too. Says whether it was so within `timeout` seconds.
        """
        return self._judged.wait(timeout)

    def stop(self, *, timeout: float | None = None) -> None:
        """Leaves the group and hands the token over at once: end what executes before.

        Waits until that is done, so many seconds at the most: by default as long as the database is given to answer.
        """
        if self._process_id != os.getpid():
            return
        with self._lock:
            thread = self._thread
            self._stopping.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(2 * self._patience if timeout is None else timeout)

    def attend(self) -> float:
        """One heartbeat: holds the token, or stands by and takes it where nobody does. `start` has it done regularly.

        Says how many seconds later it is to be done again. Raises what the database's driver raises.
        """
        started = self._clock.monotonic()
        session = self._connected()
        return self._stand_by(session) if self._term is None else self._hold(session, self._term, started)

    def leave(self) -> None:
        """Hands the token back, if this node holds it, and disconnects. Raises what the database's driver raises."""
        term, self._term, self._trust = self._term, None, None
        try:
            if self._session is not None:
                self._session.leave(term)
        finally:
            self._disconnect()

    @property
    def _patience(self) -> float:
        """How long the database may take to answer: a node is to notice before others take over."""
        return max(1.0, self._backup.liveness_interval / 3)

    def _forget(self) -> None:
        self._session = self._term = self._trust = self._told = None
        self._last_term = 0
        self._is_cut_off = self._has_twin = self._is_coarse = False

    def _be_born(self) -> None:
        """A forked child shares nothing with its parent: to close the connection would end the parent's."""
        self._parents = self._session
        self._lock = threading.Lock()
        self._thread, self._stopping = None, threading.Event()
        self._process_id = os.getpid()
        self._forget()

    def _run(self, before: threading.Thread | None, stopping: threading.Event, judged: threading.Event) -> None:
        if before is not None:
            before.join()
        while not stopping.is_set():
            wait = self._attend_or_log()
            if wait > 0 or self._trust is not None:
                judged.set()
            self._tell()
            stopping.wait(min(wait, self._trusted_for()))
            self._tell()
        self._trust = None
        self._tell()
        try:
            self.leave()
        except BaseException as error:  # SystemExit from a driver or from OwnDatabase.connect, too
            _log.warning("%s could not hand the token over: %s", self._name, self._described(error))

    def _attend_or_log(self) -> float:
        try:
            wait = self.attend()
        except BaseException as error:  # SystemExit, too, would end the thread without a word
            self._disconnect()
            if not self._is_cut_off:
                self._is_cut_off = True
                what = "%s cannot use the database and tries every %g s; it executes until its token runs out: %s"
                _log.error(what, self._name, self._backup.heartbeat_interval, self._described(error))
            return self._backup.heartbeat_interval
        if self._is_cut_off:
            self._is_cut_off = False
            _log.warning("%s can use the database again.", self._name)
        return wait

    def _hold(self, session: Session, term: int, started: float) -> float:
        backup = self._backup
        session.beat()
        seen = session.look()  # after the heartbeat: see above
        is_ours = seen is not None and (seen.task_id, seen.term) == (backup.task_id, term)
        if seen is None or not is_ours or seen.silent_after is None:
            _log.warning("%s steps down: the token of term %d is not its own any more.", self._name, term)
            self._term = self._trust = None
            return 0.0
        trusted = backup.liveness_interval * (1 - _MARGIN) - session.resolution
        self._notice_coarse(trusted, session.resolution)
        self._last_term = term
        self._trust = _Trust(term, started + trusted, os.getpid())
        return max(0.0, backup.heartbeat_interval - (self._clock.monotonic() - started))

    def _stand_by(self, session: Session) -> float:
        seen = session.look()
        if seen is None:
            session.join()
            if session.take_first():
                self._term = 1
                return 0.0
            return self._backup.heartbeat_interval
        self._notice_twin(seen)
        if seen.task_id != self._backup.task_id or seen.silent_after is None:
            session.join()
        if self._is_free(seen) and session.take_over(seen, self._backup.liveness_interval):
            self._term = seen.term + 1
            return 0.0  # it counts once it is confirmed
        left = self._backup.liveness_interval - (seen.silent_after or 0.0)
        return min(self._backup.heartbeat_interval, left) if left > 0 else self._backup.heartbeat_interval

    def _is_free(self, seen: Seen) -> bool:
        return seen.silent_after is None or seen.silent_after > self._backup.liveness_interval

    def _notice_twin(self, seen: Seen) -> None:
        """Says so once when another node goes by this one's name.

        A node that was started again looks like that to itself, until the heartbeat of its former life is too old.
        """
        is_twin = seen.task_id == self._backup.task_id and not self._is_free(seen)
        if is_twin and not self._has_twin:
            what = "%s stands by: a node of this name holds the token. Names are to be unique, unless it has just died."
            _log.warning(what, self._name)
        self._has_twin = is_twin

    def _notice_coarse(self, trusted: float, resolution: float) -> None:
        """Says so once when the token runs out before the next heartbeat could renew it."""
        backup = self._backup
        is_coarse = trusted <= backup.heartbeat_interval
        if is_coarse and not self._is_coarse:
            what = (
                "%s executes for %g s after each heartbeat at most, with one every %g s: the column last_heartbeat is "
                "exact to %g s. Set a liveness interval of more than %.1f s, or make the column finer."
            )
            least = (backup.heartbeat_interval + resolution) / (1 - _MARGIN)
            _log.error(what, self._name, max(0.0, trusted), backup.heartbeat_interval, resolution, least)
        self._is_coarse = is_coarse

    def _connected(self) -> Session:
        if self._session is None:
            backup = self._backup
            connection = backup.database.driver()(self._patience)
            try:
                self._session = Session(
                    connection,
                    backup.database.dialect,
                    task_id=backup.task_id,
                    group_id=backup.group_id,
                    patience=self._patience,
                )
            except BaseException:
                connection.close()
                raise
        return self._session

    def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _trusted_for(self) -> float:
        trust = self._trust
        left = trust.until - self._clock.monotonic() if trust else 0.0
        return left if left > 0 else self._backup.heartbeat_interval

    def _tell(self) -> None:
        """Tells of what has changed since it was last told."""
        now = self._last_term if self.holds_token() else None
        if now == self._told:
            return
        lost, self._told = self._told, now
        if lost is not None:
            _log.info("%s does not hold the token of term %d any more.", self._name, lost)
            self._call(self._on_loss, lost)
        if now is not None:
            _log.info("%s holds the token, in term %d.", self._name, now)
            self._call(self._on_gain, now)

    def _call(self, whom: Callable[[int], object] | None, term: int) -> None:
        if whom is None:
            return
        try:
            whom(term)
        except BaseException:
            _log.exception("%s: what was to be told of term %d failed.", self._name, term)

    @property
    def _name(self) -> str:
        return f"Node {self._backup.task_id!r} of group {self._backup.group_id!r}"

    def _described(self, error: BaseException) -> str:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        password = self._backup.database.password
        return text.replace(password, "****") if password else text


def _since_boot() -> float:
    # CLOCK_MONOTONIC stands still during suspension on Linux, while the database's clock goes on.
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def _check_id(field: str, value: object) -> None:
    if not isinstance(value, str):
        raise InvalidWarmBackup(field, f"{field} is {value!r}; it has to be a text.")
    if value == NOBODY or value != value.strip() or "\0" in value or len(value) > _LONGEST_ID:
        raise InvalidWarmBackup(
            field, f"{field} is {value!r}; it has to have 1 to {_LONGEST_ID} characters and no space around it."
        )


def _check_database(value: object) -> None:
    if not isinstance(value, PostgresConfig | MysqlConfig | OwnDatabase):
        kind = type(value).__name__
        raise InvalidWarmBackup(
            "database", f"The database is a {kind}; give a PostgresConfig, a MysqlConfig or an OwnDatabase."
        )


def _check_seconds(field: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise InvalidWarmBackup(field, f"{field} is {value!r}; it has to be a positive number of seconds.")
