"""YAML as text: plain values with the lines that they stand in, by the core schema of YAML 1.2.

No tags, no dates, no `yes` for true: what is not null, true, false or a number is text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

MOST_VALUES = 5_000  # an alias counts each time that it stands for something
MOST_DEPTH = 20
_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


class Malformed(Exception):
    """It is no such YAML; `line` counts from 1."""

    def __init__(self, sentence: str, line: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """What it says. `lines` has where each place begins, by its path like `environments.production`."""

    value: Any
    lines: Mapping[str, int]


def read(text: str) -> Document:
    """Raises Malformed."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = error.problem or "it is no YAML"
        raise Malformed(f"This is not YAML: {said}.", mark.line + 1 if mark else 1) from None
    except (yaml.YAMLError, RecursionError):
        raise Malformed("This is not YAML that can be read.", 1) from None
    lines: dict[str, int] = {"": 1}
    if root is None:
        return Document(None, lines)
    return Document(_Values(lines).of(root, ""), lines)


def write(value: Mapping[str, Any]) -> str:
    """Text that `read` understands as the same."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=100)


def nearest(lines: Mapping[str, int], place: str) -> int:
    """The line of a place, or of the nearest around it that is there."""
    while place and place not in lines:
        place = place.rpartition(".")[0]
    return lines.get(place, 1)


class _Values:
    def __init__(self, lines: dict[str, int]) -> None:
        self._lines = lines
        self._left = MOST_VALUES

    def of(self, node: yaml.Node, place: str, depth: int = 0) -> Any:
        line = node.start_mark.line + 1
        self._lines.setdefault(place, line)
        self._left -= 1
        if self._left < 0:
            raise Malformed(f"It has more than {MOST_VALUES} values.", line)
        if depth > MOST_DEPTH:
            raise Malformed("Its values are nested too deeply.", line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place, depth + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self.of(each, f"{place}.{number}", depth + 1) for number, each in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, place: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise Malformed("A name here is no text.", line)
            name = _text_of(key)
            if name in found:
                raise Malformed(f"“{name}” is there twice; leave one of them.", line)
            inner = f"{place}.{name}" if place else name
            self._lines[inner] = line
            found[name] = self.of(value, inner, depth)
        return found


def _text_of(node: yaml.Node) -> str:
    """Raises Malformed for what a database and JSON cannot hold, though YAML can write it in quotes."""
    text = str(node.value)
    if any(each == "\0" or "\ud800" <= each <= "\udfff" for each in text):
        raise Malformed("There is a character here that is none.", node.start_mark.line + 1)
    return text


def _scalar(node: yaml.Node) -> str | int | float | bool | None:
    text = _text_of(node)
    if node.tag.startswith("!") or (node.tag.endswith(":binary")):
        raise Malformed(f"There are no tags such as {node.tag} here.", node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode) and node.style is not None:
        return text  # in quotes, or a block
    if text.lower() in _WORDS and text in (text.lower(), text.capitalize(), text.upper()):
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text) and len(text) < 300:
        return int(text)
    if _NUMBER.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


class _Dumper(yaml.SafeDumper):
    """Text in double quotes where it would be read as anything else."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    is_plain = value.lower() not in _WORDS and _NUMBER.fullmatch(value) is None and _INTEGER.fullmatch(value) is None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if is_plain else '"')


_Dumper.add_representer(str, _text)
