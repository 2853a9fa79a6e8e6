"""An agent's side of its connection: whom it asks, when it gives up, and what it fetches."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.ledger import SUCCESS
from tests.support.remote import linked, remote_feed, site
from tests.support.server import free_port

from clockhouse import agent
from clockhouse.api import agents as api
from clockhouse.builders import seal
from clockhouse.config import Config
from clockhouse.engine import remote, remote_artifacts
from clockhouse.engine.remote_artifacts import RemoteArtifacts
from clockhouse.errors import Conflict, Internal, NotFound, Unauthenticated, Unavailable
from clockhouse.kit import Secret
from clockhouse.model.execution import State
from clockhouse.store import agents
from clockhouse.store.tables.builds import builds
from clockhouse.store.timekeeping import SharedClock
from clockhouse.task import SystemClock
from clockhouse.task.testing import ManualClock

pytestmark = pytest.mark.slow


@pytest.fixture
def here(live, artifact, tmp_path):
    """A server at whose development agents work."""
    with live.database.begin() as tx:
        tx.execute(builds.update().values(digest=seal.read(artifact).digest))
    with site(live, tmp_path / "vault.key", artifact) as made:
        made.move(live.development)
        yield made


@pytest.fixture
def token(here):
    return here.add("rack-1", here.ledger.development)[1]


@pytest.fixture
def nobody():
    """An address at which nobody listens."""
    return f"http://127.0.0.1:{free_port()}"


def test_an_agent_is_light():
    """The database is the servers': an agent does without all that it takes."""
    heavy = ("sqlalchemy", "fastapi", "pydantic", "uvicorn", "dulwich", "cryptography")
    code = f"import sys, clockhouse.agent; print([name for name in {heavy!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_when_one_server_does_not_answer_the_next_one_is_asked(here, token, nobody):
    async def story():
        async with remote_feed(token, nobody, here.address) as feed:
            with pytest.raises(Unavailable):
                await feed.look({}, 0, tends=True)
            return [await feed.look({}, 0, tends=True) for _ in range(2)]

    assert [each.tended.stray for each in asyncio.run(story())] == [(), ()]


def test_an_agent_that_finds_no_server_goes_on_trying_until_it_is_stopped(nobody, tmp_path):
    said = []

    async def story():
        stop = asyncio.Event()
        told = agent.Told(ready=said.append, stopping=said.append, ended=said.append)
        access = agent.Access([nobody], Secret("token"))
        working = asyncio.create_task(agent.serve(Config(data=tmp_path), access, told, stop, asyncio.Event()))
        done, _ = await asyncio.wait([working], timeout=1.5)
        stop.set()
        await working
        return done

    assert asyncio.run(story()) == set()
    assert said == [0]


def test_a_report_is_insisted_on_until_a_server_answers(here, token, nobody, monkeypatch):
    monkeypatch.setattr(remote, "TRY_AGAIN", timedelta(milliseconds=10))
    execution_id = here.ledger.run_now(here.ledger.deploy())

    async def story():
        async with remote_feed(token, here.address, nobody, nobody) as feed:
            await feed.look({}, 1, tends=False)
            feed._link.servers._at = 1
            return await feed.finish(execution_id, 1, SUCCESS, here.ledger.now)

    assert asyncio.run(story())
    assert here.ledger.get(execution_id).state is State.SUCCEEDED


def test_many_reports_share_a_few_requests(here, token, monkeypatch):
    asked = []
    post = remote.Link.post

    async def counted(link, path, body):
        asked.append(len(body.get("reports", ())))
        return await post(link, path, body)

    monkeypatch.setattr(remote.Link, "post", counted)
    deployment = here.ledger.deploy()
    ids = [here.ledger.run_now(deployment) for _ in range(50)]

    async def story():
        async with remote_feed(token, here.address) as feed:
            await feed.look({}, 50, tends=False)
            asked.clear()
            await asyncio.gather(*(feed.finish(each, 1, SUCCESS, here.ledger.now) for each in ids))

    asyncio.run(story())
    assert sum(asked) == 50
    assert len(asked) <= 3
    assert {row.state for row in here.ledger.rows()} == {"succeeded"}


@pytest.mark.parametrize("answer", [{"counts": [True, True, True]}, {"counts": []}, {}, [], None], ids=str)
def test_an_answer_that_does_not_fit_is_told_and_keeps_nobody_waiting(here, token, monkeypatch, answer):
    asked = []

    async def answered(_link, path, _body):
        asked.append(path)
        return answer

    async def story():
        async with remote_feed(token, here.address) as feed, asyncio.timeout(10):
            monkeypatch.setattr(remote.Link, "post", answered)
            told = (feed.finish(each, 1, SUCCESS, here.ledger.now) for each in ("one", "two"))
            return await asyncio.gather(*told, return_exceptions=True)

    assert [type(each) for each in asyncio.run(story())] == [Internal, Internal]
    assert len(asked) <= 4


def test_who_is_removed_is_told_and_asks_no_more(here):
    rack, token = here.add("rack-2", here.ledger.development)

    async def story():
        async with remote_feed(token, here.address) as feed:
            await feed.look({}, 0, tends=True)
            with here.ledger.database.begin() as tx:
                agents.withdraw(tx, rack)
            with pytest.raises(Unauthenticated):
                await feed.look({}, 0, tends=True)
            return await feed._link.refused

    assert isinstance(asyncio.run(story()), Unauthenticated)


