"""Environments of Python packages that move: what of one is the machine's own, and how it finds another Python."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import sysconfig
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

import uv

from clockhouse.errors import Invalid

NOTE = "needs.json"

_ENVIRONMENT = "environment"
_SETTINGS = f"{_ENVIRONMENT}/pyvenv.cfg"
_INTERPRETERS = f"{_ENVIRONMENT}/bin/python*"  # links that lead to Python where it was built
_FIND_WITHIN_S = 30


@dataclass(frozen=True, slots=True)
class Needs:
    """What an environment runs on: `python` like cpython-3.11, `machine` like linux-x86_64 (glibc)."""

    python: str
    machine: str


def noted(artifact: Path) -> bytes | None:
    """What the artifact's environment needs, to go along as the file NOTE; None when there is no environment."""
    settings = _settings(artifact)
    if not settings:
        return None
    version = settings.get("version_info", platform.python_version()).split(".")
    implementation = settings.get("implementation", sys.implementation.name).lower()
    return json.dumps(asdict(Needs(f"{implementation}-{'.'.join(version[:2])}", _this_machine()))).encode()


def is_of_this_machine(name: str) -> bool:
    """Whether this path within an artifact means something on this machine only, and stays behind."""
    return PurePosixPath(name).match(_INTERPRETERS)


def check(artifact: Path) -> None:
    """Raises Invalid when this machine has not got what the file NOTE says, ValueError when that cannot be read."""
    _interpreter(_read(artifact / NOTE))


def fit(artifact: Path) -> None:
    """Leads the environment to this machine's Python, as the file NOTE says, and removes that; see `check`."""
    file = artifact / NOTE
    if not file.exists():
        return
    needs = _read(file)
    python = _interpreter(needs)
    file.unlink()
    programs = artifact / _ENVIRONMENT / "bin"
    (programs / "python").symlink_to(python)
    for name in ("python3", f"python{needs.python.partition('-')[2]}"):
        (programs / name).symlink_to("python")
    settings = _settings(artifact) | {"home": str(python.parent)}
    (artifact / _SETTINGS).write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))


def _read(note: Path) -> Needs:
    try:
        return Needs(**json.loads(note.read_text()))
    except TypeError as error:
        raise ValueError("what it needs cannot be read") from error


def _settings(artifact: Path) -> dict[str, str]:
    file = artifact / _SETTINGS
    if not file.is_file():
        return {}
    lines = (line.partition("=") for line in file.read_text().splitlines())
    return {name.strip(): value.strip() for name, separator, value in lines if separator}


def _this_machine() -> str:
    return f"{sysconfig.get_platform()} ({platform.libc_ver()[0] or 'no glibc'})"


def _interpreter(needs: Needs) -> Path:
    if needs.machine != _this_machine():
        machines = f"made on {needs.machine}, and this machine is {_this_machine()}"
        raise Invalid(f"This build was {machines}. Build the commit again here.")
    ours = f"{sys.implementation.name}-{sys.version_info.major}.{sys.version_info.minor}"
    found = sys.executable if needs.python == ours else _installed(needs.python)
    if not found:
        raise Invalid(
            f"This build needs {needs.python}, which is not on this machine. Install it here, then run again."
        )
    return Path(os.path.realpath(found))


def _installed(python: str) -> str:
    """Where this machine has it; "" when it has not."""
    command = [uv.find_uv_bin(), "python", "find", "--system", "--no-project", "--no-python-downloads", python]
    told = subprocess.run(command, capture_output=True, text=True, timeout=_FIND_WITHIN_S, check=False)
    return told.stdout.strip() if told.returncode == 0 else ""
