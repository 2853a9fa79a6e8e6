"""The shapes of what is told of logs."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from clockhouse.api.bodies import Answer


class LogLineBody(Answer):
    seq: int
    at: datetime
    stream: str = Field(description="stdout or stderr; of a build, the step.")
    level: Literal["debug", "info", "warning", "error"] | None
    text: str


class LogBody(Answer):
    lines: list[LogLineBody]
    complete: bool = Field(description="No line will follow the last one that exists.")
    more: bool = Field(description="More lines exist already; ask again after the last `seq`.")
