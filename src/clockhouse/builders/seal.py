"""What makes an artifact one: a digest of what went into it, and a record inside that tells it again."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import stat
from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from clockhouse.builders.base import Built, Entry, Setting

RECORD = "built.json"
COMPILED = ".compiled"  # a folder of a source for what was made of it, and is told by what it was made of

_CHUNK_BYTES = 1024 * 1024


def digest(source: Path, packages: list[str], python: str = platform.python_version()) -> str:
    """64 hexadecimal digits for the files below `source`, the installed `packages` and the version of `python`.

    Compiled files are left out: they differ between builds of the same source.
    """
    told = hashlib.sha256()
    for part in (platform.python_implementation(), python, *sorted(packages)):
        _add(told, part.encode())
    for path in sorted(_files(source)):
        _add(told, path.relative_to(source).as_posix().encode(errors="surrogateescape"))
        _add(told, content(path))
    return told.hexdigest()


def content(path: Path) -> bytes:
    """What tells a file from others: its bytes and whether it is executable; of a symbolic link, where it leads."""
    if path.is_symlink():
        return b"l" + os.fsencode(path.readlink())
    executable = b"x" if path.stat().st_mode & stat.S_IXUSR else b"-"
    return executable + _sha256(path)


def installed(packages: Path) -> list[str]:
    """`name==version` of every distribution in a folder of packages, in order, names spelled one way."""
    found = metadata.distributions(path=[str(packages)])
    names = ((one.metadata["Name"].lower().replace("_", "-").replace(".", "-"), one.version) for one in found)
    return sorted(f"{name}=={version}" for name, version in names)


def write(folder: Path, built: Built) -> None:
    """Leave the record of `built` in `folder`."""
    record = {
        "digest": built.digest,
        "kind": built.kind,
        "entry": asdict(built.entry),
        "settings": [setting.to_json() for setting in built.settings],
        "image": built.image,
        "allows_root": built.allows_root,
    }
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def read(artifact: Path) -> Built | None:
    """What was built at `artifact`; None when there is nothing. Raises ValueError when something else is there."""
    if not artifact.exists():
        return None
    try:
        record = json.loads((artifact / RECORD).read_text(encoding="utf-8"))
        settings = tuple(Setting.from_json(one) for one in record["settings"])
        entry, image = Entry(**record["entry"]), record.get("image")
        return Built(
            record["digest"], entry, settings, record["kind"], image, allows_root=record.get("allows_root", False)
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{artifact} is not an artifact") from error


def _files(source: Path) -> Iterator[Path]:
    made = {"__pycache__", COMPILED}
    found = (path for path in source.rglob("*") if path.is_symlink() or path.is_file())
    return (path for path in found if made.isdisjoint(path.relative_to(source).parts))


def _add(told: hashlib._Hash, part: bytes) -> None:
    # The length in front keeps two parts from being read as one, or one as two.
    told.update(len(part).to_bytes(8) + part)


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
