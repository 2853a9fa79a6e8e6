"""Whether the promise was kept: the ledger, read by plain SQL, beside due times that are computed here by hand."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.world import MARK

from clockhouse.model.agent import WORKERS

OPEN = ("planned", "queued", "started")
_SHOWN = 20
_DOUBT = timedelta(milliseconds=250)  # of two servers' clocks, which both follow the database's

Query = Callable[[str], Iterable[Sequence[Any]]]
Row = dict[str, Any]


@dataclass(slots=True)
class Verdict:
    """What is wrong, and figures of what there was."""

    faults: list[str] = field(default_factory=list)
    promised: int = 0
    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)  # those before the last one of an execution
    runs: int = 0
    on_agents: int = 0  # of those that were started
    late_s: list[float] = field(default_factory=list)  # due to started, of those that were started

    def __str__(self) -> str:
        late = sorted(self.late_s)
        p50, p99 = (late[int(len(late) * share)] if late else 0.0 for share in (0.5, 0.99))
        return (
            f"{self.promised} promised: {_counts(self.states)}; why: {_counts(self.reasons)}; "
            f"attempts before the last: {_counts(self.attempts) or 'none'}; {self.runs} runs, "
            f"{self.on_agents} on agents; due to started {p50:.3f} s (p50), {p99:.3f} s (p99)"
        )


def verdict(query: Query, runs: Mapping[str, int]) -> Verdict:
    """Reads the ledger of a story that is over."""
    rows = list(_rows(query, "SELECT * FROM executions"))
    earlier = list(_rows(query, "SELECT * FROM attempts"))
    found = Verdict(runs=sum(runs.values()))
    for fault in _faults(query, rows, earlier, runs, found):
        found.faults.append(fault)
    found.states.update(row["state"] for row in rows)
    found.reasons.update(row["reason_code"] for row in rows if row["reason_code"])
    found.attempts.update(row["state"] for row in earlier)
    found.late_s = [(row["started_at"] - row["due_at"]).total_seconds() for row in rows if row["started_at"]]
    found.on_agents = sum(row["started_at"] is not None and row["worker"].startswith(WORKERS) for row in rows)
    return found


def check(found: Verdict, *, logs: str) -> None:
    """Fails with the occurrences that are wrong and their rows; `logs` is where the processes' words are."""
    shown = "\n\n".join(found.faults[:_SHOWN])
    assert not found.faults, f"{len(found.faults)} faults; {found}\nLogs: {logs}\n\n{shown}"


def _faults(
    query: Query, rows: list[Row], earlier: list[Row], runs: Mapping[str, int], found: Verdict
) -> Iterator[str]:
    by_schedule: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["origin"] in ("schedule", "catch_up"):
            by_schedule[row["schedule_id"]].append(row)
    for schedule in _schedules(query):
        due = promised(schedule["trigger"], schedule["created_at"], schedule["stopped_at"])
        found.promised += len(due)
        yield from _unaccounted(schedule, due, by_schedule.pop(schedule["id"], []))
    yield from (f"A schedule that there is not has executions: {each}" for each in by_schedule)
    tries: dict[str, list[Row]] = defaultdict(list)
    for attempt in earlier:
        tries[attempt["execution_id"]].append(attempt)
    for row in rows:
        yield from _unlawful(row, tries.pop(row["id"], []))
    yield from (f"An execution that there is not has attempts: {each}" for each in tries)
    yield from _mixed_logs(query, {row["id"]: row["attempt"] for row in rows})
    yield from _too_few_or_many_runs(query, rows, runs)
    yield from _miscounted(query, rows)


def promised(trigger: Mapping[str, Any], after: datetime, until: datetime) -> list[datetime]:
    """The due instants of a stored trigger later than `after` and not later than `until`, by plain arithmetic."""
    if trigger["kind"] == "cron":
        seconds, *others = trigger["expression"].split()
        assert others == ["*"] * 5, trigger
        every, at = timedelta(seconds=int(seconds.removeprefix("*/"))), after.replace(second=0, microsecond=0)
        step, phase = timedelta(seconds=1), every.total_seconds()
    else:
        every, at = timedelta(microseconds=round(trigger["every_s"] * 1e6)), datetime.fromisoformat(trigger["start"])
        step, phase = every, 0.0
    found = []
    while at <= until:
        if at > after and (not phase or at.second % phase == 0):
            found.append(at)
        at += step
    return found


def _schedules(query: Query) -> Iterator[Row]:
    """With the instants at which their deployment was made and stopped, as the audit trail has them."""
    stopped = {
        _read("facts", facts)["environment"]: _read("at", at)
        for facts, at in query("SELECT facts, at FROM audit WHERE action = 'deployment.stopped'")
    }
    joined = """
        SELECT schedules.id AS id, schedules.trigger AS trigger, deployments.created_at AS created_at,
               environments.slug AS environment
        FROM schedules JOIN deployments ON schedules.deployment_id = deployments.id
        JOIN environments ON deployments.environment_id = environments.id
    """
    for row in _rows(query, joined, ["id", "trigger", "created_at", "environment"]):
        yield {**row, "stopped_at": stopped[row["environment"]]}


