"""What the source code of a task says about itself, read without importing or running any of it."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

from clockhouse.builders import start
from clockhouse.builders.base import Entry, Problem, Setting
from clockhouse.builders.start import Form, Start
from clockhouse.kit import declared

_TEXT_MAX_BYTES = 1024 * 1024  # of a Procfile or a pyproject.toml
# A megabyte of source takes Python half a gigabyte, and seconds in which nothing else of the server goes on.
_FILE_MAX_BYTES = 500_000
_FILES_MAX_BYTES = 10_000_000  # of all that are read


@dataclass(frozen=True, slots=True)
class Code:
    """Where a task starts and what it asks for, or every reason why it cannot be built.

    `start` is set where something else than a file is started; `entry` is then None.
    """

    entry: Entry | None
    settings: tuple[Setting, ...]
    problems: tuple[Problem, ...]
    start: Start | None = None


def read(source: Path) -> Code:
    """Read the Python files below `source`, as far as they are not too large. Raises OSError when the disk refuses."""
    files = sorted(path for path in source.rglob("*.py") if path.is_file())
    found = start.find({path.relative_to(source).as_posix() for path in files} | _others(source), _reader(source))
    if isinstance(found, Problem):
        return Code(None, (), (found,))
    told = declared.Declared((), None, ())
    problems: list[Problem] = []
    left = _FILES_MAX_BYTES
    for path in files:
        name = path.relative_to(source).as_posix()
        size = path.stat().st_size
        if name != found.path and (size > _FILE_MAX_BYTES or size > left):
            continue  # Python reads it when it is compiled, in a process of its own
        left -= size
        each = _too_large(name) if size > _FILE_MAX_BYTES else _declared(path, name)
        if name == found.path:
            told = each
            problems[:0] = each.problems
        elif each.entry is None:  # other files may declare what they like, but Python must be able to read them
            problems += each.problems
    if found.form is Form.FILE:
        return Code(told.entry, told.settings, tuple(problems))
    return Code(None, told.settings, tuple(problems), found)


def _others(source: Path) -> set[str]:
    return {path.name for path in source.iterdir() if path.is_file()}


def _reader(source: Path) -> start.Read:
    def text(name: str) -> str | None:
        path = source / name
        if not path.is_file() or path.stat().st_size > _TEXT_MAX_BYTES:
            return None
        return path.read_text(encoding="utf-8", errors="replace")

    return text


def _too_large(name: str) -> declared.Declared:
    message = (
        f"This file is larger than {_FILE_MAX_BYTES // 1000} kB. Keep data in a file of its own, which is no code."
    )
    return declared.Declared((), None, (Problem(message, name),))


def _declared(path: Path, name: str) -> declared.Declared:
    content = path.read_bytes()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        line = content[: error.start].count(b"\n") + 1 if isinstance(error, UnicodeDecodeError) else 1
        message = "This file is not valid text in the encoding it claims. Save it as UTF-8."
        return declared.Declared((), None, (Problem(message, name, line),))
    return declared.read(text, name)
