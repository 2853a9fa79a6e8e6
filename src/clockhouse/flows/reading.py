"""A source read as a tree of statements, whatever state it is in."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from clockhouse.flows import lines
from clockhouse.flows.blocks import Builder, Tree, newline_of
from clockhouse.flows.lines import BOM
from clockhouse.kit import syntax

TOO_DEEP = "the source is nested too deeply"


def read(text: str, anchors: Sequence[int] = ()) -> Tree:
    """The statements of a source; never raises for what a source may contain.

    `anchors` are starts of logical lines in the last source that compiled, mapped to this one: they keep a damaged
    statement from taking in others. They are not looked at when the source compiles.
    """
    module, error, error_at = parsed(text)
    is_valid = module is not None
    split, comments = lines.split(text, strict=is_valid, anchors=() if is_valid else anchors)
    builder = Builder(text, split, comments, is_valid=is_valid)
    root = builder.build()
    return Tree(text, split, root, module, error, error_at, newline_of(text), builder.unit)


def parsed(text: str) -> tuple[ast.Module | None, str | None, tuple[int, int] | None]:
    """Python's tree of a source; or why there is none, with the line and column where Python says so."""
    try:
        return syntax.module(text.removeprefix(BOM)), None, None
    except SyntaxError as found:
        at = (found.lineno, found.offset or 1) if found.lineno else None
        return None, found.msg or "this is not Python", at
    except (RecursionError, MemoryError):
        return None, TOO_DEEP, None
    except ValueError as found:  # a null byte, half a letter
        return None, str(found), None
