"""What is told while it happens: log lines, and hints that something changed. Over a real connection."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.api import COMPONENT, V1, Installation, served
from tests.support.people import somebody
from tests.support.server import running as running_server

from clockhouse.kit.declared import Problem
from clockhouse.model.actor import Role
from clockhouse.model.build import Status
from clockhouse.model.execution import Outcome, State
from clockhouse.store import actors, builds, changes, executions
from clockhouse.store.tables.actors import grants
from clockhouse.task import Retry

pytestmark = pytest.mark.slow
Event = tuple[str, str, Any]


@pytest.fixture
def house(house: Installation) -> Installation:
    house.deployed()
    return house


@contextmanager
def reading(house: Installation, path: str, **headers: str) -> Iterator[Iterator[Event]]:
    """The events of a stream as they come: name, id and data."""
    carried = {"Authorization": f"Bearer {house.token}", **headers}
    with (
        served(house) as address,
        httpx.Client(base_url=address, headers=carried, timeout=20, trust_env=False) as client,
        client.stream("GET", path) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Content-Encoding" not in answer.headers
        yield _events(answer.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[Event]:
    found: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            found[name] = value
        elif "event" in found:
            yield found["event"], found.get("id", ""), json.loads(found["data"])
            found = {}


def texts(event: Event) -> list[str]:
    assert event[0] == "lines"
    return [line["text"] for line in event[2]]


def running(house: Installation, *lines: str) -> str:
    house.post(f"{COMPONENT}/environments/development/run")
    (execution,) = house.start(lines=lines)
    return execution


def end(house: Installation, execution: str) -> None:
    with house.database.begin() as tx:
        executions.finish(tx, execution, 1, Outcome(State.SUCCEEDED, None, 0), tx.now, Retry())


def test_lines_are_told_as_they_are_written_and_at_last_the_end(house: Installation) -> None:
    execution = running(house, "one", "two")

    with reading(house, f"{V1}/executions/{execution}/log/stream") as events:
        first = next(events)
        house.write(execution, "three")
        second = next(events)
        end(house, execution)
        last = next(events)

        assert (texts(first), first[1]) == (["one", "two"], "2")
        assert (texts(second), second[1]) == (["three"], "3")
        assert last[0] == "end"
        assert (last[2]["id"], last[2]["state"]) == (execution, "succeeded")
        assert list(events) == []


def test_a_stream_begins_after_the_line_that_is_named(house: Installation) -> None:
    execution = running(house, "one", "two", "three")

    with reading(house, f"{V1}/executions/{execution}/log/stream?after=2") as events:
        assert texts(next(events)) == ["three"]


def test_a_browser_that_reconnects_goes_on_after_what_it_got(house: Installation) -> None:
    execution = running(house, "one", "two", "three")
    end(house, execution)

    with reading(house, f"{V1}/executions/{execution}/log/stream?after=1", **{"Last-Event-ID": "2"}) as events:
        assert [event[0] for event in events] == ["lines", "end"]


def test_a_long_log_comes_in_parts_and_in_order(house: Installation) -> None:
    execution = running(house, *[str(number) for number in range(2500)])
    end(house, execution)

    with reading(house, f"{V1}/executions/{execution}/log/stream") as events:
        *parts, last = events

    assert [text for part in parts for text in texts(part)] == [str(number) for number in range(2500)]
    assert len(parts) == 3
    assert last[0] == "end"


def test_the_stream_of_what_is_removed_ends(house: Installation) -> None:
    execution = running(house, "one")

    with reading(house, f"{V1}/executions/{execution}/log/stream") as events:
        next(events)
        house.delete(COMPONENT)
        house.database.changes.publish([f"log:{execution}"])

        assert list(events) == []


def test_the_log_of_a_build_is_told_in_the_same_way(house: Installation) -> None:
    house.save({"notes.txt": "x"})
    number = house.post(f"{COMPONENT}/builds", {})["number"]
    house.write(house.build_id(number), "Reading the source")

    with reading(house, f"{COMPONENT}/builds/{number}/log/stream") as events:
        first = next(events)
        with house.database.begin() as tx:
            build = builds.by_id(tx, house.build_id(number))
            builds.fail(tx, build, Status.FAILED, Problem("No."))
        last = next(events)

    assert texts(first) == ["Reading the source"]
    assert (last[0], last[2]["status"], last[2]["problem"]["message"]) == ("end", "failed", "No.")


def test_changes_are_hinted_at_by_topic(house: Installation) -> None:
    with reading(house, f"{V1}/events") as events:
        house.post(f"{V1}/projects", {"name": "Another"})
        first = next(events)
        house.post(f"{COMPONENT}/environments/development/pause", {})
        second = next(events)

    assert first[0] == "change"
    assert first[2] == {"topics": ["projects"]}
    assert "deployments" in second[2]["topics"]


def test_a_commit_is_hinted_at_as_what_may_be_built(house: Installation) -> None:
    with reading(house, f"{V1}/events") as events:
        house.save({"notes.txt": "what ann saves, ben sees"})

        assert next(events)[2] == {"topics": ["builds"]}


def later(house: Installation) -> None:
    """So much that who reads a stream is asked again at the next look."""
    house.clock.advance(timedelta(seconds=10))


def test_a_log_is_told_no_further_when_the_token_is_withdrawn(house: Installation) -> None:
    execution = running(house, "one")

    with reading(house, f"{V1}/executions/{execution}/log/stream") as events:
        assert texts(next(events)) == ["one"]
        with house.database.begin() as tx:
            actors.withdraw(tx, house.token)
        later(house)
        house.write(execution, "two")

        assert list(events) == []


def test_changes_are_hinted_at_no_further_to_somebody_without_a_role(house: Installation) -> None:
    with reading(house, f"{V1}/events") as events:
        house.post(f"{COMPONENT}/environments/development/pause", {})
        next(events)
        with house.database.begin() as tx:
            tx.execute(grants.delete())
        later(house)
        with house.database.begin() as tx:
            tx.changed(changes.PROJECTS)

        assert list(events) == []


def test_a_log_is_told_no_further_when_the_role_in_the_project_is_taken(house: Installation) -> None:
    execution = running(house, "one")
    token = somebody(house, Role.VIEWER, project="shop")

    with reading(house, f"{V1}/executions/{execution}/log/stream", Authorization=f"Bearer {token}") as events:
        assert texts(next(events)) == ["one"]
        with house.database.begin() as tx:
            tx.execute(grants.delete().where(grants.c.project_id.is_not(None)))
        later(house)
        house.write(execution, "two")

        assert list(events) == []


def test_a_busy_moment_is_one_hint(house: Installation) -> None:
    with reading(house, f"{V1}/events") as events:
        for number in range(10):
            house.post(f"{V1}/projects", {"name": f"Project {number}"})
        house.post(f"{COMPONENT}/environments/development/pause", {})
        topics = next(events)[2]["topics"]
        while "deployments" not in topics:
            topics = next(events)[2]["topics"]

    assert topics == sorted(set(topics))


def test_a_server_that_stops_ends_its_streams_and_says_nothing_of_it(tmp_path: Path) -> None:
    with running_server(tmp_path / "data") as server:
        carried = {"Authorization": f"Bearer {(server.data / 'token').read_text().strip()}"}
        with (
            httpx.Client(base_url=server.base_url, headers=carried, timeout=20, trust_env=False) as client,
            client.stream("GET", f"{V1}/events") as answer,
        ):
            server.process.send_signal(signal.SIGINT)
            assert list(_events(answer.iter_lines())) == []
        _, said = server.process.communicate(timeout=20)

    assert (server.process.returncode, said) == (0, "")
