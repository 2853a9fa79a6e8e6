"""What the source code of a task says about itself, read without importing or running any of it."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

from clockhouse.builders.base import Entry, Problem, Setting
from clockhouse.kit import declared

_USUAL_ENTRY = "main.py"


@dataclass(frozen=True, slots=True)
class Code:
    """Where a task starts and what it asks for, or every reason why it cannot be built."""

    entry: Entry | None
    settings: tuple[Setting, ...]
    problems: tuple[Problem, ...]


def read(source: Path) -> Code:
    """Read every Python file below `source`. Raises OSError when the disk refuses."""
    files = sorted(path for path in source.rglob("*.py") if path.is_file())
    start = _entry(source, files)
    if isinstance(start, Problem):
        return Code(None, (), (start,))
    found = declared.Declared((), None, ())
    problems: list[Problem] = []
    for path in files:
        told = _declared(path, path.relative_to(source).as_posix())
        if path == start:
            found = told
            problems[:0] = told.problems
        elif told.entry is None:  # other files may declare what they like, but Python must be able to read them
            problems += told.problems
    return Code(found.entry, found.settings, tuple(problems))


def _entry(source: Path, files: list[Path]) -> Path | Problem:
    usual = source / _USUAL_ENTRY
    if usual in files:
        return usual
    top = [path for path in files if path.parent == source]
    for candidates in (top, files):
        if len(candidates) == 1:
            return candidates[0]
    if not files:
        return Problem(f"There is no Python file to run. Add {_USUAL_ENTRY} with the code of the task.")
    names = ", ".join(path.relative_to(source).as_posix() for path in (top or files)[:5])
    return Problem(
        f"It is not clear which file to run: there is no {_USUAL_ENTRY}, but {names}. Name one of them {_USUAL_ENTRY}."
    )


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
