"""The flow of a source: steps in blocks, with the ranges of text that their forms edit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Span = tuple[int, int]  # from, to (exclusive), in characters of the source
Path = tuple[int, ...]  # item, clause, item, clause, ..., from the module down; of a node it ends in an item

Kind = Literal[
    "doc",
    "comment",
    "import",
    "config",
    "setting",
    "connection",
    "function",
    "class",
    "variable",
    "assign",
    "call",
    "data_map_call",
    "connector_call",
    "http_call",
    "log",
    "wait",
    "if",
    "match",
    "foreach",
    "while",
    "try",
    "with",
    "return",
    "raise",
    "yield",
    "delete",
    "break",
    "continue",
    "pass",
    "check",
    "code",
]
FieldKind = Literal["expression", "target", "type", "identifier", "callee", "parameters", "bases", "pattern"]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a step's form edits: the text in `span`, and nothing else, is replaced.

    `role` says of what is passed to a call whether it goes by place (named arg0, arg1, ...) or by name.
    """

    name: str
    kind: FieldKind
    span: Span
    role: Literal["argument", "keyword"] | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A comment: its range, and its text without the marks."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a step beside its fields; None (or False, or nothing) where it does not apply."""

    callee: str | None = None  # the dotted name that is called, as written
    function: str | None = None  # the function of this source that is called
    connection: str | None = None  # the variable of the connection
    connector: str | None = None  # the full name of its class
    operation: str | None = None  # the method that is called on it
    method: str | None = None  # of an HTTP call: get, post, ...
    level: str | None = None  # of a log step
    name: str | None = None  # of a function, a class or a setting
    qualname: str | None = None
    decorators: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    is_async: bool = False
    is_awaited: bool = False
    is_entry: bool = False  # the function that the platform calls
    is_start: bool = False  # `if __name__ == "__main__":`
    is_off: bool = False  # a comment that is a statement switched off
    is_folded: bool = False  # a function whose steps were not asked for


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Steps:
    """The nodes of one block; `at` is where the first would go when there are none."""

    path: Path
    indent: str
    is_inline: bool
    at: int
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """One clause of a step (if, elif, else, except, case, the body of a loop or a function) with its steps.

    `label` is the clause's keyword, "?" for a header that is half typed.
    """

    label: str
    header: Span
    fields: tuple[Field, ...]
    steps: Steps
    note: Note | None = None
    trailing: Note | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One step. `span` is the statement with its decorators, `full` its whole lines with the comment right above.

    `fields` of an if, a try and a match are in its branches. `problem` says why the step is not Python (yet),
    `warning` that it will fail when it runs.
    """

    kind: Kind
    label: str
    span: Span
    full: Span
    path: Path
    fields: tuple[Field, ...] = ()
    branches: tuple[Branch, ...] = ()
    note: Note | None = None
    trailing: Note | None = None
    problem: str | None = None
    facts: Facts = NO_FACTS
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why Python can't read the source; `at` is an offset, None where Python does not say."""

    message: str
    at: int | None
    line: int | None


@dataclass(frozen=True, slots=True)
class Model:
    """A whole source as a flow.

    `anchors` are the starts of its logical lines, only when it is valid: a client sends them back, mapped through what
    was typed since, with a source that is not. `connections` has the class of each variable that holds one.
    """

    is_valid: bool
    newline: str
    indent_unit: str
    body: Steps
    connections: dict[str, str] = field(default_factory=dict)
    anchors: tuple[int, ...] = ()
    problem: Problem | None = None


def walk(steps: Steps) -> Iterator[Node]:
    """All nodes below, in order of the source."""
    for node in steps.nodes:
        yield node
        for branch in node.branches:
            yield from walk(branch.steps)


def all_fields(node: Node) -> Iterator[Field]:
    """A node's own fields and those of its branches."""
    yield from node.fields
    for branch in node.branches:
        yield from branch.fields
