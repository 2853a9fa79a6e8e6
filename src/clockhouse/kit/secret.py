"""A value that does not show itself."""

from __future__ import annotations


class Secret:
    """A value that prints as `****` wherever it is printed, logged or formatted; `reveal()` gives it.

    It is not a `str`: joining it to one is a TypeError, so that it can't slip into a URL or a message unnoticed.
    It is false when it is empty, and equal to a Secret of the same value.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError(f"A Secret holds text, not {type(value).__name__}.")
        self._value = value

    def reveal(self) -> str:
        """The value itself. Hand it to whoever needs it, do not keep it."""
        return self._value

    def __str__(self) -> str:
        return "****"

    __repr__ = __str__

    def __format__(self, _spec: str) -> str:
        return "****"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return self._value == other._value if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash(("Secret", self._value))
