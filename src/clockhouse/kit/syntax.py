"""Python source as a syntax tree, without the warnings that Python gives about it."""

from __future__ import annotations

import ast
import threading
import warnings

_PARSING = threading.Lock()  # `catch_warnings` changes the whole process; the lock puts it back in order


def module(source: str, filename: str = "<source>") -> ast.Module:
    """Raises SyntaxError, and ValueError, RecursionError or MemoryError for what Python gives up on."""
    with _PARSING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, filename)


def expression(source: str) -> ast.expr:
    """As `module`, for a source that is one expression."""
    with _PARSING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, "<expression>", mode="eval").body
