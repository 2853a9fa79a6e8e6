"""The tables, as SQLAlchemy Core sees them, a file for each subject; the migrations make them.

Whoever imports one of them has all: a column that refers to another table takes its type from there.
"""

from clockhouse.store.tables import (
    actors,
    alerts,
    audit,
    builds,
    channels,
    columns,
    deployments,
    environments,
    executions,
    logs,
    projects,
    schedules,
    servers,
    sources,
    tallies,
)

__all__ = [
    "actors",
    "alerts",
    "audit",
    "builds",
    "channels",
    "columns",
    "deployments",
    "environments",
    "executions",
    "logs",
    "projects",
    "schedules",
    "servers",
    "sources",
    "tallies",
]
