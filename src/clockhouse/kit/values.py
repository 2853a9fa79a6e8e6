"""Which values a setting takes, and how they are written as text.

A *rule* is anything that says what a setting is: the `Setting` that was read from a source, or the one a running class
holds. Both are judged here, so that a form, the environment and a test agree. Imports stay inside functions: this is
loaded before a task's first line.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what `typing` would say; importing it costs milliseconds in every cold start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class Rule(Protocol):
        """What a setting is: see `clockhouse.kit.declared.Setting`, which has the same fields."""

        @property
        def name(self) -> str: ...
        @property
        def type(self) -> str: ...
        @property
        def item_type(self) -> str | None: ...
        @property
        def required(self) -> bool: ...
        @property
        def default(self) -> Any: ...
        @property
        def description(self) -> Any: ...
        @property
        def example(self) -> Any: ...
        @property
        def minimum(self) -> Any: ...
        @property
        def maximum(self) -> Any: ...
        @property
        def choices(self) -> Any: ...
        @property
        def pattern(self) -> Any: ...


WORDS = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "flag": "true or false",
    "secret": "text",
    "list": "a list",
    "choice": "one of the choices",
}
_PYTHON = {"text": str, "integer": int, "number": float, "flag": bool}


def parse(rule: Rule, value: Any) -> Any:
    """The value that a form, a JSON body or a text stands for, as its own type (a secret stays a `str`).

    Text that loses nothing is accepted for every type: "5" for a whole number, "true" for a flag, a JSON list.
    None stands for "not given" and is the default of a setting that need not be given.
    Raises ValueError with how the value must be, as the rest of a sentence that begins with the setting.
    """
    if value is None:
        if rule.required:
            raise ValueError("needs a value")
        return rule.default
    if rule.type == "choice":
        return _chosen(rule, value)
    if rule.type == "list":
        items = _from_json_list(value) if isinstance(value, str) else value
        if not isinstance(items, list | tuple):
            raise ValueError(f"must be a list of {_plural(rule.item_type)}")
        kind = rule.item_type or "text"
        return [_within(rule, kind, _READ[kind](item)) for item in items]
    return _within(rule, rule.type, _READ[rule.type](value))


def encode(value: Any) -> str:
    """The text of a value in its TASK_ variable; `parse`, which made it, reads it back.

    Text stays as it is, all else is JSON. It is not judged again.
    """
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def admit(rule: Rule, value: Any) -> None:
    """Checks a value that Python code gives to a configuration; nothing is converted, except whole to other numbers.

    Raises TypeError when it is of another type, ValueError when it is not allowed.
    """
    if value is None and not rule.required and rule.default is None:
        return
    if rule.type == "choice":
        if not _in(value, rule.choices or ()):
            raise ValueError(f"must be {one_of(rule.choices or ())}")
    elif rule.type == "secret":
        from clockhouse.kit.secret import Secret

        if not isinstance(value, Secret):
            raise TypeError(f'must be a Secret, not {_named(value)}: write Secret("...")')
        _within(rule, "secret", value.reveal())
    elif rule.type == "list":
        if not isinstance(value, list):
            raise TypeError(f"must be a list of {_plural(rule.item_type)}, not {_named(value)}")
        for item in value:
            _admit_one(rule, rule.item_type or "text", item)
    else:
        _admit_one(rule, rule.type, value)


def fault(rule: Rule) -> str | None:
    """Why a declaration contradicts itself, as the rest of a sentence that begins with the setting; None if not."""
    if (wrong := _ill_typed(rule)) is not None:
        return wrong
    if rule.name.startswith("_"):
        return "may not begin with an underscore: it is asked for by its name"
    if rule.type == "secret" and rule.default is not None:
        return "is a Secret and may not have its value in the source: leave the default out"
    kind = rule.item_type or rule.type
    if kind not in ("integer", "number") and (rule.minimum is not None or rule.maximum is not None):
        return "has a minimum or a maximum, which only numbers take"
    if rule.minimum is not None and rule.maximum is not None and rule.minimum > rule.maximum:
        return "has a minimum above its maximum"
    return _pattern_fault(rule, kind) or _choices_fault(rule, kind) or _default_fault(rule)


def variable(name: str) -> str:
    """The environment variable of a setting: TASK_URL for url. The prefix keeps `user` from reading $USER."""
    return "TASK_" + name.upper()


def one_of(choices: tuple[Any, ...]) -> str:
    """The choices in words: `"red", "green" or "blue"`."""
    import json

    words = [json.dumps(choice, ensure_ascii=False) for choice in choices]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def _ill_typed(rule: Rule) -> str | None:
    for name in ("description", "pattern"):
        if not isinstance(getattr(rule, name), str | None):
            return f"has a {name} that is not text"
    for name in ("minimum", "maximum"):
        bound = getattr(rule, name)
        if bound is not None and not _is_a("number", bound):
            return f"has a {name} that is not a number"
    if not isinstance(rule.choices, tuple | None):
        return "has choices that are not a list"
    return None if _is_json(rule.example) else "has an example that JSON can't hold"


def _is_json(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or isinstance(value, str | int | float)


def _pattern_fault(rule: Rule, kind: str) -> str | None:
    if rule.pattern is None:
        return None
    if kind not in ("text", "secret"):
        return "has a pattern, which only text takes"
    import re

    from clockhouse.kit import patterns

    try:
        re.compile(rule.pattern)
        if patterns.is_slow(rule.pattern):
            return "has a pattern with too many ways to match: repeat nothing that has parts of any length or a choice"
    except (re.error, OverflowError, RecursionError) as error:
        return f"has a pattern that is not a regular expression: {error}"
    return None


def _choices_fault(rule: Rule, kind: str) -> str | None:
    if rule.choices is None:
        return "is a choice of nothing" if kind == "choice" else None
    if not rule.choices:
        return "has no choices to choose from"
    if kind == "choice":
        same = all(isinstance(one, str) for one in rule.choices) or all(type(one) is int for one in rule.choices)
        return None if same else "has choices that are neither all text nor all whole numbers"
    if kind in ("secret", "flag"):
        return f"has choices, which {'a Secret' if kind == 'secret' else 'a flag'} does not take"
    if not all(_is_a(kind, one) for one in rule.choices):
        return f"has choices that are not all {_plural(kind)}"
    return None


def _default_fault(rule: Rule) -> str | None:
    if rule.required or rule.default is None:
        return None
    try:
        admit(rule, rule.default)
    except (TypeError, ValueError) as error:
        return f"has a default that does not fit: it {error}"
    return None


def _admit_one(rule: Rule, kind: str, value: Any) -> None:
    if not _is_a(kind, value):
        raise TypeError(f"must be {WORDS[kind]}, not {_named(value)}")
    _within(rule, kind, value)


def _is_a(kind: str, value: Any) -> bool:
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and _finite(value)
    return isinstance(value, _PYTHON[kind]) and not isinstance(value, bool)


def _within(rule: Rule, kind: str, value: Any) -> Any:
    if kind in ("integer", "number"):
        if rule.minimum is not None and value < rule.minimum:
            raise ValueError(f"must be at least {rule.minimum}, not {value}")
        if rule.maximum is not None and value > rule.maximum:
            raise ValueError(f"must be at most {rule.maximum}, not {value}")
    if rule.choices is not None and not _in(value, rule.choices):
        raise ValueError(f"must be {one_of(rule.choices)}")
    if rule.pattern is not None:
        import re

        from clockhouse.kit.patterns import LONGEST

        if len(value) > LONGEST:
            raise ValueError(f"may have at most {LONGEST:,} characters, since it has a pattern")
        if re.fullmatch(rule.pattern, value) is None:
            raise ValueError(f"must match the pattern {rule.pattern}")
    return value


def _in(value: Any, choices: tuple[Any, ...]) -> bool:
    # True == 1 in Python, but a flag is no number.
    return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in choices)


def _chosen(rule: Rule, value: Any) -> Any:
    for one in rule.choices or ():
        if _in(value, (one,)) or (isinstance(value, str) and value == str(one)):
            return one
    raise ValueError(f"must be {one_of(rule.choices or ())}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    if "\0" in value:
        raise ValueError("may not contain a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can write and nothing can keep
        raise ValueError("may not contain half a character") from None
    return value


def _integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii():
        digits = value.strip()
        if digits.lstrip("+-").isdigit() and len(digits) <= 300:
            try:
                return int(digits)
            except ValueError:  # "+-5"
                raise ValueError("must be a whole number") from None
    number = _number(value, "must be a whole number")
    if not number.is_integer() or abs(number) > 2**53:
        raise ValueError("must be a whole number")
    return int(number)


def _number(value: Any, otherwise: str = "must be a number") -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str) or (isinstance(value, str) and "_" in value):
        raise ValueError(otherwise)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError(otherwise) from None
    if not _finite(number):
        raise ValueError(otherwise)
    return number


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None
    if known is None:
        raise ValueError("must be true or false")
    return known


_READ: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "secret": _text,
    "integer": _integer,
    "number": _number,
    "flag": _flag,
}


def _from_json_list(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError('must be a JSON list such as ["a", "b"]') from None


def _finite(value: float) -> bool:
    return value - value == 0


def _plural(kind: str | None) -> str:
    plurals = {"text": "texts", "integer": "whole numbers", "number": "numbers", "flag": "flags"}
    return plurals.get(kind or "text", "texts")


def _named(value: Any) -> str:
    return "None" if value is None else type(value).__name__
