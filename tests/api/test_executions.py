"""Executions: listed, filtered, paged, stopped; and their logs by pages and as text."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.api import COMPONENT, V1, Installation

from clockhouse.model.execution import Outcome, Reason, State, stopped_by
from clockhouse.store import claims, executions
from clockhouse.task import Retry

EXECUTIONS = f"{V1}/executions"
FAILED = Outcome(State.FAILED, Reason("exit_code", "The task ended with exit code 3."), 3)


def due(page: Any) -> list[str]:
    """Minutes and seconds at which the executions of a page were due."""
    return [each["due_at"][14:19] for each in page["items"]]


def run_five(house: Installation) -> None:
    """One execution every ten seconds, the third of which fails."""
    house.deployed()
    for number in range(1, 6):
        house.pass_time(10)
        house.finish(FAILED if number == 3 else None, took_s=0)


def test_planned_executions_are_not_listed(house: Installation) -> None:
    house.deployed()

    assert house.get(EXECUTIONS) == {"items": [], "next": None, "counts": {}}


def test_executions_are_listed_from_the_latest_due(house: Installation) -> None:
    run_five(house)

    page = house.get(EXECUTIONS)

    assert due(page) == ["00:50", "00:40", "00:30", "00:20", "00:10"]
    assert page["next"] is None
    assert page["counts"] == {"succeeded": 4, "failed": 1}


def test_an_execution_tells_all_of_itself(house: Installation) -> None:
    house.deployed()
    house.pass_time(10)
    (execution,) = house.finish(FAILED, took_s=1.5)

    found = house.get(f"{EXECUTIONS}/{execution}")

    commit = house.get(f"{COMPONENT}/commits")[0]["sha"]
    assert found == {
        "id": execution,
        "project": "shop",
        "component": "health-check",
        "environment": "development",
        "deployment": 1,
        "build": 1,
        "commit": commit,
        "state": "failed",
        "origin": "schedule",
        "attempt": 1,
        "due_at": "2026-11-22T12:00:10Z",
        "queued_at": "2026-11-22T12:00:10Z",
        "claimed_at": "2026-11-22T12:00:10Z",
        "started_at": "2026-11-22T12:00:10Z",
        "finished_at": "2026-11-22T12:00:11.500000Z",
        "duration_s": 1.5,
        "exit_code": 3,
        "signal": None,
        "reason": {"code": "exit_code", "sentence": "The task ended with exit code 3."},
        "requested_by": None,
        "arguments": {},
        "repeats": None,
        "backfill": None,
        "stop_requested_by": None,
        "cpu_s": None,
        "peak_bytes": None,
        "ran_on": "here",
        "attempts": [],
    }


def test_pages_follow_each_other_without_a_gap_or_an_overlap(house: Installation) -> None:
    run_five(house)

    first = house.get(EXECUTIONS, limit=2)
    second = house.get(EXECUTIONS, limit=2, before=first["next"])
    house.post(f"{COMPONENT}/environments/development/run")
    third = house.get(EXECUTIONS, limit=2, before=second["next"])

    assert [due(page) for page in (first, second, third)] == [["00:50", "00:40"], ["00:30", "00:20"], ["00:10"]]
    assert third["next"] is None


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"state": "failed"}, ["00:30"]),
        ({"state": ["failed", "lost"]}, ["00:30"]),
        ({"project": "shop"}, ["00:50", "00:40", "00:30", "00:20", "00:10"]),
        ({"project": "shop", "component": "health-check", "state": "lost"}, []),
        ({"environment": "production"}, []),
        ({"environment": "development", "origin": "schedule", "limit": 1}, ["00:50"]),
        ({"origin": "manual"}, []),
        ({"start": "2026-11-22T12:00:20Z", "end": "2026-11-22T12:00:40Z"}, ["00:30", "00:20"]),
        ({"start": "2026-11-22T12:00:40"}, ["00:50", "00:40"]),
        ({"end": "2026-11-22T17:30:20+05:30"}, ["00:10"]),
    ],
)
def test_filters_narrow_the_list(house: Installation, filters: dict[str, Any], found: list[str]) -> None:
    run_five(house)

    assert due(house.get(EXECUTIONS, **filters)) == found


def test_counts_are_of_all_states_whatever_the_state_filter_says(house: Installation) -> None:
    run_five(house)

    assert house.get(EXECUTIONS, state="failed")["counts"] == {"succeeded": 4, "failed": 1}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "broken"}, "state.0"),
        ({"origin": "magic"}, "origin"),
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"limit": "all"}, "limit"),
        ({"component": "health-check"}, "project"),
        ({"before": "yesterday"}, "before"),
        ({"before": "9999-12-31T23:59:59-12:00~x"}, "before"),
        ({"before": "\x00"}, "before"),
        ({"start": "soon"}, "start"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start"),
        ({"end": "9999-12-31T23:59:59-14:00"}, "end"),
    ],
)
def test_a_question_is_refused_field_by_field(house: Installation, query: dict[str, Any], field: str) -> None:
    house.create()

    assert set(house.refused(422, "GET", EXECUTIONS, **query)["fields"]) == {field}  # type: ignore[arg-type]


def test_an_execution_that_waits_is_stopped_at_once(house: Installation) -> None:
    house.deployed()
    waiting = house.post(f"{COMPONENT}/environments/development/run")["id"]

    stopped = house.post(f"{EXECUTIONS}/{waiting}/stop")

    assert (stopped["state"], stopped["started_at"]) == ("cancelled", None)
    assert stopped["reason"] == {"code": "stopped", "sentence": "admin stopped it."}
    house.refused(409, "POST", f"{EXECUTIONS}/{waiting}/stop")


def test_of_one_that_runs_the_stop_is_asked_for(house: Installation) -> None:
    house.deployed()
    house.post(f"{COMPONENT}/environments/development/run")
    (running,) = house.start()

    asked = house.post(f"{EXECUTIONS}/{running}/stop")

    assert (asked["state"], asked["stop_requested_by"]) == ("started", "admin")
    with house.database.read() as tx:
        assert executions.stops_wanted(tx, "tests") == {running: stopped_by("admin")}


def test_an_execution_shows_the_tries_before_the_present_one(house: Installation) -> None:
    house.deployed(retry={"attempts": 3, "delay_s": 5})
    house.pass_time(10)
    (execution,) = house.start()
    with house.database.begin() as tx:
        executions.finish(tx, execution, 1, FAILED, tx.now, Retry(3))

    found = house.get(f"{EXECUTIONS}/{execution}")

    assert (found["state"], found["attempt"], found["started_at"]) == ("queued", 2, None)
    (attempt,) = found["attempts"]
    assert (attempt["number"], attempt["state"], attempt["exit_code"]) == (1, "failed", 3)


def test_a_log_is_read_by_pages(house: Installation) -> None:
    house.deployed()
    house.post(f"{COMPONENT}/environments/development/run")
    (running,) = house.start(lines=["one", "two", "three"])
    log = f"{EXECUTIONS}/{running}/log"

    first = house.get(log, limit=2)
    second = house.get(log, limit=2, after=2)

    assert [line["text"] for line in first["lines"]] == ["one", "two"]
    assert first["lines"][0] == {
        "seq": 1,
        "at": "2026-11-22T12:00:00Z",
        "stream": "stdout",
        "level": None,
        "text": "one",
    }
    assert (first["more"], first["complete"]) == (True, False)
    assert [line["seq"] for line in second["lines"]] == [3]
    assert (second["more"], second["complete"]) == (False, False)


def test_a_log_is_complete_once_the_execution_is_over_and_all_is_read(house: Installation) -> None:
    house.deployed()
    house.post(f"{COMPONENT}/environments/development/run")
    (execution,) = house.finish(lines=["one", "two"])
    log = f"{EXECUTIONS}/{execution}/log"

    assert (house.get(log, limit=1)["complete"], house.get(log, limit=2)["complete"]) == (False, True)
    assert house.get(log, after=2) == {"lines": [], "complete": True, "more": False}


@pytest.mark.parametrize("query", [{"after": -1}, {"after": 10**30}, {"limit": 0}, {"limit": 5001}])
def test_a_page_of_a_log_has_its_bounds(house: Installation, query: dict[str, int]) -> None:
    house.refused(422, "GET", f"{EXECUTIONS}/x/log", **query)  # type: ignore[arg-type]


def test_a_whole_log_can_be_downloaded(house: Installation) -> None:
    house.deployed()
    house.post(f"{COMPONENT}/environments/development/run")
    (execution,) = house.finish(lines=[f"line {number}" for number in range(2500)] + ["<b>déjà vu</b>"])

    answer = house.client.get(f"{EXECUTIONS}/{execution}/log.txt")

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="execution-{execution}.log"'
    lines = answer.text.splitlines()
    assert len(lines) == 2501
    assert lines[0] == "2026-11-22T12:00:00.000+00:00 stdout line 0"
    assert lines[-1].endswith(" stdout <b>déjà vu</b>")


def test_an_empty_log_is_empty_text(house: Installation) -> None:
    house.deployed()
    house.post(f"{COMPONENT}/environments/development/run")
    (execution,) = house.finish()

    assert house.client.get(f"{EXECUTIONS}/{execution}/log.txt").text == ""


def test_an_execution_is_run_again_as_it_was(house: Installation) -> None:
    """After another deployment with another configuration: the old one's is what it has."""
    house.deployed()
    house.pass_time(10)
    (first,) = house.finish()
    house.deploy(configuration={"url": "https://other.example.com"})
    house.pass_time(1)

    made = house.post(f"{EXECUTIONS}/{first}/again")

    before = house.get(f"{EXECUTIONS}/{first}")
    assert (made["origin"], made["repeats"], made["requested_by"], made["state"]) == ("again", first, "admin", "queued")
    assert (made["due_at"], made["deployment"], made["build"]) == (before["due_at"], 1, before["build"])
    with house.database.begin() as tx:
        [claimed] = claims.claim(tx, "tests", 10, tx.now + timedelta(minutes=1))
    assert (claimed.id, claimed.values["url"], claimed.due_at.isoformat()) == (
        made["id"],
        "https://shop.example.com/healthz",
        "2026-11-22T12:00:10+00:00",
    )


