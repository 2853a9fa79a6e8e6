"""Runs a task: finds the values of its configuration, sets up its log, calls its main."""

from __future__ import annotations

import os
import sys

from clockhouse.kit import values
from clockhouse.kit.config import Field, TaskConfig
from clockhouse.kit.secret import Secret

TYPE_CHECKING = False  # importing `typing` costs milliseconds in every cold start
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType
    from typing import Any

LOCAL_FILE = "task.local.toml"


def run(main: Callable[..., Any]) -> None:
    """Calls `main` with its configuration, from TASK_ variables, `task.local.toml` and, at a terminal, by asking.

    `main` takes nothing, or one TaskConfig; it may be `async`. Its log goes to standard error, from level INFO or
    TASK_LOG_LEVEL. Exits with 2 when values are missing or not valid (all are named in one message), and with 1 after
    the traceback when `main` raises.
    """
    kind = _config_of(main)
    _set_up_log()
    arguments = () if kind is None else (_filled(kind),)
    try:
        result = main(*arguments)
        if hasattr(result, "__await__"):
            _wait_for(result)
    except Exception as error:
        error.__traceback__ = _without_ours(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        raise SystemExit(1) from None


def _config_of(main: Callable[..., Any]) -> type[TaskConfig] | None:
    """The configuration class `main` takes; None when it takes nothing. Raises TypeError for any other `main`."""
    while hasattr(main, "__wrapped__"):
        main = main.__wrapped__
    code = getattr(main, "__code__", None)
    if code is None or code.co_argcount == 0:
        return None
    name = code.co_varnames[0]
    kind = main.__annotations__.get(name)
    if isinstance(kind, str):
        kind = getattr(main, "__globals__", {}).get(kind)
    if isinstance(kind, type) and issubclass(kind, TaskConfig):
        return kind
    if len(getattr(main, "__defaults__", None) or ()) == code.co_argcount:
        return None
    raise TypeError("Say which configuration main takes, as in def main(config: Config).")


def _set_up_log() -> None:
    import logging

    level = logging.getLevelNamesMapping().get(os.environ.get("TASK_LOG_LEVEL", "").upper(), logging.INFO)
    logging.basicConfig(level=level, format="%(levelname)s %(message)s", stream=sys.stderr)


def _filled(kind: type[TaskConfig]) -> TaskConfig:
    given: dict[str, Any] = {}
    wrong: list[str] = []
    local = _Local(wrong)
    for name, field in kind.__settings__.items():
        try:
            found, source = _found(field, local)
            if source is not None:
                given[name] = _typed(field, values.parse(field, found))
            elif field.required:
                wrong.append(f"{name} has no value: set {values.variable(name)}, or {name} in {LOCAL_FILE}")
        except ValueError as error:
            wrong.append(f"{name} {error}")
    if wrong:
        print("This task's configuration is not complete:", *wrong, sep="\n  ", file=sys.stderr)  # noqa: T201
        raise SystemExit(2)
    return kind(**given)


def _found(field: Field, local: _Local) -> tuple[Any, str | None]:
    """The value as it was given, and where; the place is None when it was not."""
    variable = values.variable(field.name)
    if variable in os.environ:
        return os.environ[variable], variable
    if f"{variable}_FILE" in os.environ:
        return _read(os.environ[f"{variable}_FILE"]), f"{variable}_FILE"
    if field.name in local.values:
        return local.values[field.name], LOCAL_FILE
    if field.required and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        return _asked(field), "terminal"
    return None, None


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot be read from its file {path}: {error}") from None


def _asked(field: Field) -> str:
    question = f"{field.description or field.name} ({field.name}): "
    if field.type == "secret":
        import getpass

        return getpass.getpass(question)
    print(question, end="", file=sys.stderr, flush=True)  # noqa: T201
    return input()


def _typed(field: Field, value: Any) -> Any:
    return Secret(value) if field.type == "secret" and value is not None else value


class _Local:
    """The values in `task.local.toml`, read when the first one is asked for."""

    def __init__(self, wrong: list[str]) -> None:
        self._wrong = wrong
        self._values: dict[str, Any] | None = None

    @property
    def values(self) -> dict[str, Any]:
        if self._values is None:
            self._values = self._read()
        return self._values

    def _read(self) -> dict[str, Any]:
        try:
            file = open(LOCAL_FILE, "rb")  # noqa: SIM115  # closed below; only its opening may fail unnoticed
        except OSError:
            return {}
        import tomllib

        with file:
            try:
                return tomllib.load(file)
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                self._wrong.append(f"{LOCAL_FILE} can't be read: {error}")
                return {}


def _wait_for(awaited: Any) -> None:
    import asyncio

    async def whole() -> None:
        await awaited

    coroutine: Coroutine[Any, Any, None] = whole()
    asyncio.run(coroutine)


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame that is the task's own."""
    found = trace
    while found is not None and found.tb_frame.f_code.co_filename == __file__:
        found = found.tb_next
    return found if found is not None else trace
