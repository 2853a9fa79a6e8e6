"""What opens private registries: the `auths` of the `docker` command's own configuration."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clockhouse.telemetry import logger

_HUB = "docker.io"  # the registry of references that name none
_ALSO_HUB = {f"index.{_HUB}", f"registry-1.{_HUB}"}  # what `docker login` and Engines call it

log = logger("docker")


@dataclass(frozen=True, slots=True)
class Registries:
    """A `config.json` as `docker login` writes it; it is read anew each time, and may be missing.

    A credential that a program of its own keeps (`credsStore`, `credHelpers`) is not in the file, and not found.
    """

    file: Path

    def opening(self, reference: str) -> Mapping[str, str]:
        """The headers with which the Engine fetches an image; none where nothing is known of its registry."""
        wanted = _of(reference)
        for address, login in self._logins().items():
            if _host(address) == wanted:
                return {"X-Registry-Auth": _sealed({**login, "serveraddress": address})}
        return {}

    def all(self) -> Mapping[str, str]:
        """The headers with which the Engine builds: which images a Dockerfile is built upon, only the Engine knows."""
        logins = self._logins()
        return {"X-Registry-Config": _sealed(logins)} if logins else {}

    def _logins(self) -> dict[str, dict[str, str]]:
        try:
            told = json.loads(self.file.read_bytes())
            auths = told["auths"].items() if "auths" in told else ()
            logins = {str(address): _login(entry) for address, entry in auths}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            # The kind of the error only: its text may hold a piece of the file.
            log.warning("docker.registries-unread", file=str(self.file), error=type(error).__name__)
            return {}
        return {address: login for address, login in logins.items() if login}


def of_user(variables: Mapping[str, str] = os.environ) -> Registries:
    """Those of who runs the server: below DOCKER_CONFIG, or `.docker` of the home directory."""
    folder = variables.get("DOCKER_CONFIG")
    return Registries((Path(folder) if folder else Path.home() / ".docker") / "config.json")


def _login(entry: Mapping[str, Any]) -> dict[str, str]:
    """User and password, or a token; nothing where the entry only says that there is a login elsewhere."""
    if token := entry.get("identitytoken"):
        return {"identitytoken": str(token)}
    user, password = entry.get("username"), entry.get("password")
    if entry.get("auth"):
        user, _, password = base64.b64decode(entry["auth"]).decode().rstrip("\0").partition(":")
    return {"username": str(user), "password": str(password)} if user and password else {}


def _of(reference: str) -> str:
    """The registry's host, and port, of an image."""
    first, has_more, _ = reference.partition("/")
    is_host = bool(has_more) and ("." in first or ":" in first or first == "localhost")
    return _host(first) if is_host else _HUB


def _host(address: str) -> str:
    host = address.partition("://")[2] or address
    host = host.partition("/")[0].lower()
    return _HUB if host in _ALSO_HUB else host


def _sealed(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
