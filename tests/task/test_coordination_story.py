"""Three nodes of one group, each a process of its own: whatever becomes of the holder, exactly one executes."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path

import psycopg
import pytest
from tests.support.postgres import Postgres
from tests.support.waiting import eventually
from tests.task.forwarder import Forwarder

from clockhouse.task.coordination import Membership, PostgresConfig, WarmBackup

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

LIVENESS_S, HEARTBEAT_S = 2.0, 0.2
SLACK_S = 2.0  # for a busy machine; between two processes' turns
WORKERS = 5  # of a scheduler, unless told otherwise
PROGRAM = Path(__file__).with_name("coordination_node.py")

# The database notes every change of the holder, and how long it had not heard of the one before.
NOTE_CHANGES = """
CREATE TABLE change (at timestamptz, term int, task_id text, silent_s float);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change SELECT clock_timestamp(), NEW.term, NEW.task_id, (
        SELECT extract(epoch FROM clock_timestamp() - last_heartbeat)
        FROM health_check WHERE task_id = OLD.task_id AND group_id = OLD.group_id);
    RETURN NEW;
END $$;
CREATE TRIGGER note AFTER UPDATE ON token_holder FOR EACH ROW EXECUTE FUNCTION note();
"""


@dataclass(frozen=True, slots=True)
class Execution:
    at: float  # seconds since the machine started
    term: int
    node: str
    holds: bool  # asked once more within the execution, as one does that must not change anything when it is too late


@dataclass(slots=True)
class Group:
    """The nodes, their wires to the database, and what they did."""

    url: str
    server: Postgres
    file: Path
    nodes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    wires: dict[str, Forwarder] = field(default_factory=dict)

    def add(self, name: str) -> None:
        wire = self.wires[name] = Forwarder(self.server.port)
        database = self.url.rpartition("/")[2]
        words = [str(wire.port), database, name, str(LIVENESS_S), str(HEARTBEAT_S), str(self.file)]
        with self.file.with_name(f"{name}.log").open("ab") as log:
            command = [sys.executable, str(PROGRAM), *words]
            self.nodes[name] = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log)

    def executions(self) -> list[Execution]:
        text = self.file.read_text() if self.file.exists() else ""
        words = [line.split() for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return [Execution(float(at), int(term), node, holds == "1") for at, term, node, holds in words]

    def holder(self, *others: str) -> str:
        """Who executes now, having waited until it is none of these; and who has done so a few times."""
        seen = len(self.executions())
        return eventually(lambda: self._last_since(seen, others), within=30)

    def _last_since(self, seen: int, others: tuple[str, ...]) -> str | None:
        last = [execution for execution in self.executions()[seen:] if execution.holds][-5:]
        nodes = {execution.node for execution in last}
        return last[-1].node if len(last) == 5 and len(nodes) == 1 and not nodes & set(others) else None

    def stop(self, name: str) -> None:
        """Has a node stand still, at a moment when it is not about to note an execution."""
        with self.file.open("rb") as notes:
            fcntl.flock(notes, fcntl.LOCK_EX)
            process = self.nodes[name]
            process.send_signal(signal.SIGSTOP)
            eventually(lambda: Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")

    def go_on(self, name: str) -> None:
        self.nodes[name].send_signal(signal.SIGCONT)

    def said(self, name: str) -> str:
        return self.file.with_name(f"{name}.log").read_text()

    def end(self) -> None:
        for node in self.nodes.values():
            node.kill()
            node.communicate()
        for wire in self.wires.values():
            wire.__exit__(None, None, None)


@pytest.fixture
def group(postgres: Postgres, tmp_path: Path) -> Iterator[Group]:
    url = postgres.new_database()
    database = PostgresConfig(host="127.0.0.1", port=postgres.port, user="postgres", database=url.rpartition("/")[2])
    first = Membership(WarmBackup(database=database, task_id="first", group_id="story"))
    first.attend()  # creates the tables
    first.leave()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(NOTE_CHANGES)
    made = Group(url, postgres, tmp_path / "executions")
    try:
        for name in "abc":
            made.add(name)
        yield made
    finally:
        made.end()


def test_another_takes_over_from_a_holder_that_is_killed(group: Group) -> None:
    holder = group.holder()
    group.nodes[holder].kill()
    group.holder(holder)
    assert_one_at_a_time(group, changes=1)


def test_another_takes_over_from_a_holder_that_is_stopped_and_it_does_not_execute_when_it_goes_on(group: Group) -> None:
    holder = group.holder()
    group.stop(holder)
    heir = group.holder(holder)
    group.go_on(holder)
    eventually(lambda: "steps down" in group.said(holder))
    assert group.holder() == heir
    assert_one_at_a_time(group, changes=1)


def test_another_takes_over_from_a_holder_that_is_cut_off(group: Group) -> None:
    holder = group.holder()
    group.wires[holder].cut()
    heir = group.holder(holder)
    assert group.said(holder).count("cannot use the database") == 1
    group.wires[holder].mend()
    eventually(lambda: "steps down" in group.said(holder))
    assert group.holder() == heir
    assert_one_at_a_time(group, changes=1)


@pytest.mark.long
def test_another_takes_over_from_a_holder_whose_database_does_not_answer(group: Group) -> None:
    holder = group.holder()
    group.wires[holder].fall_silent()
    heir = group.holder(holder)
    group.wires[holder].mend()
    eventually(lambda: "steps down" in group.said(holder))
    assert group.holder() == heir
    assert_one_at_a_time(group, changes=1)


def test_a_holder_that_ends_in_order_is_followed_at_once(group: Group) -> None:
    holder = group.holder()
    group.nodes[holder].communicate(b"", timeout=30)
    group.holder(holder)
    *_, handed_back, taken = noted_changes(group)
    assert (handed_back[1], taken[2]) == ("", None)
    assert_one_at_a_time(group, changes=0)


@pytest.mark.long
def test_the_token_wanders_through_every_kind_of_trouble(group: Group) -> None:
    killed = group.holder()
    group.nodes[killed].kill()
    stopped = group.holder(killed)
    group.add("d")
    group.stop(stopped)
    cut = group.holder(stopped)
    group.go_on(stopped)
    eventually(lambda: "steps down" in group.said(stopped))
    group.wires[cut].cut()
    group.holder(cut)
    assert_one_at_a_time(group, changes=3)


def noted_changes(group: Group) -> list[tuple[int, str, float | None]]:
    """Term, holder, and for how many seconds the one before had been silent, for each change of the holder."""
    with psycopg.connect(group.url) as connection:
        return connection.execute("SELECT term, task_id, silent_s FROM change ORDER BY at").fetchall()


def assert_one_at_a_time(group: Group, *, changes: int) -> None:
    """Each term is one node's and ends before the next begins; who was silent was so for as long as it had to be."""
    noted = sorted(group.executions(), key=lambda execution: execution.at)
    executions = [execution for execution in noted if execution.holds]
    # What had passed the gate when its node was stopped, and was in the hands of a worker.
    assert len(noted) - len(executions) <= WORKERS * changes
    turns = [list(turn) for _, turn in groupby(executions, key=lambda execution: (execution.term, execution.node))]
    for before, after in pairwise(turns):
        assert before[0].term < after[0].term
        assert before[-1].at < after[0].at
    silences = [silent for *_, silent in noted_changes(group)[1:] if silent is not None]
    taken = [silent for silent in silences if silent > LIVENESS_S / 2]  # the others were handed over
    assert len(taken) == changes
    assert all(LIVENESS_S < silent < LIVENESS_S + HEARTBEAT_S + SLACK_S for silent in taken)
