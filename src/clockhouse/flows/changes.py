"""Changes of a text: ranges to replace, each in offsets of the text before any of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise


class RefusedError(Exception):
    """An edit that is not made; the message says why, to the person who asked for it."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """`text` in place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str


def ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """In order of the text, of two at one place the earlier given first. Raises RefusedError when two overlap."""
    found = sorted(changes, key=lambda change: (change.start, change.end))
    for before, after in pairwise(found):
        if after.start < before.end:
            raise RefusedError("This can't be done in one step here. Do it in two, or in the code.")
    return tuple(change for change in found if change.text or change.end > change.start)


def apply(text: str, changes: Iterable[Change]) -> str:
    """The text after the changes, which are in order."""
    parts, at = [], 0
    for change in changes:
        parts += [text[at : change.start], change.text]
        at = change.end
    return "".join([*parts, text[at:]])


def mapped(offset: int, changes: Iterable[Change]) -> int:
    """Where a place of the old text is in the new one: after what is inserted there."""
    shift = 0
    for change in changes:
        if change.start > offset:
            break
        if change.end > offset:
            return change.start + shift
        shift += len(change.text) - (change.end - change.start)
    return offset + shift
