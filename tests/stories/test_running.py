"""Executions under way: their log line by line, and the ways in which they are made to end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from tests.stories import prepared
from tests.stories.conftest import NewPerson
from tests.support.browser import Person
from tests.support.server import Server
from tests.support.waiting import eventually

from clockhouse.client import Client

pytestmark = [pytest.mark.browser, pytest.mark.slow]

A_LINE_EACH_MOMENT = """
import threading

LINES = 12


def main() -> None:
    for number in range(1, LINES + 1):
        print(f"line {number} of {LINES}", flush=True)
        threading.Event().wait(0.3)


if __name__ == "__main__":
    main()
"""

STUBBORN = """
import os
import signal
import subprocess
import sys

signal.signal(signal.SIGTERM, signal.SIG_IGN)
IGNORING = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"

child = subprocess.Popen([sys.executable, "-c", IGNORING], stdout=subprocess.PIPE)
child.stdout.readline()
print(f"processes {os.getpid()} {child.pid}", flush=True)
child.wait()
"""


def test_a_log_comes_line_by_line_while_the_task_runs(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(client, "live", "lines", {"main.py": A_LINE_EACH_MOMENT})
    prepared.deployed(client, path)
    ann = started_by_hand(server, person, path)
    log = log_of(ann)
    seen_while_running = []
    for number in (1, 3, 5):
        expect(log).to_contain_text(f"line {number} of 12")
        seen_while_running.append((badge(ann, "Running").is_visible(), "line 12 of 12" in log.inner_text()))
    assert seen_while_running == [(True, False)] * 3
    ann.look("running")
    expect(badge(ann, "Succeeded")).to_be_visible()
    for number in range(1, 13):
        expect(log).to_contain_text(f"line {number} of 12")
    ann.look("ended")


@pytest.mark.long
def test_a_time_out_ends_what_ignores_being_asked_and_its_child(
    server: Server, client: Client, person: NewPerson
) -> None:
    path = prepared.saved(client, "stubborn", "group", {"main.py": STUBBORN})
    prepared.deployed(client, path, time_out_s=2)
    ann = started_by_hand(server, person, path)
    processes = processes_of(log_of(ann))
    assert all(map(lives, processes))
    expect(badge(ann, "Timed out")).to_be_visible(timeout=30_000)
    expect(ann.text(re.compile("longer than")).first).to_be_visible()
    eventually(lambda: not any(map(lives, processes)))
    ann.look("timed-out")


@pytest.mark.long
def test_somebody_stops_an_execution(server: Server, client: Client, person: NewPerson) -> None:
    path = prepared.saved(
        client, "stopped", "long", {"main.py": "import signal\nprint('waiting', flush=True)\nsignal.pause()\n"}
    )
    prepared.deployed(client, path)
    ann = started_by_hand(server, person, path)
    expect(log_of(ann)).to_contain_text("waiting")
    ann.button("Stop").click()
    dialog = ann.page.get_by_role("dialog", name="Stop this execution?")
    ann.look("asked")
    dialog.get_by_role("button", name="Stop it").click()
    expect(badge(ann, "Cancelled")).to_be_visible()
    expect(ann.text(re.compile("admin")).first).to_be_visible()
    ann.look("stopped")


def started_by_hand(server: Server, person: NewPerson, path: str) -> Person:
    """Somebody who has pressed “Run now” and looks at what they started."""
    ann: Person = person(server)
    ann.sign_in()
    ann.open(f"{path}/deploy", "Deploy")
    ann.page.get_by_role("article", name="Development").get_by_role("button", name="Run now").click()
    ann.link("Watch the execution").click()
    expect(ann.heading(re.compile("^Execution of"))).to_be_visible()
    return ann


def log_of(person: Person) -> Locator:
    return person.page.get_by_role("region", name="Log lines")


def badge(person: Person, state: str) -> Locator:
    return person.page.get_by_role("main").get_by_text(state, exact=True).first


def processes_of(log: Locator) -> list[int]:
    expect(log).to_contain_text(re.compile(r"processes \d+ \d+"))
    found = re.search(r"processes (\d+) (\d+)", log.inner_text())
    assert found
    return [int(found[1]), int(found[2])]


def lives(process: int) -> bool:
    """Whether it is there and no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
