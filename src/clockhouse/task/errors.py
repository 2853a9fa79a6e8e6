"""What the scheduling library refuses, each with a sentence that says what to write instead.

Error
├── InvalidTrigger     a trigger cannot be built from these values
│   └── NeverFires     it could be, but there is no instant at which it would fire
└── InvalidPolicy      a policy cannot be built from these values
"""

from __future__ import annotations


class Error(Exception):
    """Anything `clockhouse.task` refuses or fails at."""


class InvalidTrigger(Error, ValueError):
    """A trigger that cannot be.

    `field` is the part that is wrong, by its name on the trigger ("expression", "zone", "gap", "fold", "every", "at",
    "start", "end"), or "kind" or an unknown key of a stored spec. An interval's length is always "every", also in a
    spec, where its key is `every_s`.
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
