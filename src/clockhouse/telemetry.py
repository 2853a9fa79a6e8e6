"""What the server says of itself: structured lines on standard error."""

from __future__ import annotations

import sys
from typing import TextIO

import structlog


def configure(level: str = "info", stream: TextIO = sys.stderr) -> None:
    """An event name and facts a line, from `level` up: coloured for a terminal, as JSON for a machine."""
    rendered: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry `name` as `part`."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=name)
    return bound
