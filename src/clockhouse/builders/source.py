"""Source code as Git repositories that Clockhouse manages: one for each component, with the branch main."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from dulwich import objects
from dulwich.errors import ChecksumMismatch, FileFormatException
from dulwich.index import commit_tree, validate_path, validate_path_element_hfs, validate_path_element_ntfs
from dulwich.object_store import BaseObjectStore
from dulwich.objects import ObjectID, RawObjectID

from clockhouse.builders import readable
from clockhouse.errors import Conflict, Invalid, NotFound, Unavailable

_SHA = re.compile(r"[0-9a-f]{40}")
_PATH_MAX_BYTES = 1000
_NAME_MAX_BYTES = 255  # what common file systems allow for one part of a path
_FILE_MODE = 0o100644
_AT_ONCE = 50  # blobs in memory, of up to a mebibyte each

_Entries = dict[bytes, tuple[int, ObjectID]]  # path -> mode, blob


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a commit."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One saved version. `at` is UTC, to the second."""

    sha: str
    message: str
    author_name: str
    author_email: str
    at: datetime


@dataclass(frozen=True, slots=True)
class File:
    """A file of a tree; `text` is None when it is binary or larger than `readable.TEXT_MAX_BYTES`."""

    path: str
    size_bytes: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Tree:
    """Every regular file of one commit, by path. Symbolic links and submodules are left out."""

    sha: str
    files: tuple[File, ...]


class Objects(Protocol):
    """Whoever keeps one component's Git objects, within one transaction: all that is written, or nothing of it."""

    def begin(self) -> bool:
        """Makes an empty repository; False when there is one already."""
        ...

    def head(self) -> str | None:
        """The commit that main is at; None when there is no repository, or no commit in it."""
        ...

    def move(self, expected: str | None, to: str) -> bool:
        """Moves main from `expected` to another commit; False when it is not at `expected` any more."""
        ...

    def find(self, shas: Collection[str]) -> Mapping[str, tuple[int, bytes]]:
        """Kind (as Git numbers them) and content of these objects, by sha; those that are not there are left out."""
        ...

    def add(self, objects: Mapping[str, tuple[int, bytes]]) -> None:
        """Keeps these objects, as far as they are not there yet."""
        ...


class Repository:
    """One component's source, in the transaction that `kept` is of.

    An error of a method that writes must end that transaction without a commit. Each raises Unavailable when a part of
    the repository is missing or damaged.
    """

    def __init__(self, kept: Objects) -> None:
        self._kept = kept
        self._store = _Store(kept)

    def create(self, files: Mapping[str, str], *, author: Author, message: str, at: datetime) -> Commit:
        """Make the repository with one commit of `files`.

        Raises Conflict when there is one already, Invalid for a path or text that cannot be kept.
        """
        blobs = encoded(files)
        if not self._kept.begin():
            raise Conflict("This component has a repository already. Open it instead.")
        return self._commit_edits(None, blobs, author, message, at)

    def head(self) -> Commit | None:
        """The newest commit of main; None when the component has no repository."""
        sha = self._kept.head()
        return None if sha is None else _commit(self._find(sha))

    def get(self, sha: str) -> Commit:
        """The commit of this full hash. Raises NotFound when there is no such commit."""
        return _commit(self._find(sha))

    def commits(self, *, limit: int = 50, before: str | None = None) -> list[Commit]:
        """At most `limit` commits of main, newest first, along first parents.

        `before` is the sha of the last commit of the previous page. Raises NotFound when there is no such commit, and
        when there is no repository.
        """
        sha = self._head() if before is None else _parent(self._find(before))
        page: list[Commit] = []
        while sha is not None and len(page) < limit:
            found = self._find(sha)
            page.append(_commit(found))
            sha = _parent(found)
        return page

    def read(self, sha: str) -> Tree:
        """The files of one commit. Raises NotFound when there is no such commit."""
        regular = self._regular(self._store.entries(self._find(sha)))
        files = [_file(path, content) for path, _, content in self._contents(regular)]
        return Tree(sha, tuple(sorted(files, key=lambda file: file.path)))

    def commit(
        self, *, parent: str, changes: Mapping[str, str | None], author: Author, message: str, at: datetime
    ) -> Commit:
        """Save `changes` (path to whole text; None deletes) on top of `parent`, and move main to the new commit.

        Raises Conflict when main is no longer at `parent`, Invalid for a path or text that cannot be kept, for
        deleting what is not there, and when nothing would change; NotFound when there is no repository.
        """
        edits = encoded(changes)
        head = self._head()
        if head != parent:
            raise Conflict(_SAVED_MEANWHILE, parent=parent, head=head)
        return self._commit_edits(parent, edits, author, message, at)

    def check_out(self, sha: str, folder: Path) -> None:
        """Write the files of one commit below `folder`, which is made and must not exist.

        Symbolic links and submodules are skipped. Raises NotFound when there is no such commit, Invalid when it
        holds a path that would lead outside `folder` or into a Git folder, Unavailable when the disk refuses; then
        `folder` may be half written.
        """
        entries = self._store.entries(self._find(sha))
        for path in entries:
            if problem := _path_problem(path):
                raise Invalid(f"This commit cannot be built. {problem}", commit=sha)
        with _answering():
            folder.mkdir()
            for path, mode, content in self._contents(self._regular(entries)):
                _write(folder / os.fsdecode(path), content, executable=bool(mode & stat.S_IXUSR))

    def _head(self) -> str:
        sha = self._kept.head()
        if sha is None:
            raise NotFound("This component has no source code yet. Create some first.")
        return sha

    def _find(self, sha: str) -> objects.Commit:
        missing = NotFound("There is no such commit. Choose one from the history.", commit=sha)
        if _SHA.fullmatch(sha) is None:
            raise missing
        try:
            found = self._store[ObjectID(sha.encode())]
        except KeyError:
            raise missing from None
        if not isinstance(found, objects.Commit):
            raise missing
        return found

    @staticmethod
    def _regular(entries: _Entries) -> _Entries:
        return {path: (mode, blob) for path, (mode, blob) in entries.items() if stat.S_ISREG(mode)}

    def _contents(self, entries: _Entries) -> Iterator[tuple[bytes, int, bytes]]:
        """Path, mode and content of each, a few of them in memory at a time."""
        paths = list(entries)
        for start in range(0, len(paths), _AT_ONCE):
            chosen = paths[start : start + _AT_ONCE]
            blobs = self._store.several(entries[path][1] for path in chosen)
            for path in chosen:
                mode, blob = entries[path]
                yield path, mode, blobs[blob].as_raw_string()

    def _commit_edits(
        self, parent: str | None, edits: Mapping[bytes, bytes | None], author: Author, message: str, at: datetime
    ) -> Commit:
        before = {} if parent is None else self._store.entries(self._find(parent))
        entries = dict(before)
        for path, content in edits.items():
            if content is None:
                _delete(entries, path)
            else:
                entries[path] = _save(self._store, content, entries.get(path))
        if parent is not None and entries == before:
            raise Invalid("Nothing changed, so there is nothing to save. Change a file first.")
        _refuse_clashes(entries)
        tree = commit_tree(self._store, [(path, blob, mode) for path, (mode, blob) in entries.items()])
        made = _new_commit(tree, parent, author, message, at)
        self._store.add_object(made)
        self._store.keep_added()
        if not self._kept.move(parent, made.id.decode()):
            raise Conflict(_SAVED_MEANWHILE, parent=parent)
        return _commit(made)


