"""Whether what somebody types into a field is what may stand there, and what is wrong with it in words."""

from __future__ import annotations

import ast
import keyword
import re

from clockhouse.flows.nodes import FieldKind
from clockhouse.kit import syntax

_EMPTY = "Something must stand here."
_OPEN_END = re.compile(
    r"(?:==|!=|<=|>=|:=|//|\*\*|<<|>>|[-+*/%@&|^~<>=.]|\b(?:and|or|not|in|is|if|else|for|await|lambda))$"
)


def fault(text: str, kind: FieldKind, role: str | None = None) -> str | None:
    """Why a text can't stand in a field of this kind, as a sentence; None when it can."""
    words = text.strip()
    if not words:
        return None if kind in ("parameters", "bases") else _EMPTY
    if kind == "identifier":
        return _name_fault(words)
    head, tail, check = _FRAMES[kind]
    if role is not None:
        is_named = role == "keyword" and not words.startswith("**")
        head, tail, check = "_(_=" if is_named else "_(", "\n)", _one_argument
    try:
        module = syntax.module(head + words + tail)
    except SyntaxError as error:
        open_end = _OPEN_END.search(words) if error.msg == "invalid syntax" else None
        return _sentence(error.msg) if open_end is None else f"Something is missing after “{open_end[0]}”."
    except (ValueError, RecursionError, MemoryError) as error:
        return _sentence(str(error) or "this is nested too deeply")
    return None if check(module) else "This is more than fits here."


def _name_fault(words: str) -> str | None:
    if keyword.iskeyword(words):
        return f"“{words}” is a word of Python; take another name."
    return None if words.isidentifier() else "A name is made of letters, digits and _, and begins with no digit."


def _is_single(module: ast.Module) -> bool:
    return len(module.body) == 1


def _one_argument(module: ast.Module) -> bool:
    if len(module.body) != 1 or not isinstance(module.body[0], ast.Expr):
        return False
    call = module.body[0].value
    return isinstance(call, ast.Call) and len(call.args) + len(call.keywords) == 1 and isinstance(call.func, ast.Name)


def _one_value(module: ast.Module) -> bool:
    return len(module.body) == 1 and isinstance(module.body[0], ast.Expr)


# What a field's text is read in, and whether that came out as one thing.
_FRAMES = {
    "expression": ("(", "\n)", _one_value),
    "callee": ("(", "\n)", _one_value),
    "type": ("_: (", "\n)", _is_single),
    "target": ("for ", " in _: pass", _is_single),
    "parameters": ("def _(", "\n): pass", _is_single),
    "bases": ("class _(", "\n): pass", _is_single),
    "pattern": ("match _:\n case ", ": pass", _is_single),
}


def _sentence(message: str | None) -> str:
    words = (message or "this is not Python").strip()
    return words[0].upper() + words[1:] + ("" if words.endswith((".", "?", "!")) else ".")
