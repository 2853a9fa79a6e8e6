"""What goes wrong between a task and another system."""

from __future__ import annotations


class ConnectorError(Exception):
    """What did not work and what to do about it, in words. `status` is the HTTP status of an answer, if there was one.

    Uncaught, it ends the execution as failed, with these words.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
