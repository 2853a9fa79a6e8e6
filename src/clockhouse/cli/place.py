"""Which server the command line speaks with, and as whom."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from clockhouse.config import Config
from clockhouse.errors import Forbidden
from clockhouse.kit import Secret

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Place:
    """A server's address, and the token to show it, if there is one."""

    base_url: str
    token: Secret | None


def find(server: str | None, data: Path | None, variables: Mapping[str, str] = os.environ) -> Place:
    """The server that is named, else the one that runs on the data directory, else the usual address.

    The token is CLOCKHOUSE_TOKEN's, else the data directory's; that one is shown to its own server only.
    Raises Forbidden when the data directory's files are another user's.
    """
    config = Config(data=data) if data is not None else Config()
    local = _read(config.address_file) or config.base_url
    base_url = (server or local).rstrip("/")
    given = variables.get("CLOCKHOUSE_TOKEN", "").strip()
    if given:
        return Place(base_url, Secret(given))
    token = _read(config.token_file) if _is_same(base_url, local) else None
    return Place(base_url, Secret(token) if token else None)


def address_file(data: Path | None) -> Path:
    """Where a server on this machine writes its address."""
    return (Config(data=data) if data is not None else Config()).address_file


def _read(file: Path) -> str | None:
    try:
        return file.read_text("utf-8").strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise Forbidden(
            f"You may not read {file}. Run this as the server's user, or set CLOCKHOUSE_SERVER and CLOCKHOUSE_TOKEN."
        ) from None


def _is_same(one: str, other: str) -> bool:
    return _origin(one) == _origin(other)


def _origin(address: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, "127.0.0.1" if host in _LOOPBACK else host, port
