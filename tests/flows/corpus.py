"""Real Python source: a sample of the standard library that is the same each time.

`CLOCKHOUSE_CORPUS` names a folder (or several, with colons between) to take all files of instead, and
`CLOCKHOUSE_CORPUS_TIMES` a number by which each sample is to be larger than it usually is.
"""

from __future__ import annotations

import io
import os
import random
import sysconfig
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SEED = 20261122
_AT_MOST_LINES = 250  # longer ones take long; CLOCKHOUSE_CORPUS has them all


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it is, and its text."""

    name: str
    raw: bytes
    text: str
    encoding: str


def sample(count: int, *, seed: int = SEED, at_most_lines: int = _AT_MOST_LINES) -> list[Source]:
    """So many files that decode, or all of the folders that `CLOCKHOUSE_CORPUS` names."""
    chosen = os.environ.get("CLOCKHOUSE_CORPUS")
    if chosen:
        return [source for folder in chosen.split(":") for source in _sources(_files(Path(folder)))]
    files = [file for file in _files(Path(sysconfig.get_paths()["stdlib"])) if "site-packages" not in file.parts]
    random.Random(seed).shuffle(files)
    found = (source for source in _sources(files) if source.text.count("\n") <= at_most_lines)
    times = int(os.environ.get("CLOCKHOUSE_CORPUS_TIMES", "1"))
    return [source for source, _ in zip(found, range(count * times), strict=False)]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def _sources(files: list[Path]) -> Iterator[Source]:
    for file in files:
        raw = file.read_bytes()
        try:
            encoding = tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
            encoding = "utf-8" if encoding == "utf-8-sig" else encoding
            text = raw.decode(encoding)
        except (SyntaxError, UnicodeDecodeError, LookupError):
            continue  # some files of the standard library's own tests are not meant to be read
        if text.strip():
            yield Source(str(file), raw, text, encoding)