def test_what_is_run_again_keeps_its_arguments_and_can_be_run_again_itself(house: Installation) -> None:
    house.deployed()
    run = house.post(f"{COMPONENT}/environments/development/run", {"arguments": {"url": "https://once.example.com"}})
    house.finish()

    second = house.post(f"{EXECUTIONS}/{run['id']}/again")
    house.finish()
    third = house.post(f"{EXECUTIONS}/{second['id']}/again")

    assert third["arguments"] == second["arguments"] == run["arguments"] == {"url": "https://once.example.com"}
    assert (third["repeats"], third["due_at"]) == (second["id"], run["due_at"])


def test_only_what_is_over_can_be_run_again(house: Installation) -> None:
    house.deployed()
    waiting = house.post(f"{COMPONENT}/environments/development/run")["id"]

    assert "it is queued" in house.refused(409, "POST", f"{EXECUTIONS}/{waiting}/again")["message"]
    house.refused(404, "POST", f"{EXECUTIONS}/nonsense/again")


def test_what_was_missed_or_skipped_can_be_run_again_also_after_its_deployment_was_stopped(house: Installation) -> None:
    house.deployed()
    house.post(f"{COMPONENT}/environments/development/pause", {})
    house.pass_time(10)
    [skipped] = house.get(EXECUTIONS, state="skipped")["items"]
    house.post(f"{COMPONENT}/environments/development/stop")

    made = house.post(f"{EXECUTIONS}/{skipped['id']}/again")

    assert house.finish() == [made["id"]]
    assert house.get(f"{EXECUTIONS}/{skipped['id']}")["state"] == "skipped"


def test_promised_and_delivered_count_what_the_schedules_made_due_alone(house: Installation) -> None:
    house.deployed()
    house.pass_time(10)
    (first,) = house.finish()
    house.post(f"{EXECUTIONS}/{first}/again")
    house.finish()

    found = house.get(f"{V1}/metrics/delivery", start="2026-11-22T12:00:00Z", end="2026-11-22T12:00:15Z")

    assert (found["promised"], found["delivered"]) == (1, 1)
