from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from tests.support.forks import Fork
from tests.support.server import free_port

from clockhouse import __version__

pytestmark = pytest.mark.slow  # the first of them loads what is forked


def _forked(*arguments: str, **environment: str) -> Fork:
    return Fork(list(arguments), {**os.environ, **environment})


def test_a_fork_is_the_program_and_has_its_environment_and_tells_how_it_ends() -> None:
    good, bad = _forked("--version"), _forked("serve", CLOCKHOUSE_PORT="none")

    assert good.communicate(20) == (f"clockhouse {__version__}\n", "")
    assert "Invalid value for '--port'" in bad.communicate(20)[1]
    assert (good.returncode, bad.returncode) == (0, 2)


def test_a_fork_has_a_session_of_its_own() -> None:
    fork = _forked("serve", "--data", "/dev/null/here")
    session = os.getsid(fork.pid)  # it takes a while to load more

    assert "/dev/null/here" in fork.communicate(20)[1]
    assert session == fork.pid


def test_a_fork_is_waited_for_and_killed(tmp_path: Path) -> None:
    fork = _forked("serve", "--data", str(tmp_path), "--no-example", "--port", str(free_port()))
    assert any("running" in line for line in fork.stdout)
    with pytest.raises(subprocess.TimeoutExpired):
        fork.wait(0)
    fork.kill()

    assert fork.wait(20) == -signal.SIGKILL
    fork.communicate(20)
