"""What every place that runs code offers: start one execution, tell what it does, stop it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from clockhouse.kit.declared import Entry
from clockhouse.kit.secret import Secret
from clockhouse.model.deployment import Container

# `failure` has one line at the most, right before the end: where and with which values a task failed, as JSON; `values`
# what each statement of traced work does, as JSON (see `showing` and `tracing`).
Stream = Literal["stdout", "stderr", "failure", "values"]


FILE_SUFFIX = "_FILE"  # of the variable that tells where the file is that has the value of another one


@dataclass(frozen=True, slots=True)
class Work:
    """One execution, ready to start.

    `artifact` is the folder that a builder sealed: `source/` is the checkout, `environment/` the Python environment
    with the task's dependencies and the kit. Where its record names an image, that is what runs. `environment` are
    variables anybody may see, `secrets` those that only the task may (both by the variable's whole name, TASK_URL);
    they are opened in the runtime's last step. `container` is what it may have where it gets one. `labels` say of an
    execution what a person who finds it somewhere may want to know. `is_traced` work tells what each of its statements
    does, where the runtime can. `files` are the paths, by variable, of what is handed over as a file beneath the folder
    that the execution has for that; the variable TASK_URL_FILE tells where it is, and there is no TASK_URL.
    """

    execution: str
    artifact: Path
    entry: Entry
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    container: Container = Container()
    is_traced: bool = False
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    """The instant right before the first line of user code; the process id where there is one on this machine."""

    at: datetime
    pid: int | None


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines of one stream that were read together, without their line ends. Never empty.

    A line is at most 16 KiB as it was written: a longer one comes in pieces. What is not UTF-8, and NUL, is U+FFFD
    here; the work's secrets are masked.
    """

    at: datetime
    stream: Stream
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exited:
    """How it ended: `exit_code` when the code ended by itself, else the number of the `signal` that ended it.

    `cpu_s` and `peak_bytes` are what the operating system charged the execution's main process with (and the processes
    it waited for), or the whole container, as far as it was measured; None where nobody could be
    asked. `out_of_memory`: it was ended since it used more than it may.
    """

    at: datetime
    exit_code: int | None
    signal: int | None
    cpu_s: float | None
    peak_bytes: int | None
    out_of_memory: bool = False


Event = Started | Lines | Exited


@dataclass(frozen=True, slots=True)
class Held:
    """An attempt of an execution that is still where it was started, running or ended."""

    execution: str
    attempt: int


class StartFailed(Exception):
    """No line of the task's code has run; `reason` is a sentence for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Runtime(Protocol):
    """A place where code runs."""

    def run(self, work: Work) -> AsyncGenerator[Event, None]:
        """Starts the work and tells what happens: one Started, any number of Lines, and last exactly one Exited.

        Raises StartFailed before Started when it can't start. Reading pauses while the consumer does, and so at last
        does the task. Closing the generator early (or cancelling its consumer) kills every process of the execution.
        """
        ...

    async def stop(self, execution: str, *, grace: timedelta) -> bool:
        """Asks the execution to end (TERM to all its processes), and kills it after `grace`; whether it was running.

        Returns at once; `run` tells of the end.
        """
        ...

    async def close(self) -> None:
        """Kills all that runs and gives back what the runtime holds. Nothing can be run afterwards."""
        ...


class Lasting(Runtime, Protocol):
    """A place where executions go on without the server that started them."""

    async def held(self) -> list[Held]:
        """What this server started there, whether it runs or has ended, and nobody has cleared away. May raise."""
        ...

    def adopt(self, work: Work, *, told: Mapping[str, int]) -> AsyncGenerator[Event, None]:
        """Follows one that is held, as `run` does: its Started again, then what follows the lines that were told.

        `told` is how many those are, by stream: instants are too coarse, and too much in disorder, to go on from.
        Raises StartFailed when it is not there any more.
        """
        ...

    async def forget(self, execution: str) -> None:
        """Removes what is kept of an execution that has ended, now that its end is recorded. May raise."""
        ...

    async def leave(self) -> None:
        """From here on nothing is ended or cleared away: what runs goes on, to be adopted."""
        ...

    async def clear(self, but: Collection[str]) -> int:
        """Ends and removes what this server left there, except these executions and what it follows; how many."""
        ...

    async def tidy(self, unneeded: Callable[[Collection[str]], Awaitable[Collection[str]]]) -> int:
        """Removes what was made there of builds that nobody needs: `unneeded` is asked which of these they are."""
        ...
