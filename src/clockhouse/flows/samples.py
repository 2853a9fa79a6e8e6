"""Types from a sample of JSON: a TypedDict for each kind of object in it."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Callable
from typing import Any

from clockhouse.flows.changes import RefusedError

MOST_LETTERS = 200_000
MOST_LEVELS = 20
_WORD = re.compile(r"[^\W_]+")


def types(sample: str, name: str, *, is_taken: Callable[[str], bool]) -> tuple[list[str], str, set[str]]:
    """The definitions that a sample needs, the innermost first; the type of the whole; and what of `typing` they use.

    The whole is called `name` (its items are, when it is a list), what is inside of it after its key, with a number
    when `is_taken` says that there is one already. Raises RefusedError for what is no JSON.
    """
    if len(sample) > MOST_LETTERS:
        raise RefusedError("This sample is too long. A few entries of each list are enough.")
    try:
        value = json.loads(sample)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise RefusedError(f"This is not JSON{where}.") from None
    writing = _Writing(is_taken)
    whole = writing.type_of([value], name, 0)
    return writing.definitions, whole, writing.used


class _Writing:
    def __init__(self, is_taken: Callable[[str], bool]) -> None:
        self.definitions: list[str] = []
        self.used: set[str] = set()
        self._is_taken = is_taken
        self._given: set[str] = set()

    def type_of(self, values: list[Any], name: str, level: int) -> str:
        """The type that all of these values have."""
        if level > MOST_LEVELS:
            raise RefusedError("This sample is nested too deeply.")
        given = [value for value in values if value is not None]
        words = self._common(given, name, level) if given else self._any()
        if len(given) == len(values) or words == "Any":
            return words
        return f"{words} | None"

    def _common(self, given: list[Any], name: str, level: int) -> str:
        kinds = {type(value) for value in given}
        if kinds == {dict}:
            return self._record(given, name, level)
        if kinds == {list}:
            items = [item for value in given for item in value]
            return f"list[{self.type_of(items, singular(name), level + 1) if items else self._any()}]"
        if kinds <= {int, float}:
            return "float" if float in kinds else "int"
        return kinds.pop().__name__ if len(kinds) == 1 else self._any()

    def _any(self) -> str:
        self.used.add("Any")
        return "Any"

    def _maybe(self, words: str) -> str:
        self.used.add("NotRequired")
        return f"NotRequired[{words}]"

    def _record(self, given: list[dict[str, Any]], name: str, level: int) -> str:
        own = self._free(_class_name(name))
        keys = list(dict.fromkeys(key for value in given for key in value))
        if not keys:
            self._any()
            return "dict[str, Any]"
        fields = {}
        for key in keys:
            inner = self.type_of([value[key] for value in given if key in value], key, level + 1)
            fields[key] = inner if all(key in value for value in given) else self._maybe(inner)
        self.used.add("TypedDict")
        if all(key.isidentifier() and not keyword.iskeyword(key) for key in keys):
            body = "\n".join(f"    {key}: {kind}" for key, kind in fields.items())
            self.definitions.append(f"class {own}(TypedDict):\n{body}")
        else:
            shown = ", ".join(f"{json.dumps(key)}: {kind}" for key, kind in fields.items())
            self.definitions.append(f'{own} = TypedDict("{own}", {{{shown}}})')
        return own

    def _free(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self._given or self._is_taken(name):
            name, number = f"{wanted}{number}", number + 1
        self._given.add(name)
        return name


def singular(name: str) -> str:
    """What one of several is called: item for items, entry for entries."""
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") and len(name) > 2 else name


def _class_name(name: str) -> str:
    words = "".join(word[0].upper() + word[1:] for word in _WORD.findall(name))
    return words if words.isidentifier() and not keyword.iskeyword(words) else f"Record{words}"
