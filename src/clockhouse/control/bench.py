"""What control asks of whoever runs trials: begin one, find it again, end it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from clockhouse.model.trial import Seen, Wanted


class Trial(Protocol):
    """One that runs, or has run a short while ago."""

    @property
    def wanted(self) -> Wanted: ...

    def seen(self, version: int) -> Seen:
        """What has happened since `version`; 0 is the beginning."""
        ...

    def listening(self, hint: Callable[[], object]) -> AbstractContextManager[None]:
        """While it is entered, calls `hint`, from any thread, when there is something new."""
        ...


class Bench(Protocol):
    """Where trials run. All of it may be called from any thread."""

    def folder(self, owner: str) -> Path:
        """A new folder for a trial of theirs; whoever asked removes it unless `begin` has taken it.

        Raises Unavailable when as many run as may.
        """
        ...

    def begin(self, wanted: Wanted) -> None:
        """Runs it, in the place of the owner's last one. Raises Unavailable when as many run as may."""
        ...

    def find(self, trial_id: str) -> Trial | None: ...

    def stop(self, trial_id: str, sentence: str) -> None:
        """Ends it, if it runs."""
        ...