_SAVED_MEANWHILE = "Somebody saved a newer version meanwhile. Load it, then make your change again."
_MISSING = "A part of this repository is missing. Restore the database from a backup."
_DAMAGED = "A part of this repository is damaged. Restore the database from a backup."


class _Store(BaseObjectStore):
    """The objects as the Git library asks for them; what it adds is kept all at once, at the end."""

    def __init__(self, kept: Objects) -> None:
        super().__init__()
        self._kept = kept
        self._added: dict[str, tuple[int, bytes]] = {}

    def contains_loose(self, sha: ObjectID) -> bool:
        return sha.decode() in self._added or bool(self._kept.find([sha.decode()]))

    def get_raw(self, name: RawObjectID | ObjectID) -> tuple[int, bytes]:
        """Raises KeyError when there is no such object."""
        sha = name.decode()
        return self._added[sha] if sha in self._added else self._kept.find([sha])[sha]

    def __getitem__(self, sha1: ObjectID | RawObjectID) -> objects.ShaFile:
        with _readable(sha1):
            return super().__getitem__(sha1)

    def add_object(self, obj: objects.ShaFile) -> None:
        self._added[obj.id.decode()] = obj.type_num, obj.as_raw_string()

    def keep_added(self) -> None:
        self._kept.add(self._added)
        self._added = {}

    def several(self, shas: Iterable[ObjectID]) -> dict[ObjectID, objects.ShaFile]:
        """These objects, in one go. Raises Unavailable when one of them is missing."""
        wanted = set(shas)
        found = self._kept.find([sha.decode() for sha in wanted])
        several = {}
        for sha in wanted:
            if sha.decode() not in found:
                raise Unavailable(_MISSING, sha=sha.decode())
            with _readable(sha):
                several[sha] = objects.ShaFile.from_raw_string(*found[sha.decode()], verify_sha=sha)
        return several

    def entries(self, commit: objects.Commit) -> _Entries:
        """What a commit holds, folders aside; level by level, since each question takes a while."""
        entries: _Entries = {}
        level = [(b"", commit.tree)]
        while level:
            trees = self.several(sha for _, sha in level)
            below = []
            for folder, tree in level:
                for path, mode, sha in _items(trees[tree]):
                    if stat.S_ISDIR(mode):
                        below.append((folder + path + b"/", sha))
                    else:
                        entries[folder + path] = mode, sha
            level = below
        return entries


