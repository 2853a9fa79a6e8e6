"""Sources whose build does not end."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hanging:
    """`begun` returns once a process of the build runs, `ended` once none does any more; both block."""

    files: Mapping[str, str]
    begun: Callable[[], None]
    ended: Callable[[], None]


def hanging_python() -> Hanging:
    """A requirement of its own whose back end waits; built again, once it has begun, it fails."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []

    def begun() -> None:
        with listener:
            connections.append(listener.accept()[0])  # once a process of the build has come so far
        assert connections[0].recv(1) == b"."

    def ended() -> None:
        with connections[0] as connection:
            assert connection.recv(1) == b""  # the end: nobody holds it any more

    connect = f"socket.create_connection(('127.0.0.1', {listener.getsockname()[1]}))"
    backend = f"""
import subprocess, sys
def get_requires_for_build_wheel(config_settings=None):
    hold = "import signal, socket; file = {connect}; file.sendall(b'.'); signal.pause()"
    subprocess.run([sys.executable, "-c", hold])
"""
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    project += '[project]\nname = "hanging"\ndynamic = ["version"]\n'
    files = {"main.py": "", "requirements.txt": "./dep\n", "dep/pyproject.toml": project, "dep/backend.py": backend}
    return Hanging(files, begun, ended)
