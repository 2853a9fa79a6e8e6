"""The settings that a task's configuration declares, written and changed in its class."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from clockhouse.flows import changes, expressions, imports, placing
from clockhouse.flows.blocks import Block, Statement, Tree
from clockhouse.flows.changes import Change, RefusedError
from clockhouse.flows.fragments import Fragments
from clockhouse.flows.headers import ENTRY
from clockhouse.flows.meaning import dotted
from clockhouse.kit import declared
from clockhouse.kit.declared import Setting

CLASS = "Config"
_KIT = "from clockhouse.kit import "
_TYPES = {"text": "str", "integer": "int", "number": "float", "flag": "bool", "secret": "Secret"}
_NARROWING = ("default", "example", "minimum", "maximum", "choices", "pattern")


def declare(tree: Tree, setting: Setting, was: str | None) -> list[Change]:
    """Adds a setting to the configuration, or writes it in place of the one named `was`, whose uses get its name.

    Without a configuration there will be one, and `main` takes it. Raises RefusedError when the source has none and
    no `main`, and for what `kit.declared` finds wrong.
    """
    fault = expressions.fault(setting.name, "identifier")
    if fault is not None:
        raise RefusedError(fault)
    line, needs = code(setting), [_KIT + name for name in _needs(setting)]
    block = _configuration(tree)
    if block is None:
        made = [*imports.add(tree, [_KIT + "TaskConfig", *needs, *_typing(setting)]), *_new_class(tree, line)]
    else:
        made = [*imports.add(tree, [*needs, *_typing(setting)]), *_placed(tree, block, line, was)]
        made += list(_renamed(tree, was, setting.name)) if was not in (None, setting.name) else []
    _check(changes.apply(tree.text, changes.ordered(made)), setting.name)
    return made


def undeclare(tree: Tree, name: str) -> list[Change]:
    """Takes a setting out of the configuration. Raises RefusedError when there is none of this name."""
    block = _configuration(tree)
    place = None if block is None else _find(tree, block, name)
    if block is None or place is None:
        raise RefusedError(f"There is no setting {name}.")
    return placing.delete(tree, block, place)


def code(setting: Setting) -> str:
    """The line that declares a setting."""
    given = [_text(setting.description)]
    for name in _NARROWING:
        value = getattr(setting, name)
        is_own = name == "choices" and setting.type == "choice"
        if value is not None and not is_own:
            given.append(f"{name}={_text(list(value) if name == 'choices' else value)}")
    return f"{setting.name}: {_annotation(setting)} = setting({', '.join(given)})"


def _annotation(setting: Setting) -> str:
    if setting.type == "list":
        words = f"list[{_TYPES.get(setting.item_type or 'text', 'str')}]"
    elif setting.type == "choice":
        words = f"Literal[{', '.join(_text(choice) for choice in setting.choices or ())}]"
    else:
        words = _TYPES[setting.type]
    return words if setting.required or setting.default is not None else f"{words} | None"


def _text(value: Any) -> str:
    """A literal as the house writes it: text in double quotes."""
    if isinstance(value, str):
        single = repr(value)
        if single.startswith("'") and '"' not in value:
            return '"' + single[1:-1].replace("\\'", "'") + '"'
        return single
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(each) for each in value) + "]"
    return repr(value)


def _needs(setting: Setting) -> list[str]:
    return ["setting", "Secret"] if setting.type == "secret" else ["setting"]


def _typing(setting: Setting) -> list[str]:
    return ["from typing import Literal"] if setting.type == "choice" else []


def _check(text: str, name: str) -> None:
    found = declared.read(text)
    own = next((setting for setting in found.settings if setting.name == name), None)
    problem = next((each for each in found.problems if each.message.startswith((f"{name}:", f"{name} "))), None)
    if problem is not None:
        raise RefusedError(problem.message)
    if own is None:
        raise RefusedError("The task does not take this configuration.")


def _configuration(tree: Tree) -> Block | None:
    """The body of the class that `main` takes, else of the first configuration."""
    fragments = Fragments(tree)
    found: dict[str, Statement] = {}
    wanted = None
    for item in tree.root.code:
        piece = fragments.clause(item.clauses[0]) if item.word in ("class", "def") else None
        node = None if piece is None else piece.node
        if isinstance(node, ast.ClassDef) and any(_is_config(base, found) for base in node.bases):
            found[node.name] = item
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == ENTRY and node.args.args:
            annotation = node.args.args[0].annotation
            wanted = annotation.id if isinstance(annotation, ast.Name) else None
    chosen = found.get(wanted or "") or next(iter(found.values()), None)
    return None if chosen is None else chosen.clauses[0].block


def _is_config(base: ast.expr, known: dict[str, Statement]) -> bool:
    name = dotted(base) or ""
    return name in known or name.rpartition(".")[2] == "TaskConfig"


def _placed(tree: Tree, block: Block, line: str, was: str | None) -> list[Change]:
    if was is None:
        last = [number for number, item in enumerate(block.items) if _is_setting(tree, item)]
        return placing.insert(tree, block, last[-1] + 1 if last else len(block.items), line)
    place = _find(tree, block, was)
    if place is None:
        raise RefusedError(f"There is no setting {was}.")
    return placing.replace(tree, block, place, line)


def _find(tree: Tree, block: Block, name: str) -> int | None:
    for number, item in enumerate(block.items):
        if _is_setting(tree, item) and tree.text[item.start : item.end].partition(":")[0].strip() == name:
            return number
    return None


def _is_setting(tree: Tree, item: Statement) -> bool:
    words = tree.text[item.start : item.end].partition(":")[0].strip()
    return not item.clauses and not item.is_comment and words.isidentifier()


def _new_class(tree: Tree, line: str) -> list[Change]:
    """A configuration above `main`, which takes it."""
    for number, item in enumerate(tree.root.items):
        if item.word == "def" and (parameters := _entry_parameters(tree, item)) is not None:
            body = f"class {CLASS}(TaskConfig):{tree.newline}{tree.unit}{line}"
            head = placing.insert(tree, tree.root, number, body)
            own = [] if parameters[0] else [Change(parameters[1], parameters[1], f"config: {CLASS}")]
            return [*head, *own]
    raise RefusedError("There is no function main that could take a configuration.")


def _entry_parameters(tree: Tree, item: Statement) -> tuple[bool, int] | None:
    """Whether `main` takes anything, and where that would stand; None for another function."""
    piece = Fragments(tree).clause(item.clauses[0])
    node = None if piece is None else piece.node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name != ENTRY:
        return None
    arguments = node.args
    takes = bool(arguments.args or arguments.posonlyargs or arguments.vararg or arguments.kwonlyargs)
    return takes, tree.text.index("(", item.proper) + 1


def _renamed(tree: Tree, was: str, name: str) -> Iterator[Change]:
    """The uses of a setting on what `main` takes, under its new name."""
    if tree.module is None:
        return
    for item in tree.root.code:
        piece = Fragments(tree).clause(item.clauses[0]) if item.word == "def" else None
        node = None if piece is None else piece.node
        if piece is None or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name != ENTRY or not node.args.args:
            continue
        config = node.args.args[0].arg
        for each in ast.walk(node):
            if isinstance(each, ast.Attribute) and each.attr == was and dotted(each.value) == config:
                end = piece.span(each)[1]
                yield Change(end - len(was), end, name)
