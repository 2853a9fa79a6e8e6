"""Tasks that do what tasks should not: each is bounded, ended with all its processes, and recorded for what it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tests.stories import prepared
from tests.stories.conftest import connected
from tests.stories.prepared import at
from tests.support import server as servers
from tests.support.engine import SOURCE
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="the bounds are Linux's"),
]

MEMORY_MIB = 192
TIME_OUT_S = 3.0
OPEN = ("queued", "started")
SETTLED_S = 60.0  # for all of them together, on a machine that has other things to do

# What prints pids prints those of all its processes, its own too.
FLOOD = """
    line = b"x" * 99 + b"\\n"
    for _ in range(10_000_000): os.write(1, line * 640)
"""
ENDLESS_LINE = "while True: os.write(1, b'x' * 65536)"
DAEMON = """
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork(): os._exit(0)
        os.write(writer, str(os.getpid()).encode())
        while True: signal.pause()
    print("pids", os.getpid(), os.read(reader, 20).decode(), flush=True)
"""
DEAF = """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
    child = os.fork()
    if child: print("pids", os.getpid(), child, flush=True)
    while True: signal.pause()
"""
GREEDY = "kept = [bytearray(16 * 1024 * 1024) for _ in range(1000)]"
SHUT = """
    print("before", flush=True)
    os.close(1)
    os.close(2)
    open(os.environ["TMPDIR"] + "/still-here", "w").write("yes")
"""
LITTER = """
    print("folder", os.getcwd(), flush=True)
    for name in ("home", "tmp"):
        os.makedirs(f"{os.environ['TMPDIR']}/{name}/deep")
        with open(f"{os.environ['TMPDIR']}/{name}/deep/file", "wb") as file: file.write(bytes(20_000_000))
"""


@dataclass(frozen=True, slots=True)
class Case:
    """What it does, and what the ledger is to say of it: state, reason's code, the end of its sentence."""

    name: str
    code: str
    state: str
    reason: str | None = None
    says: str = ""
    project: str = "bad"


CASES = (
    Case("flood", FLOOD, "timed_out", "time_out"),
    Case("endless line", ENDLESS_LINE, "timed_out", "time_out"),
    Case("daemon", DAEMON, "succeeded"),
    Case("deaf", DEAF, "timed_out", "time_out", "longer than its time-out of 3 s, and was ended."),
    Case("greedy", GREEDY, "failed", "exit_code", "MemoryError"),
    Case(
        "crash", "os.kill(os.getpid(), signal.SIGSEGV)", "failed", "signal", "SIGSEGV, which Clockhouse did not send."
    ),
    Case("forever", "while True: pass", "timed_out", "time_out"),
    Case("shut", SHUT, "succeeded"),
    Case("litter", LITTER, "succeeded"),
    Case("parricide", "os.kill(os.getppid(), signal.SIGKILL)", "failed", "signal", project="worse"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("misbehaving") / "data"
    with servers.running(data, "--memory", str(MEMORY_MIB), "--executions", "16") as running:
        yield running


@pytest.fixture(scope="module")
def ended(server: Server) -> dict[str, dict[str, Any]]:
    """All of them were started at once, beside somebody else's schedule; their executions by name, with their logs.

    The schedule's are the items of "others".
    """
    with connected(server) as client:
        others = prepared.saved(client, "good", "neighbour", {"main.py": "print('here')\n"})
        every = {"trigger": {"kind": "interval", "every_s": 0.5}, "overlap": "allow"}
        prepared.deployed(client, others, schedules=[every])
        for project in ("bad", "worse"):  # each has a parent process of its own
            path = prepared.saved(client, project, "task", {"main.py": SOURCE})
            prepared.deployed(client, path, configuration={"code": "pass"}, time_out_s=TIME_OUT_S)
        ids = {case.name: _started(client, case) for case in CASES}
        eventually(lambda: all(_get(client, each)["state"] not in OPEN for each in ids.values()), within=SETTLED_S)
        found = {name: _get(client, each) for name, each in ids.items()}
        client.post(f"{others}/environments/development/stop")
        eventually(lambda: not prepared.executions(client, "good", "neighbour", state=list(OPEN)), within=60)
        found["others"] = {"items": prepared.executions(client, "good", "neighbour")}
        for case in CASES:
            found[case.name]["log"] = client.get(f"/executions/{ids[case.name]}/log")["lines"]
    return found


def _started(client: Client, case: Case) -> str:
    path = f"/projects/{case.project}/components/task"
    code = f"import os, signal\n{dedent(case.code)}"
    return str(client.post(f"{path}/environments/development/run", {"arguments": {"code": code}})["id"])


def _get(client: Client, execution_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/executions/{execution_id}")
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_recorded_for_what_it_was(ended, case):
    execution = ended[case.name]
    reason = execution["reason"]
    assert (execution["state"], reason and reason["code"]) == (case.state, case.reason)
    assert not case.says or reason["sentence"].endswith(case.says)


@pytest.mark.parametrize("name", ["daemon", "deaf"])
def test_none_of_its_processes_is_left(ended, name):
    [line] = [line["text"] for line in ended[name]["log"] if line["text"].startswith("pids")]
    pids = [int(word) for word in line.split()[1:]]
    assert len(pids) == 2
    eventually(lambda: not any(map(_lives, pids)), within=60)


def test_what_it_wrote_to_its_folder_is_gone(ended, server):
    [line] = [line["text"] for line in ended["litter"]["log"] if line["text"].startswith("folder")]
    folder = Path(line.removeprefix("folder "))
    assert folder.parent == server.data / "executions"
    assert not folder.exists()


def test_the_server_is_unharmed(ended, server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    [peak] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    assert int(peak) < 400 * 1024
    assert server.process.poll() is None


def test_a_neighbour_goes_on_as_if_nothing_was(ended):
    items = ended["others"]["items"]
    dues = sorted(at(each["due_at"]) for each in items)
    assert {each["state"] for each in items} == {"succeeded"}
    assert len({after - before for before, after in pairwise(dues)}) == 1


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
