"""Builds under way: a commit becomes a release, or says why not."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest
from tests.support.ledger import LEASE, NOON, queued_build, refusing
from tests.support.sources import Sources
from tests.support.waiting import comes

from clockhouse.builders.base import Built, Entry, Failed, Line, Problem, Step, StepState
from clockhouse.builders.python import PythonBuilder
from clockhouse.builders.source import Author
from clockhouse.engine import builds as module
from clockhouse.engine.builds import LOST, Builds
from clockhouse.engine.journal import Journal
from clockhouse.errors import Unavailable
from clockhouse.model.build import Status
from clockhouse.model.build import Step as Stored
from clockhouse.store import builds, changes, components, logs

BUILT = Built("d" * 64, Entry("main.py", "main"), ())


class Scripted:
    """A builder that tells what it is given, and then waits until it may go on."""

    def __init__(self, *events, last=BUILT):
        self.events, self.last = events, last
        self.may_go_on = asyncio.Event()
        self.under_way = self.most = self.closed = 0

    async def build(self, order):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for event in self.events:
                yield event
            await self.may_go_on.wait()
            if isinstance(self.last, Exception):
                raise self.last
            yield self.last
        finally:
            self.under_way -= 1
            self.closed += 1


@asynccontextmanager
async def building(ledger, folder, builder, *, room=2, share=None):
    journal = Journal(ledger.database)
    service = Builds(
        worker="tests:1",
        room=room,
        builder=builder,
        check_out=lambda component, sha, _, folder: Sources(ledger.database).check_out(component, sha, folder),
        artifact=(folder / "artifacts").joinpath,
        journal=journal,
        hints=ledger.database.changes,
        clock=ledger.clock,
        share=share,
    )
    running = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        running.cancel()
        await asyncio.wait([running])
        await journal.close()
        if not running.cancelled():
            running.result()


def get(ledger, build):
    with ledger.database.read() as tx:
        return builds.by_id(tx, build.id)


def log(ledger, build):
    with ledger.database.read() as tx:
        return [(line.seq, line.stream, line.text) for line in logs.after(tx, build.id, 0, 1000)]


async def ended(ledger, build):
    await comes(lambda: not get(ledger, build).status.is_open, within=60)
    return get(ledger, build)


def releases(ledger, build):
    with ledger.database.read() as tx:
        found = builds.of_commit(tx, ledger.component, build.commit.sha)
        return found is not None and builds.release_of(tx, found).build.id == build.id


@pytest.mark.slow
@pytest.mark.parametrize("source", ["def main(): print('hello')", "def main(: pass"], ids=["sound", "broken"])
def test_a_commit_is_built_or_its_problem_told(live, tmp_path, source):
    author = Author("Ada", "ada@example.org")
    sha = Sources(live.database).create(live.component.id, {"main.py": source}, author=author, message="Start").sha
    build = queued_build(live.database, live.component, sha)

    async def story():
        async with building(live, tmp_path, PythonBuilder(live.clock, tmp_path / "cache")):
            return await ended(live, build)

    found = asyncio.run(story())
    if source.startswith("def main()"):
        assert (found.status, found.problem, found.entry) == (Status.SUCCEEDED, None, Entry("main.py", "main"))
        assert (tmp_path / "artifacts" / build.id / "source" / "main.py").read_text() == source
        assert releases(live, build)
    else:
        assert (found.status, found.problem.path, found.problem.line) == (Status.FAILED, "main.py", 1)
    assert [step.name for step in found.steps][:2] == ["Check out", "Read the code"]
    assert all(step.took_s is not None for step in found.steps)


def test_steps_and_lines_are_there_while_it_is_built(ledger, tmp_path):
    begun = Step(NOON, "Dependencies", StepState.STARTED)

    async def story():
        lines = [Line(NOON, "Dependencies", text) for text in ("Resolved", "ERROR: no")]
        builder = Scripted(begun, *lines)
        async with building(ledger, tmp_path, builder):
            build = queued_build(ledger.database, ledger.component)
            await comes(lambda: len(log(ledger, build)) == 2)
            seen = get(ledger, build)
            builder.may_go_on.set()
            return build, seen, await ended(ledger, build)

    build, seen, found = asyncio.run(story())
    assert log(ledger, build) == [(1, "Dependencies", "Resolved"), (2, "Dependencies", "ERROR: no")]
    assert (seen.status, [step.name for step in seen.steps], seen.started_at) == (
        Status.RUNNING,
        ["Dependencies"],
        ledger.now,
    )
    assert found.status is Status.SUCCEEDED


@pytest.mark.parametrize(("limit", "most"), [("MOST_LINES", 2), ("MOST_TEXT", 8)])
def test_a_log_without_an_end_is_bounded(ledger, tmp_path, monkeypatch, limit, most):
    monkeypatch.setattr(module, limit, most)

    async def body():
        builder = Scripted(*(Line(NOON, "Install", f"line {number}") for number in range(5)))
        builder.may_go_on.set()
        build = queued_build(ledger.database, ledger.component)
        async with building(ledger, tmp_path, builder):
            await ended(ledger, build)
        return log(ledger, build)

    kept = [text for _, _, text in asyncio.run(body())]
    assert kept[:2] == ["line 0", "line 1"]
    assert len(kept) == 3
    assert kept[2].startswith("WARNING 3 more lines were not kept")


def test_no_more_are_built_at_once_than_there_is_room_for(ledger, tmp_path):
    async def story():
        builder = Scripted()
        async with building(ledger, tmp_path, builder, room=2):
            queued = [queued_build(ledger.database, ledger.component, f"{n}" * 40) for n in range(5)]
            await comes(lambda: builder.under_way == 2)
            builder.may_go_on.set()
            for build in queued:
                assert (await ended(ledger, build)).status is Status.SUCCEEDED
            return builder.most

    assert asyncio.run(story()) == 2


def test_a_build_that_somebody_cancels_ends_and_names_them(ledger, tmp_path):
    async def story():
        builder = Scripted()
        async with building(ledger, tmp_path, builder):
            build = queued_build(ledger.database, ledger.component)
            await comes(lambda: builder.under_way == 1)
            with ledger.database.begin() as tx:
                builds.request_cancel(tx, build, "ada")
            found = await ended(ledger, build)
            return found, builder.closed

    found, closed = asyncio.run(story())
    assert (found.status, found.problem.message, closed) == (Status.CANCELLED, "ada cancelled it.", 1)
    assert found.digest is None


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (Failed(Problem("It does not compile.")), "It does not compile."),
        (Unavailable("The source cannot be read."), "The source cannot be read."),
        (RuntimeError("oh"), "Clockhouse itself failed at this build; the server's log has the details."),
    ],
    ids=["told", "unavailable", "broken"],
)
def test_a_build_that_fails_says_why_and_the_next_one_is_built(ledger, tmp_path, last, message):
    async def story():
        builder = Scripted(last=last)
        builder.may_go_on.set()
        async with building(ledger, tmp_path, builder, room=1):
            build = queued_build(ledger.database, ledger.component)
            found = await ended(ledger, build)
            builder.last = BUILT
            following = await ended(ledger, queued_build(ledger.database, ledger.component))
            return found, following

    found, following = asyncio.run(story())
    assert (found.status, found.problem.message) == (Status.FAILED, message)
    assert following.status is Status.SUCCEEDED


def test_what_is_built_when_the_server_stops_is_lost(ledger, tmp_path):
    async def story():
        builder = Scripted()
        async with building(ledger, tmp_path, builder) as service:
            build = queued_build(ledger.database, ledger.component)
            await comes(lambda: builder.under_way == 1)
            await service.close()
            return get(ledger, build)

    found = asyncio.run(story())
    assert found.status is Status.LOST
    assert found.problem.message == "The server was stopped during this build. Build it again."


def test_what_was_built_is_shared_before_the_build_has_succeeded(ledger, tmp_path):
    shared = []

    async def share(build_id):
        with ledger.database.read() as tx:
            shared.append((build_id, builds.by_id(tx, build_id).status))

    async def story():
        builder = Scripted()
        builder.may_go_on.set()
        async with building(ledger, tmp_path, builder, share=share):
            return await ended(ledger, queued_build(ledger.database, ledger.component))

    found = asyncio.run(story())
    assert shared == [(found.id, Status.RUNNING)]
    assert (found.status, [step.name for step in found.steps]) == (Status.SUCCEEDED, ["Share"])
    assert found.steps[0].took_s is not None


def test_a_build_that_is_cancelled_while_it_is_shared_does_not_succeed(ledger, tmp_path):
    async def story():
        sharing = asyncio.Event()

        async def share(_build_id):
            sharing.set()
            await asyncio.Event().wait()

        builder = Scripted()
        builder.may_go_on.set()
        async with building(ledger, tmp_path, builder, share=share):
            build = queued_build(ledger.database, ledger.component)
            await sharing.wait()
            with ledger.database.begin() as tx:
                builds.request_cancel(tx, build, "ada")
            return await ended(ledger, build)

    assert asyncio.run(story()).status is Status.CANCELLED


def test_what_cannot_be_shared_for_another_reason_than_the_database_fails_the_build(ledger, tmp_path):
    async def share(_build_id):
        raise PermissionError("the artifact cannot be read")

    async def story():
        builder = Scripted()
        builder.may_go_on.set()
        async with building(ledger, tmp_path, builder, share=share):
            return await ended(ledger, queued_build(ledger.database, ledger.component))

    assert asyncio.run(story()).status is Status.FAILED


@pytest.mark.slow
def test_an_end_that_cannot_be_written_is_written_later(ledger, tmp_path):
    async def story():
        builder = Scripted()
        async with building(ledger, tmp_path, builder):
            build = queued_build(ledger.database, ledger.component)
            await comes(lambda: builder.under_way == 1)
            with refusing(ledger.database) as refused:
                builder.may_go_on.set()
                await comes(lambda: builder.closed and refused)
            return await ended(ledger, build)

    assert asyncio.run(story()).status is Status.SUCCEEDED


def test_a_build_of_a_removed_component_ends_and_leaves_nothing(ledger, tmp_path):
    async def story():
        builder = Scripted(Line(NOON, "Check out", "one"))
        async with building(ledger, tmp_path, builder):
            build = queued_build(ledger.database, ledger.component)
            await comes(lambda: log(ledger, build))
            with ledger.database.begin() as tx:
                components.remove(tx, ledger.component)
                logs.append(tx, build.id, [module.LogLine(9, NOON, "Compile", None, "late")])
            await comes(lambda: builder.closed and not log(ledger, build))

    asyncio.run(story())


def test_a_build_that_another_server_took_for_lost_ends_and_stays_so(ledger, tmp_path):
    async def story():
        builder = Scripted(Line(NOON, "Check out", "one"))
        async with building(ledger, tmp_path, builder):
            build = queued_build(ledger.database, ledger.component)
            await comes(lambda: log(ledger, build))
            with ledger.database.begin() as tx:
                builds.fail(tx, build, Status.LOST, LOST)
                builds.add_to_log(tx, build, [module.LogLine(2, NOON, "Compile", None, "late")])
                builds.record_steps(tx, build, [Stored("Compile", "started", NOON, None)])
                tx.changed(changes.BUILDS_QUEUE)
            await comes(lambda: builder.closed)
            return build

    build = asyncio.run(story())
    found = get(ledger, build)
    assert (found.status, found.problem, found.steps) == (Status.LOST, LOST, ())
    assert log(ledger, build) == [(1, "Check out", "one")]


def test_a_build_that_is_claimed_and_not_followed_is_not_kept_for_ever(ledger, tmp_path):
    stray = queued_build(ledger.database, ledger.component)
    with ledger.database.begin() as tx:
        builds.claim(tx, "tests:1", 1, tx.now + LEASE)

    async def story():
        builder = Scripted()
        builder.may_go_on.set()
        async with building(ledger, tmp_path, builder, room=1):
            return await ended(ledger, stray), await ended(ledger, queued_build(ledger.database, ledger.component))

    found, other = asyncio.run(story())
    assert (found.status, other.status) == (Status.LOST, Status.SUCCEEDED)