@pytest.mark.parametrize(("version", "is_refused"), [("1.9.3", False), ("2.0.0", True)])
def test_a_server_of_another_major_version_is_refused(here, token, monkeypatch, version, is_refused):
    monkeypatch.setattr(remote, "__version__", "1.0.0")
    monkeypatch.setattr(api, "__version__", version)

    async def story():
        async with remote_feed(token, here.address) as feed:
            if is_refused:
                with pytest.raises(Conflict, match=r"has version 2.0.0, and this agent 1.0.0"):
                    await feed.look({}, 5, tends=True)
            else:
                await feed.look({}, 5, tends=True)
            return feed._link.refused.done()

    assert asyncio.run(story()) is is_refused


def test_a_machine_whose_clock_is_wrong_tells_the_servers_time(here, token):
    wrong = ManualClock(datetime(2031, 1, 1, tzinfo=UTC))

    async def story():
        clock = SharedClock(wrong)
        async with remote_feed(token, here.address, clock=clock) as feed:
            await feed.look({}, 0, tends=False)
        return clock.now()

    assert abs(asyncio.run(story()) - SystemClock().now()) < timedelta(minutes=1)


def test_an_artifact_is_fetched_once_and_removed_when_nothing_starts_it(here, token, tmp_path):
    ledger, build = here.ledger, here.ledger.release.build.id
    deployment = ledger.deploy()

    async def story():
        async with linked(token, here.address) as link:
            artifacts = RemoteArtifacts(link, tmp_path / "fetched")
            first, second = await asyncio.gather(artifacts.folder(build), artifacts.folder(build))
            there = sorted(each.name for each in first.parent.iterdir())
            kept = await artifacts.tidy()
            ledger.end(deployment)
            removed = await artifacts.tidy()
            return first, second, there, kept, removed

    first, second, there, kept, removed = asyncio.run(story())
    assert first == second == tmp_path / "fetched" / build
    assert (there, kept, removed) == ([build], 0, 1)
    assert list((tmp_path / "fetched").iterdir()) == []


def test_an_artifact_that_is_asked_for_while_another_word_of_it_comes_stays(here, token, tmp_path, monkeypatch):
    """It was deployed again after the server had said that nothing starts it."""
    ledger, build = here.ledger, here.ledger.release.build.id
    deployment = ledger.deploy()

    async def story():
        async with linked(token, here.address) as link:
            artifacts = RemoteArtifacts(link, tmp_path / "fetched")
            folder = await artifacts.folder(build)
            ledger.end(deployment)
            post = link.post

            async def late(path, body):
                answer = await post(path, body)
                await artifacts.folder(build)
                return answer

            monkeypatch.setattr(link, "post", late)
            first, is_there = await artifacts.tidy(), (folder / "built.json").is_file()
            monkeypatch.setattr(link, "post", post)
            return first, is_there, await artifacts.tidy()

    assert asyncio.run(story()) == (0, True, 1)


def test_a_kill_leaves_no_half_of_an_artifact(here, token, tmp_path, monkeypatch):
    ledger, build = here.ledger, here.ledger.release.build.id
    deployment = ledger.deploy()

    async def story():
        async with linked(token, here.address) as link:
            artifacts = RemoteArtifacts(link, tmp_path / "fetched")
            folder = await artifacts.folder(build)
            ledger.end(deployment)
            with monkeypatch.context() as patch:
                patch.setattr(remote_artifacts.shutil, "rmtree", lambda *_, **__: None)  # it comes to nothing any more
                await artifacts.tidy()
            assert not folder.exists()
            (folder.parent / "fetched.parcel").touch()
            (folder.parent / "unpacked.part" / "source").mkdir(parents=True)
            await RemoteArtifacts(link, tmp_path / "fetched").begin()

    asyncio.run(story())
    assert list((tmp_path / "fetched").iterdir()) == []


def test_an_artifact_of_another_environment_is_not_given(here, token, tmp_path):
    here.ledger.deploy(environment=here.ledger.production)

    async def story():
        async with linked(token, here.address) as link:
            await RemoteArtifacts(link, tmp_path / "fetched").folder(here.ledger.release.build.id)

    with pytest.raises(NotFound, match="Nothing of this build is deployed in development"):
        asyncio.run(story())


def test_an_artifact_that_is_not_the_builds_own_is_not_run(here, token, tmp_path):
    here.ledger.deploy()
    with here.ledger.database.begin() as tx:
        tx.execute(builds.update().values(digest="f" * 64))

    async def story():
        async with linked(token, here.address) as link:
            await RemoteArtifacts(link, tmp_path / "fetched").folder(here.ledger.release.build.id)

    with pytest.raises(Unavailable, match="arrived damaged"):
        asyncio.run(story())
    assert list((tmp_path / "fetched").iterdir()) == []


def test_an_artifact_waits_for_a_server_that_answers(here, token, nobody, tmp_path, monkeypatch):
    monkeypatch.setattr(remote_artifacts, "TRY_AGAIN", timedelta(milliseconds=10))
    here.ledger.deploy()

    async def story():
        async with linked(token, nobody, here.address) as link:
            return await RemoteArtifacts(link, tmp_path / "fetched").folder(here.ledger.release.build.id)

    assert (asyncio.run(story()) / "built.json").is_file()
