"""A watchdog in a process of its own, beside a real server that is killed, stopped and started again."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support import server as servers
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.long]

COMMAND = [sys.executable, "-c", "from clockhouse.cli.main import run; run()", "watchdog"]
SECRET = "a-secret-that-nobody-is-told"


class Watch:
    """A running watchdog and the lines that it has logged so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.text = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def lines(self, event: str) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]
        return [line for line in found if line["event"] == event]

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0
        self._reader.join(20)

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                self.text += line


@contextmanager
def watching(data: Path, *options: str, ping: str = "") -> Iterator[Watch]:
    arguments = [*COMMAND, "--data", str(data), "--every", "1", "--silent", "1", "--undecided", "1", *options]
    environment = {**os.environ, "CLOCKHOUSE_WATCHDOG_PING": ping}
    watch = Watch(subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=environment))
    try:
        yield watch
        watch.close()
    finally:
        if watch.process.poll() is None:
            watch.process.kill()
            watch.process.wait()


def once(data: Path, *options: str) -> tuple[int, str, str]:
    ended = subprocess.run([*COMMAND, "--once", "--data", str(data), *options], capture_output=True, text=True)
    return ended.returncode, ended.stdout.strip(), ended.stderr


@pytest.fixture
def pinged() -> Iterator[tuple[str, list[str]]]:
    """An address to ping, with a secret in it, and the paths that were requested."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/ping/{SECRET}", paths
        listening.shutdown()
        thread.join()


def test_a_server_that_is_killed_is_told_and_no_longer_vouched_for(tmp_path, pinged):
    address, paths = pinged
    data = tmp_path / "data"
    with servers.running(data) as server, watching(data, "--silent", "16", ping=address) as watch:
        eventually(lambda: len(paths) >= 2)
        assert watch.text == ""
        server.process.kill()
        [told] = eventually(lambda: watch.lines("engine.silent"), within=40)
        assert f":{server.process.pid}:" in told["engine"]
        assert "has ended without a word, hangs, or cannot write to the database" in told["sentence"]
        before = len(paths)
        with servers.running(data):
            eventually(lambda: len(paths) > before)
            assert [line.get("is_over") for line in watch.lines("engine.silent")] == [None, True]
    assert set(paths) == {f"/ping/{SECRET}"}
    assert SECRET not in watch.text


def test_once_says_by_its_exit_code_whether_all_is_well(tmp_path):
    data = tmp_path / "data"
    code, said, why = once(data)
    assert (code, said) == (2, "One finding: ledger.unreadable.")
    assert "cannot be opened" in why
    with servers.running(data) as server:
        assert once(data) == (0, "All is well.", "")
        server.process.send_signal(signal.SIGSTOP)  # it hangs
        code, said, why = eventually(lambda: (found := once(data, "--silent", "1"))[0] and found)
        server.process.send_signal(signal.SIGCONT)
        assert (code, said) == (1, "One finding: engine.silent.")
    assert once(data, "--silent", "1") == (0, "All is well.", "")  # it was stopped on purpose


def test_an_address_to_ping_that_does_not_answer_shows_no_secret(tmp_path):
    data = tmp_path / "data"
    address = f"http://{SECRET}:{SECRET}@127.0.0.1:{servers.free_port()}/{SECRET}?key={SECRET}"
    with servers.running(data), watching(data, "--silent", "60", ping=address) as watch:
        [told] = eventually(lambda: watch.lines("ping.unanswered"))
        assert told["sentence"] == "The address to ping does not answer."
    assert SECRET not in watch.text
    code, said, why = once(data, "--ping", f"ftp://{SECRET}@example.org/{SECRET}")
    assert (code, said) == (2, "")
    assert "The address to ping is not one." in why
    assert SECRET not in why
