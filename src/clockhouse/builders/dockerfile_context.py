"""The files that a Dockerfile may copy from: the checked-out source, without what .dockerignore leaves out."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from clockhouse.builders.base import Problem
from clockhouse.builders.dockerfile_ignore import Ignored

IGNORE = ".dockerignore"
_FILES_MAX = 100_000
_IGNORE_MAX_BYTES = 256 * 1024
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Context:
    """How much was packed."""

    files: int
    size_bytes: int


def pack(
    source: Path | None, dockerfile: str, into: IO[bytes], *, at_most_bytes: int, written: str | None = None
) -> Context | Problem:
    """Writes the context as a tar archive. Links go as links. Raises OSError when the disk refuses.

    A Dockerfile that is `written` takes the place of what the source has of this name; without a source it goes alone.

    The Dockerfile and .dockerignore always go along: the Engine needs them, and leaves them out itself if they are to
    be. The same source gives the same archive, whoever packs it.
    """
    with tarfile.open(fileobj=into, mode="w", format=tarfile.PAX_FORMAT) as archive:
        if written is not None:
            content = written.encode()
            entry = tarfile.TarInfo(dockerfile)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        packed = Context(0, 0) if source is None else _add(archive, source, dockerfile, at_most_bytes, written)
    into.seek(0)
    return packed


def _add(
    archive: tarfile.TarFile, source: Path, dockerfile: str, at_most_bytes: int, written: str | None
) -> Context | Problem:
    ignore = source / IGNORE
    if ignore.is_file() and ignore.stat().st_size > _IGNORE_MAX_BYTES:
        return Problem(f"{IGNORE} is larger than {_IGNORE_MAX_BYTES // 1024} KiB. Say it with fewer patterns.", IGNORE)
    ignored = Ignored(ignore.read_text(encoding="utf-8", errors="replace") if ignore.is_file() else "")
    files = size = 0
    for path in _paths(source):
        if (path == dockerfile and written is not None) or (
            path not in (dockerfile, IGNORE) and ignored.leaves_out(path)
        ):
            continue
        entry = _plain(archive.gettarinfo(str(source / path), path))
        files, size = files + 1, size + entry.size
        if files > _FILES_MAX or size > at_most_bytes:
            return _too_much(at_most_bytes, has_ignore=ignore.is_file())
        if entry.isreg():
            with (source / path).open("rb") as content:
                archive.addfile(entry, content)
        elif entry.isdir() or entry.issym():
            archive.addfile(entry)
    return Context(files, size)


def _paths(source: Path) -> Iterator[str]:
    """Of everything below, in order; links are not followed."""
    for folder, folders, files in os.walk(source):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        inner = os.path.relpath(folder, source)
        for name in sorted([*files, *folders]):
            yield name if inner == "." else f"{inner}/{name}"
        folders[:] = [name for name in folders if name not in links]


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry


def _too_much(at_most_bytes: int, *, has_ignore: bool) -> Problem:
    do = "Leave out more in .dockerignore" if has_ignore else "Leave out what the image does not need in .dockerignore"
    return Problem(
        f"The source is too large for an image to be built of it: more than {at_most_bytes // _MEGABYTE} MB, "
        f"or more than {_FILES_MAX} files. {do}."
    )
