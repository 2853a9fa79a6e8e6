"""Which file of a task names its dependencies, and which line of it explains why they cannot be installed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clockhouse.builders.base import Problem

LOCK = "uv.lock"

_PYLOCK = "pylock.toml"
_REQUIREMENTS = "requirements.txt"
_PROJECT = "pyproject.toml"
_MESSAGE_MAX = 2000  # characters; the log has all of it
_ERROR = re.compile(r"error: (.*)")
_CAUSE = re.compile(r"\s+cause: (.*)|hint: (.*)")
_DETAIL = " " * 9  # in front of each line of a back-end's output
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_INCLUDE = re.compile(r"(?:-r|--requirement)[ =]?\s*(\S+)")


@dataclass(frozen=True, slots=True)
class _Requirement:
    """One requirement where it is written."""

    path: str
    line: int
    text: str


def declared_in(source: Path) -> str | Problem | None:
    """The file that names dependencies, None when there are none, or why that cannot be told.

    A lock file comes first (uv.lock beside a pyproject.toml, then pylock.toml), then a requirements.txt with anything
    in it, then the dependencies of a pyproject.toml.
    """
    if _content(source, LOCK) is not None and _content(source, _PROJECT) is not None:
        return LOCK
    if _content(source, _PYLOCK) is not None:
        return _PYLOCK
    if any(_written(source, _REQUIREMENTS)):
        return _REQUIREMENTS
    content = _content(source, _PROJECT)
    if content is None:
        return None
    try:
        project = tomllib.loads(content).get("project", {})
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else None
        return Problem(f"{_PROJECT} cannot be read: {error}.", _PROJECT, line, _excerpt(content, line))
    if not isinstance(project, dict):
        return None
    dynamic = project.get("dynamic")
    named = project.get("dependencies") or (isinstance(dynamic, list) and "dependencies" in dynamic)
    return _PROJECT if named else None


def explain(output: Sequence[str], source: Path, file: str) -> Problem:
    """Why installing what `file` names failed: the installer's explanation, and the line of `file` it is about."""
    message = _message(output)
    written = list(_project(source) if file in (_PROJECT, LOCK) else _written(source, file))
    found = _by_place(message, source) or _by_text(message, written)
    path, line, text = (found.path, found.line, found.text) if found else (file, None, None)
    return Problem(f"The dependencies cannot be installed. {message}", path, line, text)


def _message(output: Sequence[str]) -> str:
    """The last error of the output with its causes and hints, as sentences."""
    starts = [number for number, line in enumerate(output) if _ERROR.match(line)]
    told = output[starts[-1] :] if starts else []
    parts = [match[match.lastindex or 0] for line in told if (match := _ERROR.match(line) or _CAUSE.match(line))]
    parts += _last_words(told)
    sentences = [f"{part[0].upper()}{part[1:].rstrip('.:')}." for part in map(str.strip, parts) if part]
    return " ".join(sentences)[:_MESSAGE_MAX] or "The log says why."


def _last_words(told: Sequence[str]) -> list[str]:
    """The last line that a failing build back-end wrote: usually the exception that ended it."""
    if not any(line.strip() == "[stderr]" for line in told):
        return []
    return [line for line in told if line.startswith(_DETAIL) and line.strip()][-1:]


def _by_place(message: str, source: Path) -> _Requirement | None:
    """The line that the explanation points at by its number, or by its offset in the file."""
    if found := re.search(r"([\w./-]+):(\d+):\d+", message):
        return _line(source, found[1], int(found[2]))
    if found := re.search(r"in `([^`]+)` at position (\d+)", message):
        content = _content(source, found[1]) or ""
        return _line(source, found[1], content.encode()[: int(found[2])].count(b"\n") + 1)
    return None


def _by_text(message: str, written: Sequence[_Requirement]) -> _Requirement | None:
    """The requirement that the explanation quotes; else the one whose name it mentions first."""
    told = _folded(message)
    for requirement in written:
        quoted = re.sub(r"\s", "", re.split(r";|\s--", requirement.text)[0])
        is_more_than_a_name = _NAME.fullmatch(quoted) is None
        if is_more_than_a_name and re.search(rf"(?<![\w.-]){re.escape(_folded(quoted))}(?![\w.-])", told):
            return requirement
    mentioned = [(at.start(), requirement) for requirement in written if (at := _mention(requirement, told))]
    return min(mentioned, key=lambda pair: pair[0])[1] if mentioned else None


def _mention(requirement: _Requirement, told: str) -> re.Match[str] | None:
    name = re.sub(r"[._-]+", "-", _named(requirement.text).lower())
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", told)


def _folded(text: str) -> str:
    """`text` with names spelled one way: Foo_Bar in a requirement is foo-bar in an explanation."""
    return re.sub(r"[_-]+", "-", text.lower())


def _named(requirement: str) -> str:
    """The name of the package, or the last part of a path or an address."""
    plain = re.sub(r"^(-e|--editable)[ =]*", "", requirement)
    if "/" in plain and "@" not in plain:
        return plain.rstrip("/").rsplit("/", 1)[-1]
    found = _NAME.match(plain)
    return found[0] if found else plain


def _written(source: Path, file: str) -> Iterator[_Requirement]:
    """The lines of a requirements file that are not empty and no comment, then those of the files it includes."""
    waiting, read = [file], set[Path]()
    while waiting:
        name = waiting.pop(0)
        place = (source / name).resolve()
        content = None if place in read else _content(source, name)
        read.add(place)  # once is enough: files that include each other lead in circles, and in very many ways
        for number, line in enumerate((content or "").splitlines(), 1):
            text = re.sub(r"(^|\s)#.*", "", line).strip()
            if text:
                yield _Requirement(name, number, text)
            if included := _INCLUDE.match(text):
                waiting.append(included[1])


def _project(source: Path) -> Iterator[_Requirement]:
    content = _content(source, _PROJECT) or ""
    lines = content.splitlines()
    for requirement in tomllib.loads(content).get("project", {}).get("dependencies", []):
        for number, line in enumerate(lines, 1):
            if str(requirement) in line:
                yield _Requirement(_PROJECT, number, str(requirement))
                break


def _line(source: Path, file: str, number: int) -> _Requirement | None:
    text = _excerpt(_content(source, file) or "", number)
    return None if text is None else _Requirement(file, number, text)


def _excerpt(content: str, line: int | None) -> str | None:
    lines = content.splitlines()
    return lines[line - 1] if line is not None and 1 <= line <= len(lines) else None


def _content(source: Path, file: str) -> str | None:
    """The text of a file below `source`; None when it is not there."""
    path = (source / file).resolve()
    if not path.is_relative_to(source.resolve()) or not path.is_file():
        return None
    return path.read_text(encoding="utf-8", errors="replace")
