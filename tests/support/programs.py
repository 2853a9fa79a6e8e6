"""The program `clockhouse` in a process of its own: a new interpreter, or a fork of one that has it loaded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from tests.support.forks import Fork

Process = Fork | subprocess.Popen[str]
"""What they have in common: pid, poll, wait, communicate, send_signal, terminate, kill, stdout, stderr, returncode."""

are_forked = False
"""Whether a start is to be cheap, as in tests, and not to be measured."""


def start(arguments: list[str], *, environment: Mapping[str, str], stderr: int = subprocess.PIPE) -> Process:
    """Runs `clockhouse` with these arguments, as the leader of a session; what it says comes as text, at once."""
    if are_forked:
        return Fork(arguments, environment, stderr)
    return subprocess.Popen(
        [sys.executable, "-c", "from clockhouse.cli.main import run; run()", *arguments],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
