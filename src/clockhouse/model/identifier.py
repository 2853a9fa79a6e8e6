"""Identifiers: unique anywhere, sorted by the millisecond they were made in, fit for an address."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import UTC, datetime

from clockhouse.errors import Invalid

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_SLUG = 60
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l"})


def new(now: datetime) -> str:
    """A new identifier of 26 characters; the first ten are the milliseconds of `now` (the layout of a ULID)."""
    value = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    return _written(value)


def first_of(instant: datetime) -> str:
    """The least identifier that can be made from `instant` on."""
    return _written(int(instant.timestamp() * 1000) << 80)


def made_at(identifier: str) -> datetime:
    """When an identifier was made, to the millisecond. Raises ValueError for what is none."""
    value = 0
    for digit in identifier[:10]:
        value = value << 5 | _DIGITS.index(digit)
    return datetime.fromtimestamp(value / 1000, UTC)


def slug(name: str) -> str:
    """The part of an address that stands for `name`: lower case, digits and single hyphens.

    Letters with marks are written without: ü as ue, é as e. The console has the same rule (`slugOf`). Raises Invalid
    when nothing of the name is left.
    """
    letters = unicodedata.normalize("NFC", name).lower().translate(_WRITTEN_OUT)
    plain = "".join(each for each in unicodedata.normalize("NFKD", letters) if unicodedata.category(each)[0] != "M")
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].rstrip("-")
    if not found:
        sentence = "Give a name with at least one letter from a to z or a digit, or a slug of your own."
        raise Invalid(sentence, {"name": sentence}, name=name)
    return found


def is_slug(text: str) -> bool:
    return len(text) <= _LONGEST_SLUG and _SLUG.fullmatch(text) is not None


def _written(value: int) -> str:
    return "".join(_DIGITS[value >> shift & 31] for shift in range(125, -5, -5))