def _items(tree: objects.ShaFile) -> list[tuple[bytes, int, ObjectID]]:
    if not isinstance(tree, objects.Tree):
        raise Unavailable(_DAMAGED, sha=tree.id.decode())
    return [(item.path, item.mode, item.sha) for item in tree.iteritems() if item.path and item.mode and item.sha]


@contextmanager
def _readable(sha: bytes) -> Iterator[None]:
    try:
        yield
    except (ChecksumMismatch, FileFormatException) as error:
        raise Unavailable(_DAMAGED, sha=sha.decode(errors="replace")) from error


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"The source code cannot be written: {error.strerror or error}. "
            "Check the free space and the permissions of the data directory.",
            path=error.filename,
        ) from error


def _delete(entries: _Entries, path: bytes) -> None:
    if entries.pop(path, None) is None:
        name = os.fsdecode(path)
        raise Invalid("A file to delete is not there. Load the newest version.", {name: "This file does not exist."})


def _save(store: _Store, content: bytes, old: tuple[int, ObjectID] | None) -> tuple[int, ObjectID]:
    blob = objects.Blob.from_string(content)
    store.add_object(blob)
    mode = old[0] if old is not None and stat.S_ISREG(old[0]) else _FILE_MODE
    return mode, blob.id


def _refuse_clashes(entries: _Entries) -> None:
    for path in entries:
        parts = path.split(b"/")
        for length in range(1, len(parts)):
            folder = b"/".join(parts[:length])
            if folder in entries:
                name = os.fsdecode(folder)
                raise Invalid(
                    "A name cannot be both a file and a folder.", {name: f"{os.fsdecode(path)} is inside it."}
                )


def _new_commit(tree: ObjectID, parent: str | None, author: Author, message: str, at: datetime) -> objects.Commit:
    text = message.strip()
    if not text or "\0" in text:
        raise Invalid("Say in a few words what changed.", {"message": "A message of plain text is needed."})
    made = objects.Commit()
    made.tree = tree
    made.parents = [] if parent is None else [ObjectID(parent.encode())]
    made.author = made.committer = f"{_named(author.name)} <{_named(author.email)}>".encode(errors="replace")
    made.author_time = made.commit_time = int(at.timestamp())
    made.author_timezone = made.commit_timezone = 0
    made.encoding = b"UTF-8"
    made.message = f"{text}\n".encode(errors="replace")
    return made


def _named(part: str) -> str:
    """`part` without what would end a name or an address in a commit."""
    return re.sub(r"[<>\x00-\x1f]", "", part).strip()


def _parent(commit: objects.Commit) -> str | None:
    return commit.parents[0].decode() if commit.parents else None


def _commit(found: objects.Commit) -> Commit:
    name, _, email = found.author.decode(errors="replace").rpartition(" <")
    return Commit(
        sha=found.id.decode(),
        message=found.message.decode(errors="replace").strip(),
        author_name=name,
        author_email=email.removesuffix(">"),
        at=datetime.fromtimestamp(found.author_time, UTC),
    )


def _file(path: bytes, content: bytes) -> File:
    return File(path.decode(errors="replace"), len(content), readable.text(content))


def encoded(changes: Mapping[str, str | None]) -> dict[bytes, bytes | None]:
    """`changes` as they are stored. Raises Invalid with a sentence for each path that cannot be."""
    edits: dict[bytes, bytes | None] = {}
    fields: dict[str, str] = {}
    for path, text in changes.items():
        try:
            name, content = path.encode(), None if text is None else text.encode()
        except UnicodeEncodeError:
            fields[path] = "It holds characters that are not valid Unicode."
            continue
        problem = _path_problem(name) or _content_problem(content)
        if problem is None:
            edits[name] = content
        else:
            fields[path] = problem
    if fields:
        raise Invalid("Some files cannot be saved. Correct them and save again.", fields)
    return edits


def _content_problem(content: bytes | None) -> str | None:
    if content is not None and len(content) > readable.TEXT_MAX_BYTES:
        return f"It is larger than {readable.TEXT_MAX_BYTES} bytes. Keep large files outside the source code."
    return None


def _path_problem(path: bytes) -> str | None:
    """Why a path may not be written, as a sentence; None when it may."""
    shown = path[:100].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    if not path or len(path) > _PATH_MAX_BYTES or any(len(part) > _NAME_MAX_BYTES for part in path.split(b"/")):
        return f"The path “{shown}” is empty or too long. Choose a shorter one."
    if b"\\" in path or any(byte < 0x20 or byte == 0x7F for byte in path):
        return f"The path “{shown}” holds a backslash or a control character. Separate folders by /."
    if not validate_path(path, validate_path_element_ntfs) or not validate_path(path, validate_path_element_hfs):
        return f"The path “{shown}” is not inside the source folder, or is Git's own. Write it like folder/file.py."
    return None


def _write(path: Path, content: bytes, *, executable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Exclusive and never through a link: the folder is new, so anything in the way was put there by somebody else.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o777 if executable else 0o666), "wb") as file:
        file.write(content)
