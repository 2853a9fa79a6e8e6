"""What is started often loads little: each program only what it needs, and a server nothing that it was not given."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SERVER = {"fastapi", "pydantic", "sqlalchemy", "starlette", "uvicorn"}
_LOADED = "import sys, {0}; print(*sys.modules)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        (
            "clockhouse.app",
            {"alembic", "apprise", "clockhouse.containers", "clockhouse.keepers.hashicorp", "httpx", "joserfc"},
        ),
        ("clockhouse.agent", _SERVER | {"clockhouse.store.database", "cryptography", "dulwich", "joserfc"}),
        ("clockhouse.cli.main", _SERVER | {"asyncio", "clockhouse.task", "httpx", "rich"}),
        ("clockhouse.runtimes.shim", _SERVER | {"asyncio", "clockhouse.errors", "clockhouse.task", "httpx"}),
        ("clockhouse.kit", _SERVER | {"clockhouse.task", "httpx"}),
    ],
)
def test_a_start_does_without(module: str, unwanted: set[str]) -> None:
    told = subprocess.run([sys.executable, "-c", _LOADED.format(module)], check=True, capture_output=True, text=True)

    assert module in told.stdout.split()
    assert unwanted.isdisjoint(told.stdout.split())
