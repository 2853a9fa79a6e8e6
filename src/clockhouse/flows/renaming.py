"""A variable or function under another name, wherever that name means it."""

from __future__ import annotations

from clockhouse.flows import expressions, headers
from clockhouse.flows.blocks import Tree
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.names import Names
from clockhouse.flows.nodes import Span

_ELSEWHERE = "This name is also given by an import, a pattern or a global. Change it in the code."


def rename(tree: Tree, span: Span, new: str) -> list[Change]:
    """Changes the name at `span` and all others that mean the same thing.

    Raises RefusedError when the new name is no name or is there already, when the name is given by more than
    assignments and definitions, and for source that is not valid.
    """
    old = tree.text[span[0] : span[1]]
    if tree.module is None:
        raise RefusedError("Finish what is half typed first; then things can be renamed.")
    fault = expressions.fault(new, "identifier")
    if fault is not None or not old.isidentifier():
        raise RefusedError(fault or "This is no name that could be changed.")
    if new == old:
        return []
    names = Names(tree.module, tree.text)
    if names.has(new):
        raise RefusedError(f"There is a {new} already. Take another name.")
    owner = next((use.scope.owner_of(old) for use in names.uses if use.span == span), None)
    if owner is None:
        raise RefusedError("This is no name that could be changed.")
    if old == headers.ENTRY and owner.parent is None:
        raise RefusedError("The platform calls it by this name.")
    if old in names.odd or (names.is_parameter(old) and old in names.keywords):
        raise RefusedError(_ELSEWHERE)
    found = [use.span for use in names.uses if use.name == old and use.scope.owner_of(old) is owner]
    if any(tree.text[start:end] != old for start, end in found):
        raise RefusedError("Python does not say where in a text with braces this name stands. Change it in the code.")
    return [Change(start, end, new) for start, end in found]
