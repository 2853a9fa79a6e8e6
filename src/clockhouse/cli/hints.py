"""Commands to go on with, as they can be typed from here: to the server that this command was sent to."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_given: ContextVar[str] = ContextVar("given", default="")


@contextmanager
def towards(server: str | None, data: Path | None, variables: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Meanwhile, hints name these options again where the environment does not have them anyway."""
    asked = {"CLOCKHOUSE_SERVER": server, "CLOCKHOUSE_DATA": None if data is None else str(data)}
    needed = [(name, value) for name, value in asked.items() if value is not None and variables.get(name) != value]
    token = _given.set("".join(f"{name}={shlex.quote(value)} " for name, value in needed))
    try:
        yield
    finally:
        _given.reset(token)


def hint(command: str, program: str = "clockhouse") -> str:
    """A command of ours, which is quoted already where it has to be."""
    return f"{_given.get()}{program} {command}"
