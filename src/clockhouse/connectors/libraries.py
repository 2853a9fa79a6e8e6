"""Which libraries a connector stands on, as requirements; a build adds them to a task that imports the connector.

Each is loaded when a connection is first used. What is not named here needs none.
"""

from __future__ import annotations

import importlib
from types import ModuleType

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


def load(module: str, extra: str) -> ModuleType:
    """A library. Raises ConnectorError when it is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ConnectorError(
            f"The library {error.name} is not installed. Clockhouse adds it to tasks that it builds; elsewhere, "
            f"run: pip install 'clockhouse[{extra}]'"
        ) from None
