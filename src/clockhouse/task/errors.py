"""What the scheduling library refuses, each with a sentence that says what to write instead.

Error
├── InvalidTrigger     a trigger cannot be built from these values
│   └── NeverFires     it could be, but there is no instant at which it would fire
├── InvalidPolicy      a policy cannot be built from these values
├── InvalidJob         nothing that can be executed
├── InvalidPool        a worker pool cannot be of this size, or wait for so long
├── NoThread           no thread could be started to execute jobs
├── UnknownJob         no job of this id is scheduled: it has ended, or there never was one
├── NotAttached        a listener has no such service
├── InvalidWarmBackup  a warm backup cannot be configured like this (in coordination.py)
└── DriverMissing      the database's driver is not installed (in coordination.py)
"""

from __future__ import annotations


class Error(Exception):
    """Anything `clockhouse.task` refuses or fails at."""


class InvalidTrigger(Error, ValueError):
    """A trigger that cannot be.

    `field` is the part that is wrong, by its name on the trigger ("expression", "zone", "gap", "fold", "every", "at",
    "start", "end", "trigger", "by", "days", "country", "subdivision") or of the call ("interval", "trigger_time",
    "start_time", "end_time", "max_count"), or "kind" or an unknown key of a stored spec. An IntervalTrigger's length is
    always "every", also in a spec, where its key is `every_s`.
    """

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(field, sentence)
        self.field = field
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class NeverFires(InvalidTrigger):
    """A trigger in order in each of its parts, with no instant at which it fires, such as 30 February."""


class InvalidPolicy(Error, ValueError):
    """A policy that cannot be. `field` is the attribute that is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(field, sentence)
        self.field = field
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class InvalidJob(Error, TypeError):
    """Nothing that can be executed: neither a callable nor an object with `execute()`."""


class InvalidPool(Error, ValueError):
    """A worker pool that cannot be."""


class NoThread(Error, RuntimeError):
    """No thread could be started: nothing was scheduled."""


class UnknownJob(Error, LookupError):
    """No job of this id is scheduled here: it has ended, or was unscheduled. Each scheduler numbers its own jobs."""


class NotAttached(Error, LookupError):
    """A service that is not attached to the listener it is to be detached from."""
