"""Which libraries a connector stands on, as requirements; a build adds them to a task that imports the connector.

What is not named here needs none.
"""

from __future__ import annotations

import importlib
from typing import Any

from clockhouse.connectors.errors import ConnectorError

EXTRAS: dict[str, tuple[str, ...]] = {
    "http": ("httpx>=0.28",),
    "sql": ("psycopg[binary]", "pymysql", "sqlalchemy>=2"),
    "s3": ("boto3",),
    "sftp": ("paramiko",),
}
"""The extras of the distribution; `tests/connectors` holds pyproject.toml against it."""

OVER_HTTP = ("web", "http", "webhook", "slack", "ms_teams", "google_chat", "github", "twilio")


def needed_by(connector: str) -> str | None:
    """The extra that a connector needs; None when it needs none, or is not known."""
    if connector in OVER_HTTP:
        return "http"
    return connector if connector in EXTRAS else None


def found(module: str, extra: str) -> Any:
    """A library, as it is imported; where it is not installed, using it raises ConnectorError.

    It is loaded with its connector, so that a task's executions begin with it loaded.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        return _Missing(error.name or module, extra)


class _Missing:
    def __init__(self, module: str, extra: str) -> None:
        self._module, self._extra = module, extra

    def __getattr__(self, _name: str) -> Any:
        raise ConnectorError(
            f"The library {self._module} is not installed. Clockhouse adds it to tasks that it builds; elsewhere, "
            f"run: pip install 'clockhouse[{self._extra}]'"
        )
