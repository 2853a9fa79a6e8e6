"""Functions that make one shape of data from another."""

from __future__ import annotations

TYPE_CHECKING = False  # importing `typing` costs milliseconds in every cold start

if TYPE_CHECKING:
    from typing import TypeVar

    Mapper = TypeVar("Mapper")


def data_mapper(function: Mapper) -> Mapper:
    """Marks such a function for the editor, which shows it as two trees with links; it is called as it was."""
    return function
