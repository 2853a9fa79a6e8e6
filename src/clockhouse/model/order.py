"""The order in which people look for names: case and accents last, and numbers by what they count."""

from __future__ import annotations

import re
import unicodedata

_PARTS = re.compile(r"(\d+)")
_LONGEST = 18  # digits that are read as a number; more are compared as text


def of_name(name: str, apart: str = "") -> tuple[object, ...]:
    """What to sort names by; `apart` decides between names that are the same, such as an id.

    “Report 9” is before “report 10”, “Ärzte” beside “Arzt”, and “a” right before “A”.
    """
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    parts = tuple(_part(each) for each in _PARTS.split(plain.casefold()) if each)
    return (parts, name.swapcase(), name, apart)


def _part(text: str) -> tuple[int, int, str]:
    """A number is before a text, as a digit is before a letter."""
    return (0, int(text), "") if text.isdecimal() and len(text) <= _LONGEST else (1, 0, text)
