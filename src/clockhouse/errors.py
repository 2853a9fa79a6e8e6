"""What can go wrong, as seven kinds, each with a sentence for a person.

ClockhouseError
├── Invalid            the request is not right; `fields` says where
├── Unauthenticated    nobody is signed in
├── Forbidden          somebody is, but may not
├── NotFound
├── Conflict           right in itself, but not now
├── Unavailable        a part we need does not answer
│   ├── Outage         for everybody, until it is over
│   ├── TooSoon        somebody asked too often
│   └── Unfinished     it is under way: whoever asks again waits for it
└── Internal           our fault
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, TypeVar

T = TypeVar("T")


class ClockhouseError(Exception):
    """A failure a person can act on: `sentence` says what to do next, `facts` are for the log."""

    code: ClassVar[str] = "internal"

    def __init__(self, sentence: str, **facts: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts


class Invalid(ClockhouseError):
    """The request is not right. `fields` maps the place of each wrong value, as a dotted path, to its sentence."""

    code = "invalid"

    def __init__(self, sentence: str, fields: Mapping[str, str] | None = None, **facts: object) -> None:
        super().__init__(sentence, **facts)
        self.fields = dict(fields or {})


class Unauthenticated(ClockhouseError):
    """Nobody is signed in."""

    code = "unauthenticated"


class Forbidden(ClockhouseError):
    """The actor may not do this."""

    code = "forbidden"


class NotFound(ClockhouseError):
    """There is no such thing, or the actor may not know of it."""

    code = "not_found"


class Conflict(ClockhouseError):
    """The request is right in itself, but not in the present state."""

    code = "conflict"


class Unavailable(ClockhouseError):
    """A part we need does not answer; trying again later may help."""

    code = "unavailable"


class Outage(Unavailable):
    """Something outside is away for everybody: its beginning and its end are logged, and not each time it is met."""


class TooSoon(Unavailable):
    """Asked too often: whoever asks again within `after_s` seconds is refused again."""

    def __init__(self, sentence: str, after_s: int) -> None:
        super().__init__(sentence)
        self.after_s = after_s


class Unfinished(Unavailable):
    """It takes longer than a request should wait: it goes on, and is waited for by asking the same again."""


class Internal(ClockhouseError):
    """Our fault: the sentence says where to look."""

    code = "internal"


class Problems:
    """What is wrong with one request in several places, so that all of it can be said at once."""

    def __init__(self, found: Iterable[Invalid] = ()) -> None:
        self._found = list(found)

    @property
    def found(self) -> tuple[Invalid, ...]:
        return tuple(self._found)

    def gather(self, attempt: Callable[[], T]) -> T | None:
        """What `attempt` returns; None when it raised Invalid, which is gathered."""
        try:
            return attempt()
        except Invalid as error:
            self._found.append(error)
            return None

    def together(self) -> Invalid:
        """All of it as one error. Raises ValueError when there is nothing."""
        if not self._found:
            raise ValueError("Nothing is wrong.")
        if len(self._found) == 1:
            return self._found[0]
        fields = {field: sentence for error in self._found for field, sentence in error.fields.items()}
        return Invalid("Several values are not right.", fields)
