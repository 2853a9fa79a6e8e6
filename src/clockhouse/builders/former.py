"""Sources as an earlier version kept them: a bare Git repository for each component, in the data directory."""

from __future__ import annotations

import zlib
from contextlib import suppress
from itertools import islice
from pathlib import Path

from dulwich.errors import ChecksumMismatch, FileFormatException, NotGitRepository
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from clockhouse.builders.source import Objects
from clockhouse.errors import Unavailable

_MAIN = Ref(b"refs/heads/main")
_SUFFIX = ".git"
_AT_ONCE = 50  # objects in memory
_UNREADABLE = (OSError, KeyError, ValueError, zlib.error, NotGitRepository, ChecksumMismatch, FileFormatException)


def found(root: Path) -> dict[str, Path]:
    """The repositories below `root`, by the component's id."""
    return {folder.name.removesuffix(_SUFFIX): folder for folder in sorted(root.glob(f"[!.]*{_SUFFIX}"))}


def copy(folder: Path, kept: Objects) -> None:
    """Copy all objects of a repository, and where main is. Raises Unavailable when it cannot be read."""
    try:
        with Repo(str(folder), bare=True) as repo:
            shas = iter(list(repo.object_store))
            head = repo.refs.read_ref(_MAIN)
            kept.begin()
            while several := list(islice(shas, _AT_ONCE)):
                kept.add({sha.decode(): _raw(repo, sha) for sha in several})
            if head is not None:
                kept.move(None, head.decode())
    except _UNREADABLE as error:
        raise Unavailable(f"The repository {folder} cannot be read: {error}.") from error


def put_aside(folder: Path) -> None:
    """Move it into a folder beside the one that it is in, named `….migrated`, and remove that when it is empty."""
    root = folder.parent
    aside = root.with_name(f"{root.name}.migrated")
    with suppress(OSError):  # the next start tries again
        aside.mkdir(exist_ok=True)
        folder.rename(aside / folder.name)
        root.rmdir()


def _raw(repo: Repo, sha: ObjectID) -> tuple[int, bytes]:
    found = repo.object_store[sha]  # which looks whether it is what its sha says
    return found.type_num, found.as_raw_string()
