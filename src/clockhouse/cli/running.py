"""The options of what runs executions until it is stopped: a server, or an agent."""

from __future__ import annotations

from typing import Annotated

import typer

MemoryOption = Annotated[
    int | None,
    typer.Option(envvar="CLOCKHOUSE_MEMORY", min=64, help="MiB that a process of a task may take. [default: any]"),
]
FailureValuesOption = Annotated[
    bool,
    typer.Option(envvar="CLOCKHOUSE_FAILURE_VALUES", help="Keep what variables held where an execution failed."),
]
DrainOption = Annotated[
    float, typer.Option(envvar="CLOCKHOUSE_DRAIN", min=0, help="Seconds that a stop waits for executions.")
]
LogLevelOption = Annotated[str, typer.Option(envvar="CLOCKHOUSE_LOG_LEVEL", help="debug, info, warning, error")]
