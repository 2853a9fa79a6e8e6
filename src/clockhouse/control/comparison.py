"""What two versions of a component's source have otherwise: the commits between them, and the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from clockhouse.builders.source import File
from clockhouse.control import access, source
from clockhouse.control.parts import Parts
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.build import Commit

MOST_COMMITS = 50
_MOST_SHOWN = 1024 * 1024  # characters of all files together
_MOST_LINES = 5000  # of a file whose lines are compared


class Direction(StrEnum):
    """How one gets from the one commit to the other."""

    SAME = "same"
    FORWARD = "forward"  # `commits` were made since
    BACK = "back"  # `commits` are taken back
    APART = "apart"  # neither leads to the other, as far as one looked


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is not the same. The texts are None where there is none, it is binary, or there is too much.

    `added` and `removed` count lines; None where they were not compared.
    """

    path: str
    kind: Kind
    before: str | None
    after: str | None
    added: int | None
    removed: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """From `before`, None for nothing, to `after`. `commits` are the newest first, at most MOST_COMMITS."""

    before: Commit | None
    after: Commit
    direction: Direction
    commits: Sequence[Commit]
    files: Sequence[FileChange]


def compare(parts: Parts, actor: Actor, project: str, slug: str, *, before: str | None, after: str) -> Comparison:
    """From one commit to another, by their hashes; from nothing when `before` is None.

    Raises NotFound for a commit that is not there, and what a connected repository is in trouble with.
    """
    access.require(actor, Permission.READ, project=project)
    newer, files = source.read(parts, actor, project, slug, commit=after)
    if before is None:
        return Comparison(None, newer, Direction.FORWARD, [newer], _files((), files.files))
    older, earlier = source.read(parts, actor, project, slug, commit=before)
    if before == after:
        return Comparison(older, newer, Direction.SAME, (), ())
    ahead = _between(parts, actor, project, slug, older, newer)
    behind = None if ahead is not None else _between(parts, actor, project, slug, newer, older)
    changed = _files(earlier.files, files.files)
    if ahead is not None:
        return Comparison(older, newer, Direction.FORWARD, ahead, changed)
    if behind is not None:
        return Comparison(older, newer, Direction.BACK, behind, changed)
    return Comparison(older, newer, Direction.APART, (), changed)


def _between(parts: Parts, actor: Actor, project: str, slug: str, old: Commit, new: Commit) -> list[Commit] | None:
    """The commits after `old` up to `new`, newest first; None when they don't lead to it within MOST_COMMITS."""
    earlier = source.commits(parts, actor, project, slug, limit=MOST_COMMITS, before=new.sha)
    line = [new, *earlier]
    at = next((place for place, commit in enumerate(line) if commit.sha == old.sha), None)
    return None if at is None else line[:at]


def _files(before: Sequence[File], after: Sequence[File]) -> list[FileChange]:
    old, new = {file.path: file for file in before}, {file.path: file for file in after}
    found: list[FileChange] = []
    room = _MOST_SHOWN
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path), new.get(path)
        if was is not None and now is not None and (was.text, was.size_bytes) == (now.text, now.size_bytes):
            continue
        texts = (was.text if was else None, now.text if now else None)
        room -= sum(len(text) for text in texts if text is not None)
        kind = Kind.ADDED if was is None else Kind.REMOVED if now is None else Kind.CHANGED
        added, removed = _lines(*texts) if room >= 0 and any(text is not None for text in texts) else (None, None)
        shown = texts if room >= 0 else (None, None)
        found.append(FileChange(path, kind, *shown, added, removed))
    return found


def _lines(before: str | None, after: str | None) -> tuple[int | None, int | None]:
    old, new = (before or "").splitlines(), (after or "").splitlines()
    if max(len(old), len(new)) > _MOST_LINES:
        return None, None
    same = sum(block.size for block in SequenceMatcher(None, old, new).get_matching_blocks())
    return len(new) - same, len(old) - same
