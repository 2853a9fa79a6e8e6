"""Whether a setting's pattern may be trusted with a value that anybody types.

Python tries one way after another to match, and no one can interrupt it. So a pattern may have only so many ways: what
it repeats must match in one way from where it begins, and the rest may not multiply. `[a-z]+(,[a-z]+)*` is such a
pattern, since a comma tells where each part ends; `([a-z]+,?)*` is not.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in `values`
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Item = tuple[Any, Any]

LONGEST = 1000  # characters of a value that is matched
_MOST_WAYS = 10**9  # three parts of any length, which takes a second at worst
_ENDLESS = _MOST_WAYS + 1
_CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}


def is_slow(pattern: str) -> bool:
    """Whether a value could keep the pattern busy for long. Raises what `re.compile` raises."""
    from re import _parser  # type: ignore[attr-defined]  # the only reader of patterns there is

    return _ways(list(_parser.parse(pattern)), None) > _MOST_WAYS


def _ways(items: Sequence[Item], then: Item | None) -> int:
    """In how many ways these match from where they begin, at most; `then` is what follows in every case."""
    ways = 1
    for place, item in enumerate(items, 1):
        following = _first(items[place:]) if place < len(items) else then
        ways = min(ways * _ways_of(item, following), _ENDLESS)
    return ways


def _ways_of(item: Item, then: Item | None) -> int:
    name, value = str(item[0]), item[1]
    if name.endswith("_REPEAT"):
        least, most, body = value
        return _ways_of_repeat(least, most, list(body), then)
    if name == "BRANCH":
        branches = [list(branch) for branch in value[1]]
        ways = [_ways(branch, then) for branch in branches]
        return max(ways) if _differ(branches) else sum(ways)
    if name == "GROUPREF_EXISTS":
        return _ENDLESS
    return _ways(_inside(item), then) if name in ("SUBPATTERN", "ATOMIC_GROUP") else _ways(_inside(item), None)


def _ways_of_repeat(least: int, most: int, items: Sequence[Item], then: Item | None) -> int:
    if most <= 1:
        return _ways(items, then) + most - least
    if _ways(items, _first(items)) > 1:
        return _ENDLESS
    if least == most or _tells_the_end(then, items):
        return 1
    return max(min(most, LONGEST) - least, 0) + 1


def _tells_the_end(then: Item | None, items: Sequence[Item]) -> bool:
    """Whether a mark follows that these never match. A letter is none: it may stand for another."""
    if then is None or str(then[0]) != "LITERAL" or chr(then[1]).isalpha():
        return False
    return not any(_takes(item, then[1]) for item in items)


def _takes(item: Item, code: int) -> bool:
    """Whether this matches something with the character in it, as far as can be told."""
    import re

    name, value = str(item[0]), item[1]
    if name == "LITERAL":
        return bool(value == code)
    if name == "NOT_LITERAL":
        return bool(value != code)
    if name == "RANGE":
        return bool(value[0] <= code <= value[1])
    if name == "CATEGORY":
        return re.match(_CATEGORIES[str(value)], chr(code)) is not None
    if name == "IN":
        members = [member for member in value if str(member[0]) != "NEGATE"]
        return any(_takes(member, code) for member in members) == (len(members) == len(value))
    if name == "BRANCH":
        return any(_takes(one, code) for branch in value[1] for one in branch)
    if name.endswith("_REPEAT"):
        return any(_takes(one, code) for one in value[2])
    inside = _inside(item)
    return any(_takes(one, code) for one in inside) if inside else name != "AT"


def _inside(item: Item) -> list[Item]:
    """What a group or an assertion holds."""
    name, value = str(item[0]), item[1]
    if name == "SUBPATTERN":
        return list(value[3])
    if name in ("ASSERT", "ASSERT_NOT"):
        return list(value[1])
    return list(value) if name == "ATOMIC_GROUP" else []


def _first(items: Sequence[Item]) -> Item | None:
    """What a match of these begins with, out of its groups."""
    while items and str(items[0][0]) == "SUBPATTERN":
        items = _inside(items[0])
    return items[0] if items else None


def _differ(branches: Sequence[Sequence[Item]]) -> bool:
    """Whether the characters that each begins with tell which branch it is."""
    words = [_word(branch) for branch in branches]
    pairs = ((one, other) for place, one in enumerate(words) for other in words[place + 1 :])
    return not any(one.startswith(other) or other.startswith(one) for one, other in pairs)


def _word(items: Sequence[Item]) -> str:
    from itertools import takewhile

    return "".join(chr(code) for _, code in takewhile(lambda item: str(item[0]) == "LITERAL", items)).casefold()
