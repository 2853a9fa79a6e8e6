"""The flow model as JSON has it: ranges in UTF-16 units, as a browser counts, and nothing where there is nothing."""

from __future__ import annotations

from typing import Any

from clockhouse.flows.mapping import DataMapper, Source, Target
from clockhouse.flows.nodes import NO_FACTS, Branch, Facts, Field, Model, Node, Note, Span, Steps
from clockhouse.flows.positions import Utf16

VERSION = 1
_FACTS = tuple((name, getattr(NO_FACTS, name)) for name in Facts.__dataclass_fields__)


def model(described: Model, text: str) -> dict[str, Any]:
    """The whole model of `text`. Fields, branches and problems are always there; other keys only when they say
    something."""
    return _Writing(text).model(described)


def mapper(described: DataMapper, text: str) -> dict[str, Any]:
    """A data mapper of `text`, every key of it."""
    units, place = Utf16(text), described.place

    def source(each: Source) -> dict[str, Any]:
        parts = [source(part) for part in each.parts]
        return {"name": each.name, "way": list(each.way), "type": each.type, "kind": each.kind, "parts": parts}

    def target(each: Target) -> dict[str, Any]:
        span = None if place is None or each.value is None else place.span(each.value)
        return {
            "name": each.name,
            "way": list(each.way),
            "type": each.shape.type,
            "kind": each.shape.kind,
            "is_required": each.is_required,
            "is_made": each.is_made,
            "text": None if span is None else text[span[0] : span[1]],
            "range": None if span is None else [units.units(span[0]), units.units(span[1])],
            "link": None if each.link is None else list(each.link),
            "each": each.each,
            "where": each.where,
            "problem": each.problem,
            "parts": [target(part) for part in each.parts],
        }

    return {
        "function": described.name,
        "path": None if place is None else [place.index],
        "sources": [source(each) for each in described.sources],
        "target": target(described.target),
        "problem": described.problem,
    }


class _Writing:
    """Everything of one source: its text gives the fields theirs."""

    def __init__(self, text: str) -> None:
        self._text, self._utf16 = text, Utf16(text)
        self._is_plain = self._utf16.is_plain

    def model(self, described: Model) -> dict[str, Any]:
        problem = described.problem
        found: dict[str, Any] = {
            "version": VERSION,
            "valid": described.is_valid,
            "newline": described.newline,
            "indent_unit": described.indent_unit,
            "body": self._steps(described.body),
            "connections": described.connections,
            "anchors": self._all(described.anchors),
        }
        if problem is not None:
            at = None if problem.at is None else self._utf16.units(problem.at)
            found["problem"] = {"message": problem.message, "at": at, "line": problem.line}
        return found

    def _all(self, offsets: tuple[int, ...]) -> list[int]:
        return list(offsets) if self._is_plain else [self._utf16.units(each) for each in offsets]

    def _range(self, span: Span) -> list[int]:
        return [span[0], span[1]] if self._is_plain else [self._utf16.units(span[0]), self._utf16.units(span[1])]

    def _steps(self, steps: Steps) -> dict[str, Any]:
        return {
            "path": list(steps.path),
            "indent": steps.indent,
            "inline": steps.is_inline,
            "at": self._utf16.units(steps.at),
            "nodes": [self._node(node) for node in steps.nodes],
        }

    def _node(self, node: Node) -> dict[str, Any]:
        found: dict[str, Any] = {
            "kind": node.kind,
            "label": node.label,
            "range": self._range(node.span),
            "full": self._range(node.full),
            "path": list(node.path),
            "fields": [self._field(each) for each in node.fields],
            "branches": [self._branch(each) for each in node.branches],
        }
        if node.note is not None:
            found["note"] = self._note(node.note)
        if node.trailing is not None:
            found["trailing"] = self._note(node.trailing)
        if node.problem is not None:
            found["problem"] = node.problem
        if node.warning is not None:
            found["warning"] = node.warning
        if node.facts is not NO_FACTS:
            facts = node.facts
            for name, nothing in _FACTS:
                value = getattr(facts, name)
                if value != nothing:
                    found[name] = list(value) if isinstance(value, tuple) else value
        return found

    def _branch(self, branch: Branch) -> dict[str, Any]:
        found: dict[str, Any] = {
            "label": branch.label,
            "header": self._range(branch.header),
            "fields": [self._field(each) for each in branch.fields],
            "body": self._steps(branch.steps),
        }
        if branch.note is not None:
            found["note"] = self._note(branch.note)
        if branch.trailing is not None:
            found["trailing"] = self._note(branch.trailing)
        if branch.problem is not None:
            found["problem"] = branch.problem
        return found

    def _field(self, field: Field) -> dict[str, Any]:
        start, end = field.span
        found: dict[str, Any] = {
            "name": field.name,
            "kind": field.kind,
            "range": self._range(field.span),
            "text": self._text[start:end],
        }
        if field.role is not None:
            found["role"] = field.role
        return found

    def _note(self, note: Note) -> dict[str, Any]:
        return {"range": self._range(note.span), "text": note.text}
