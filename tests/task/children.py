"""Programs in processes of their own, for what one process cannot show: its end, its signals, its forks."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading

PATIENCE_S = 30


def program(source: str) -> list[str]:
    return [sys.executable, "-W", "error", "-c", textwrap.dedent(source)]


def run(source: str) -> str:
    """What the program writes; fails if it ends with an error, or doesn't end."""
    done = subprocess.run(program(source), capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def signalled(source: str, number: int) -> tuple[str, str, int]:
    """What the program writes, to both outputs, and its exit code: sent this signal when it has written "ready"."""
    command = program(source)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        patience = threading.Timer(PATIENCE_S, child.kill)
        try:
            assert child.stdout is not None
            patience.start()
            ready = child.stdout.readline()
            patience.cancel()
            child.send_signal(number)
            told, errors = child.communicate(timeout=PATIENCE_S)
        finally:
            patience.cancel()
            child.kill()
    return ready + told, errors, child.returncode
