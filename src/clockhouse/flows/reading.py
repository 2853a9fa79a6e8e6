"""A source read as a tree of statements, whatever state it is in."""

from __future__ import annotations

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
    module, error, error_at = None, None, None
    try:
        module = syntax.module(text.removeprefix(BOM))
    except SyntaxError as found:
        error = found.msg or "this is not Python"
        error_at = (found.lineno, found.offset or 1) if found.lineno else None
    except (RecursionError, MemoryError):
        error = TOO_DEEP
    except ValueError as found:  # a null byte, a lone surrogate
        error = str(found)
    is_valid = module is not None
    split, comments = lines.split(text, strict=is_valid, anchors=() if is_valid else anchors)
    builder = Builder(text, split, comments, is_valid=is_valid)
    root = builder.build()
    return Tree(text, split, root, module, error, error_at, newline_of(text), builder.unit)