def _unaccounted(schedule: Row, due: list[datetime], rows: list[Row]) -> Iterator[str]:
    found = Counter(row["due_at"] for row in rows)
    of = f"of schedule {schedule['id']} {schedule['trigger']} in {schedule['environment']}"
    for at in due:
        if not found[at]:
            yield f"Missing: {at} {of}. Beside it: {_beside(at, rows)}"
    for at, times in found.items():
        if times > 1:
            yield f"{times} times: {at} {of}: {[row for row in rows if row['due_at'] == at]}"
    for at in found.keys() - set(due):
        yield f"Not promised: {at} {of}, from {schedule['created_at']} to {schedule['stopped_at']}: {_beside(at, rows)}"


def _beside(at: datetime, rows: list[Row]) -> list[str]:
    nearest = sorted(rows, key=lambda row: abs(row["due_at"] - at))[:3]
    return [_said(row) for row in sorted(nearest, key=lambda row: row["due_at"])]


def _unlawful(row: Row, earlier: list[Row]) -> Iterator[str]:
    """What must hold of every single execution."""
    if row["state"] in OPEN:
        yield f"Still open: {_said(row)}"
        return
    if row["finished_at"] is None:
        yield f"Ended without an instant: {_said(row)}"
    if (row["reason_code"] is None) != (row["state"] == "succeeded") or (row["reason_code"] and not row["reason"]):
        yield f"Without its reason: {_said(row)}"
    numbers = sorted(attempt["number"] for attempt in earlier)
    if numbers != list(range(1, row["attempt"])):
        yield f"Attempts {numbers} before the last: {_said(row)}"
    for each in (row, *earlier):
        if each["started_at"] is not None and each["started_at"] < row["due_at"] - _DOUBT:
            yield f"Early: {each['started_at']} of {_said(row)}"
        if each["started_at"] and each["finished_at"] and each["finished_at"] < each["started_at"] - _DOUBT:
            yield f"Ended before it started: {each} of {_said(row)}"
    if row["state"] == "succeeded" and row["started_at"] is None:
        yield f"Succeeded and never started: {_said(row)}"


def _mixed_logs(query: Query, attempts: Mapping[str, int]) -> Iterator[str]:
    """A log has the lines of one attempt after the other's: those of an attempt that is over are refused."""
    logs: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for source, seq, text in query("SELECT source, seq, text FROM log_lines ORDER BY source, seq"):
        if source in attempts and text.startswith(MARK):
            logs[source].append((seq, text))
    for source, lines in logs.items():
        signed: list[str] = []
        for _seq, text in lines:
            _, who, _number = text.split()
            if not signed or signed[-1] != who:
                signed.append(who)
        if len(set(signed)) != len(signed) or len(signed) > attempts[source]:
            yield f"Lines of several attempts among each other in {source} (attempts: {attempts[source]}): {lines}"


def _too_few_or_many_runs(query: Query, rows: list[Row], runs: Mapping[str, int]) -> Iterator[str]:
    places = {str(key): str(slug) for key, slug in query("SELECT id, slug FROM environments")}
    succeeded: Counter[str] = Counter()
    most: Counter[str] = Counter()
    for row in rows:
        place = places[row["environment_id"]]
        succeeded[place] += row["state"] == "succeeded"
        most[place] += row["attempt"] if row["claimed_at"] else row["attempt"] - 1
    for place, times in runs.items():
        if not succeeded[place] <= times <= most[place]:
            yield f"In {place} the task ran {times} times: {succeeded[place]} succeeded, and {most[place]} were claimed"


def _miscounted(query: Query, rows: list[Row]) -> Iterator[str]:
    """What is in the tallies, beside the rows that say they are."""
    tallied = Counter(row["state"] for row in rows if row["is_tallied"])
    five_minutes = "SELECT state, sum(found) FROM tallies WHERE scope = '' AND width = 300 GROUP BY state"
    kept = Counter({str(state): int(number) for state, number in query(five_minutes)})
    if tallied != kept:
        yield f"The tallies have {dict(kept)}, and the rows that are in them {dict(tallied)}"


def _said(row: Row) -> str:
    names = ("id", "state", "origin", "due_at", "queued_at", "claimed_at", "started_at", "finished_at", "attempt")
    return ", ".join(f"{name} {row[name]}" for name in (*names, "reason_code", "worker", "lease_until"))


def _rows(query: Query, statement: str, names: list[str] | None = None) -> Iterator[Row]:
    answer: Any = query(statement)
    columns = names or [each[0] for each in answer.description]
    for row in answer:
        yield {name: _read(name, value) for name, value in zip(columns, row, strict=True)}


def _read(name: str, value: Any) -> Any:
    """A column as Python has it: SQLite has text for instants and for JSON."""
    if name in ("trigger", "facts") and isinstance(value, str):
        return json.loads(value)
    if (name == "at" or name.endswith("_at") or name == "lease_until") and value is not None:
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)
    return value


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counter.most_common())
