"""What is particular to the Docker data plane: how its containers are confined, and what outlives the server."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.runtimes import artifacts
from tests.support.docker import OwnedRuntime
from tests.support.waiting import comes

from clockhouse.docker import Address, Docker, EngineError
from clockhouse.docker_users import is_root
from clockhouse.kit.declared import Entry
from clockhouse.kit.secret import Secret
from clockhouse.model.deployment import Container
from clockhouse.runtimes import docker_image, docker_secrets, docker_spec
from clockhouse.runtimes.base import Exited, Held, Lines, Started, StartFailed, Work
from clockhouse.runtimes.docker_spec import Confinement, container_spec

pytestmark = [pytest.mark.docker, pytest.mark.slow]

NOWHERE = Path("/nowhere")
MAIN = Entry("main.py")
LATE = timedelta(minutes=1)


@pytest.fixture
def image_of(tmp_path):
    """An artifact whose record names an image."""

    def made(name):
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir(exist_ok=True)
        (folder / "built.json").write_text(json.dumps({"image": name}))
        return folder

    return made


@pytest.fixture
def shell(docker_engine, busybox, image_of):
    """Work that is a line of shell, in an image whose user may do little."""
    name = "local/shell:1"
    docker_engine.build(
        {"Dockerfile": f"FROM {busybox}\nUSER 10001\nENTRYPOINT ['sh', '-c']\n".replace("'", '"')}, name
    )

    def work(script, execution="e1", **more):
        return Work(execution, image_of(name), MAIN, arguments=(script,), **more)

    yield work
    assert docker_engine.left() == []


@pytest.fixture
def run(docker_engine, python_image):
    def run(work, **confinement):
        async def body():
            runtime = OwnedRuntime(docker_engine, python_image, **confinement)
            try:
                return [event async for event in runtime.run(work)]
            finally:
                await runtime.close()

        return asyncio.run(body())

    return run


def texts(events):
    return [text for event in events if isinstance(event, Lines) for text in event.texts]


def test_a_container_is_confined_as_it_is_told():
    work = Work(
        "e1",
        NOWHERE,
        MAIN,
        environment={"TASK_URL": "http://x"},
        secrets={"TASK_TOKEN": Secret("hunter2")},
        arguments=("a",),
        labels={"environment": "production", "attempt": "2"},
    )
    confinement = Confinement(
        cpus=0.5, memory_bytes=1000, processes=7, tmp_bytes=500, log_bytes=80, network="none", mounts=(Path("/certs"),)
    )

    spec = container_spec(work, "sha256:ab", confinement, server="s1", command=("python", "x"), secrets="v1")

    assert spec == {
        "Image": "sha256:ab",
        "Entrypoint": ["python", "x"],
        "WorkingDir": "/tmp",
        "Cmd": ["a"],
        "Env": [
            "HOME=/tmp",
            "TMPDIR=/tmp",
            "LANG=C.UTF-8",
            "TASK_URL=http://x",
            "TASK_TOKEN_FILE=/run/secrets/TASK_TOKEN",
        ],
        "Labels": {
            "clockhouse.environment": "production",
            "clockhouse.attempt": "2",
            "clockhouse.server": "s1",
            "clockhouse.execution": "e1",
        },
        "HostConfig": {
            "Init": True,
            "NanoCpus": 500_000_000,
            "Memory": 1000,
            "MemorySwap": 1000,
            "PidsLimit": 7,
            "ReadonlyRootfs": True,
            "Tmpfs": {"/tmp": "rw,exec,nosuid,nodev,mode=1777,size=500"},
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "NetworkMode": "none",
            "Mounts": [
                {"Type": "bind", "Source": "/certs", "Target": "/certs"},
                {"Type": "volume", "Source": "v1", "Target": "/run/secrets", "ReadOnly": True},
            ],
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "40", "max-file": "2"}},
            "RestartPolicy": {"Name": "no"},
        },
    }


def test_what_is_to_be_a_file_is_in_the_volume_at_its_path_and_in_no_variable():
    work = Work(
        "e1",
        NOWHERE,
        MAIN,
        environment={"TASK_NOTE": "a note", "TASK_URL": "u"},
        secrets={"TASK_KEY": Secret("k1"), "TASK_TOKEN": Secret("t1")},
        files={"TASK_KEY": "tls/key.pem", "TASK_NOTE": "note.txt"},
    )
    told = container_spec(work, "sha256:ab", Confinement(), server="s1", secrets="v1")["Env"]
    assert "TASK_KEY_FILE=/run/secrets/tls/key.pem" in told
    assert "TASK_TOKEN_FILE=/run/secrets/TASK_TOKEN" in told
    assert "TASK_NOTE_FILE=/run/secrets/note.txt" in told
    assert "TASK_URL=u" in told
    assert not any(each.startswith(("TASK_NOTE=", "TASK_KEY=")) for each in told)
    assert docker_spec.files_of(work) == {
        "note.txt": Secret("a note"),
        "tls/key.pem": Secret("k1"),
        "TASK_TOKEN": Secret("t1"),
    }


def test_what_was_chosen_comes_before_what_the_server_says():
    server = Confinement(memory_bytes=1000, networks=("db",))

    assert server.chosen(Container()) == server
    chosen = server.chosen(Container(cpus=0.5, memory_bytes=2000, processes=3, network="db"))
    assert chosen == Confinement(cpus=0.5, memory_bytes=2000, processes=3, network="db", networks=("db",))
    assert server.chosen(Container(network="none")).network == "none"
    with pytest.raises(StartFailed, match="no network other to containers, only bridge, db, none"):
        server.chosen(Container(network="other"))


def test_an_image_keeps_its_own_entry_point_and_user():
    spec = container_spec(Work("e1", NOWHERE, MAIN), "sha256:ab", Confinement(), server="s1")

    assert not spec.keys() & {"Entrypoint", "Cmd", "User", "WorkingDir"}
    assert spec["HostConfig"]["Mounts"] == []


@pytest.mark.parametrize("user", ["", "root", "0", "00", "+0", "-0", "0:10001", "root:root", " root "])
def test_users_that_are_root(user):
    assert is_root(user)


@pytest.mark.parametrize("user", ["10001", "nobody", "10001:0", "rooted"])
def test_users_that_are_not_root(user):
    assert not is_root(user)


def test_the_image_of_a_python_build_is_a_text():
    assert docker_image.dockerfile("python:3.11", "3.11").splitlines() == [
        "FROM python:3.11",
        'RUN ["python3", "-c", "import os, sys; os.makedirs(\'/tmp\', exist_ok=True); '
        "os.stat('/tmp').st_mode & 2 or os.chmod('/tmp', 0o1777); found = '%d.%d' % sys.version_info[:2]; "
        "sys.exit(None if found == '3.11' else 'It has Python ' + found)\"]",
        'RUN ["python3", "-m", "venv", "--without-pip", "/task/environment"]',
        "COPY environment /task/environment",
        "COPY start /task/start",
        "USER 10001:10001",
        "COPY source /task/source",
    ]
    assert docker_image.command(Entry("lib/main.py", "main"))[-2:] == ("/task/source/lib/main.py", "main")


def test_a_container_can_write_nowhere_but_in_its_tmp_and_is_nobody(run, shell):
    script = """
        touch /x; touch /bin/x; touch /tmp/x && echo tmp is writable
        id -u; cat /proc/self/status | while read name value; do
        case $name in CapEff:|CapBnd:|NoNewPrivs:) echo $name $value;; esac; done
    """

    told = texts(run(shell(script)))

    assert [text for text in told if "Read-only file system" in text] == [
        "touch: /x: Read-only file system",
        "touch: /bin/x: Read-only file system",
    ]
    assert {"tmp is writable", "10001", "CapEff: 0000000000000000", "CapBnd: 0000000000000000", "NoNewPrivs: 1"} <= set(
        told
    )


def test_the_limits_hold(run, shell):
    script = """
        dd if=/dev/zero of=/tmp/x bs=1M count=3 || echo full
        for n in 1 2 3 4 5 6 7 8 9; do sleep 9 & done
    """

    events = run(shell(script), tmp_bytes=docker_spec.MEBIBYTE, processes=6)

    assert "full" in texts(events)
    assert any("can't fork" in text for text in texts(events))


def test_using_more_memory_than_allowed_is_told_as_that(run, shell):
    exited = run(shell("tail /dev/zero"), memory_bytes=16 * docker_spec.MEBIBYTE)[-1]

    assert (exited.out_of_memory, exited.exit_code, exited.signal) == (True, None, 9)


def test_too_much_memory_is_told_when_the_word_of_it_comes_after_the_end(run, shell, monkeypatch):
    inspect = Docker.inspect

    async def too_early(docker: Docker, container: str) -> Any:
        found = await inspect(docker, container)
        return {**found, "State": {**found["State"], "OOMKilled": False}}

    monkeypatch.setattr(Docker, "inspect", too_early)

    assert run(shell("tail /dev/zero"), memory_bytes=16 * docker_spec.MEBIBYTE)[-1].out_of_memory
    assert not run(shell("kill -KILL 1; kill -KILL $$"))[-1].out_of_memory


def test_a_secret_is_a_file_in_memory_and_nowhere_else(docker_engine, python_image, shell):
    script = """
        cat $TASK_TOKEN_FILE; echo
        while read line; do case $line in *secrets*) echo $line;; esac; done < /proc/mounts
        sleep 60
    """

    async def body():
        runtime = OwnedRuntime(docker_engine, python_image)
        work = shell(script, secrets={"TASK_TOKEN": Secret("hunter2")})
        told, described = [], ""
        async for event in runtime.run(work):
            told += texts([event])
            if any("tmpfs" in text for text in told) and not described:
                [container] = [
                    each for each in await runtime._connection.containers({}) if "holder" not in each["Names"][0]
                ]
                described = json.dumps(await runtime._connection.inspect(container["Id"]))
                await runtime.stop("e1", grace=timedelta())
        await runtime.close()
        return told, described

    told, described = asyncio.run(body())
    assert told[0] == "****"
    assert any("/run/secrets tmpfs ro," in text for text in told)
    assert "TASK_TOKEN_FILE=/run/secrets/TASK_TOKEN" in described
    assert "hunter2" not in described


def test_a_program_of_a_few_bytes_holds_the_secrets_on_two_architectures():
    programs = [docker_secrets.program(name) for name in ("amd64", "arm64")]

    assert all(program.startswith(b"\x7fELF") and len(program) < 200 for program in programs)
    with pytest.raises(EngineError, match="only for amd64 and arm64"):
        docker_secrets.program("riscv64")


def test_a_container_says_whose_it_is(docker_engine, python_image, shell):
    async def body():
        runtime = OwnedRuntime(docker_engine, python_image)
        work = shell("echo here; sleep 60", labels={"environment": "development", "attempt": "3"})
        async with aclosing(runtime.run(work)) as events:
            async for event in events:
                if isinstance(event, Lines):
                    [container] = await runtime._connection.containers({"clockhouse.execution": "e1"})
                    held = await runtime.held()
                    break
        await runtime.close()
        return container["Labels"], held

    labels, held = asyncio.run(body())
    assert labels["clockhouse.environment"] == "development"
    assert held == [Held("e1", 3)]


@pytest.mark.parametrize(
    ("confinement", "reason"),
    [
        ({"memory_bytes": 1}, "emory limit"),
        ({"cpus": 4096.0}, "CPUs"),
        ({"network": "nowhere"}, "nowhere"),
    ],
)
def test_a_limit_that_the_engine_refuses_is_named(run, shell, confinement, reason):
    with pytest.raises(StartFailed, match=reason) as failure:
        run(shell("echo"), **confinement)

    assert failure.value.reason.startswith("The Docker Engine refuses: ")


def test_an_image_that_is_gone_is_said(run, image_of):
    with pytest.raises(StartFailed, match=r"image is not on the Docker Engine any more\. Build the commit again\."):
        run(Work("e1", image_of("sha256:" + "0" * 64), MAIN))


def test_a_program_that_is_not_in_the_image_is_said(run, docker_engine, busybox, image_of):
    docker_engine.build({"Dockerfile": f'FROM {busybox}\nUSER 10001\nENTRYPOINT ["nothing"]\n'}, "local/nothing:1")

    events = run(Work("e1", image_of("local/nothing:1"), MAIN))

    assert isinstance(events[-1], Exited)
    assert events[-1].exit_code == 127
    assert docker_engine.left() == []


def test_an_image_that_runs_as_root_is_refused_unless_it_is_allowed(run, busybox, image_of):
    work = Work("e1", image_of(busybox), MAIN, arguments=("id", "-u"))

    with pytest.raises(StartFailed, match="`USER 10001`"):
        run(work)

    assert texts(run(work, allow_root=True)) == ["0"]


def test_a_base_without_python_is_said(docker_engine, busybox, tmp_path):
    artifact = artifacts.make_whole(tmp_path / "artifact", {"main.py": ""})

    async def body():
        runtime = OwnedRuntime(docker_engine, busybox)
        try:
            await anext(runtime.run(Work("e1", artifact, MAIN)))
        finally:
            await runtime.close()

    with pytest.raises(StartFailed, match="can't be made an image on local/busybox:1"):
        asyncio.run(body())


def test_a_base_that_is_not_there_is_said(docker_engine, tmp_path):
    artifact = artifacts.make_whole(tmp_path / "artifact", {"main.py": ""})

    async def body():
        runtime = OwnedRuntime(docker_engine, "no/such:1")
        try:
            await anext(runtime.run(Work("e1", artifact, MAIN)))
        finally:
            await runtime.close()

    with pytest.raises(StartFailed, match="docker pull no/such:1"):
        asyncio.run(body())


def test_an_engine_that_does_not_answer_is_said(tmp_path, docker_engine, python_image, image_of):
    class Nowhere:
        address = Address(f"unix://{tmp_path}/docker.sock")

    async def body():
        runtime = OwnedRuntime(Nowhere, python_image)
        try:
            await anext(runtime.run(Work("e1", image_of("x"), MAIN)))
        finally:
            await runtime.close()

    with pytest.raises(StartFailed, match=r"does not answer .*Is it running\?"):
        asyncio.run(body())


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("docker.sock", "Write it like unix:///var/run/docker.sock"),
        ("tcp://docker.example.org:2375", "--docker-certificates"),
        ("tcp://:x", "Write it like"),
    ],
)
def test_an_address_that_is_none_is_refused(url, sentence):
    with pytest.raises(EngineError, match=sentence):
        Docker(Address(url))


async def followed(runtime, work, until):
    """The texts of an execution up to a line; then the server goes, and leaves it."""
    told = []
    async with aclosing(runtime.run(work)) as events:
        async for event in events:
            told += texts([event])
            if until in told:
                await runtime.leave()
                break
    await runtime.close()
    return told


def test_what_outlives_the_server_is_adopted_where_its_log_was_left(docker_engine, python_image, shell):
    script = "trap 'echo stopped; exit 4' TERM; for n in $(seq 200); do echo $n; done; while :; do sleep 0.1; done"
    work = shell(script, secrets={"TASK_TOKEN": Secret("hunter2")}, labels={"attempt": "2"})

    async def body():
        before = await followed(OwnedRuntime(docker_engine, python_image), work, "150")
        runtime = OwnedRuntime(docker_engine, python_image)
        held, events, is_stopped = await runtime.held(), [], False
        async for event in runtime.adopt(work, told={"stdout": len(before)}):
            events.append(event)
            if not is_stopped and "200" in [*before, *texts(events)]:
                is_stopped = True
                assert await runtime.stop(work.execution, grace=LATE)
        await runtime.close()
        return before, held, events

    before, held, events = asyncio.run(body())
    assert held == [Held("e1", 2)]
    assert isinstance(events[0], Started)
    assert [*before, *texts(events)] == [*(str(n) for n in range(1, 201)), "stopped"]
    assert events[-1].exit_code == 4


def test_what_ended_without_the_server_is_told_by_who_adopts_it(docker_engine, python_image, shell):
    async def body():
        work = shell("echo 1; sleep 1; echo 2; exit 3")
        before = await followed(OwnedRuntime(docker_engine, python_image), work, "1")
        async with Docker(docker_engine.address) as docker:

            async def is_over():
                [container] = await docker.containers({})
                return container["State"] == "exited"

            while not await is_over():
                pass
        runtime = OwnedRuntime(docker_engine, python_image)
        events = [event async for event in runtime.adopt(work, told={"stdout": len(before)})]
        await runtime.close()
        return events

    events = asyncio.run(body())
    assert texts(events) == ["2"]
    assert events[-1].exit_code == 3


def test_what_has_ended_is_kept_until_its_end_is_recorded_where_that_is_wanted(docker_engine, python_image, shell):
    work = shell("echo 1; exit 3", secrets={"TASK_TOKEN": Secret("hunter2")})

    async def body():
        runtime = OwnedRuntime(docker_engine, python_image, keeps_ended=True)
        async with aclosing(runtime.run(work)) as events:
            async for event in events:
                if isinstance(event, Exited):
                    break
        held = await runtime.held()
        again = OwnedRuntime(docker_engine, python_image, keeps_ended=True)
        events = [event async for event in again.adopt(work, told={})]
        await again.forget(work.execution)
        await again.close()
        await runtime.close()
        return held, events

    held, events = asyncio.run(body())
    assert held == [Held("e1", 1)]
    assert (texts(events), events[-1].exit_code) == (["1"], 3)


def test_left_overs_are_removed_and_what_is_wanted_is_not(docker_engine, python_image, shell):
    works = {
        name: shell("echo here; sleep 60", execution=name, secrets={"TASK_TOKEN": Secret("hunter2")})
        for name in ("left", "kept")
    }

    async def body():
        for work in works.values():
            await followed(OwnedRuntime(docker_engine, python_image), work, "here")
        runtime = OwnedRuntime(docker_engine, python_image)
        cleared = await runtime.clear(but={"kept"})
        held = await runtime.held()
        await runtime.clear(but=())
        await runtime.close()
        return cleared, held

    assert asyncio.run(body()) == (1, [Held("kept", 1)])


def test_images_of_builds_that_nobody_needs_are_removed(docker_engine, python_image, busybox, tmp_path):
    docker_engine.build({"Dockerfile": f"FROM {busybox}\n"}, "clockhouse-build-test:old")
    docker_engine.build({"Dockerfile": f"FROM {busybox}\n"}, "clockhouse-build-other:old")
    kept, old = (artifacts.make_whole(tmp_path / name, {"main.py": ""}) for name in ("kept", "old"))

    async def body():
        runtime = OwnedRuntime(docker_engine, python_image)
        for artifact in (kept, old):
            async for _ in runtime.run(Work("e1", artifact, MAIN)):
                pass

        async def unneeded(builds):
            return builds & {"old"}

        removed = await runtime.tidy(unneeded)
        left = [await runtime._connection.tags(f"clockhouse-{name}") for name in ("build-test", "python-test")]
        others = await runtime._connection.tags("clockhouse-build-other")
        await runtime.close()
        return removed, left, others

    removed, [builds, pythons], others = asyncio.run(body())
    assert removed == 2
    assert builds == []
    assert "old" not in {name.partition(".")[0] for name in pythons}
    assert others == ["old"]


def test_what_somebody_removes_has_ended(docker_engine, python_image, shell):
    async def body():
        runtime = OwnedRuntime(docker_engine, python_image)
        events = []
        async for event in runtime.run(shell("echo here; sleep 60")):
            events.append(event)
            if isinstance(event, Lines):
                await runtime._connection.remove("clockhouse-test-e1")
        await runtime.close()
        return events

    exited = asyncio.run(body())[-1]
    assert (exited.exit_code, exited.signal) == (None, 9)


def test_a_stop_that_comes_before_the_start_is_heard(docker_engine, python_image, shell):
    async def body():
        runtime = OwnedRuntime(docker_engine, python_image)
        events = runtime.run(shell("echo never"))
        first = asyncio.ensure_future(anext(events))
        await comes(lambda: "e1" in runtime._containers)
        answer = await runtime.stop("e1", grace=LATE)
        with pytest.raises(StartFailed, match="stopped before it started"):
            await first
        await runtime.close()
        return answer

    assert asyncio.run(body())


def test_what_a_container_uses_is_measured(run, shell):
    ended = run(shell("i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; sleep 1.2"))[-1]

    assert ended.cpu_s is not None
    assert 0.05 < ended.cpu_s < 30
    assert ended.peak_bytes is not None
    assert 100_000 < ended.peak_bytes < 100_000_000


def test_one_execution_may_have_less_than_the_others(run, shell):
    limit = "/sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes"
    work = shell(f"cat {limit} 2>/dev/null; ls /sys/class/net")

    told = texts(run(replace(work, container=Container(memory_bytes=64 * 1024 * 1024, network="none"))))

    assert told[0] == str(64 * 1024 * 1024)
    assert told[1:] == ["lo"]


@pytest.fixture
def network(docker_engine):
    """The name of a network of the Engine's, where one can be made."""
    name, made = "clockhouse-test", "/networks/create"
    spec = {
        "Name": name,
        "Driver": "bridge",
        "Internal": True,
        "Options": {"com.docker.network.bridge.name": "chtest0"},
    }
    try:
        docker_engine.ask(lambda docker: docker._json("POST", made, json=spec))
    except EngineError as error:
        pytest.skip(f"no network can be made here: {error.sentence}")
    yield name
    docker_engine.ask(lambda docker: docker._json("DELETE", f"/networks/{name}"))


def test_a_network_that_the_server_offers_may_be_chosen(run, shell, network):
    work = replace(shell("ls /sys/class/net"), container=Container(network=network))

    assert sorted(texts(run(work, networks=(network,)))) == ["eth0", "lo"]
    with pytest.raises(StartFailed, match="offers no network"):
        run(work)
