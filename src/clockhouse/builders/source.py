"""Source code as Git repositories that Clockhouse manages: one bare repository per component, branch main."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dulwich import objects
from dulwich.file import FileLocked
from dulwich.index import commit_tree, validate_path, validate_path_element_hfs, validate_path_element_ntfs
from dulwich.object_store import DiskObjectStore
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from clockhouse.errors import Conflict, Invalid, NotFound, Unavailable

TEXT_MAX_BYTES = 1024 * 1024  # a larger file is neither shown nor saved by the editor

_BRANCH = b"main"
_MAIN = Ref(b"refs/heads/main")
_COMPONENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_SHA = re.compile(r"[0-9a-f]{40}")
_PATH_MAX_BYTES = 1000
_NAME_MAX_BYTES = 255  # what common file systems allow for one part of a path
_FILE_MODE = 0o100644
_STALE_LOCKS_MAX = 1000

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
    """A file of a tree; `text` is None when it is binary or larger than `TEXT_MAX_BYTES`."""

    path: str
    size_bytes: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Tree:
    """Every regular file of one commit, by path. Symbolic links and submodules are left out."""

    sha: str
    files: tuple[File, ...]


class Repositories:
    """The repositories below `root`, each at `<root>/<component>.git`.

    Methods block on the disk. They are safe to call from several threads and processes at once, and a writer that
    was killed leaves a repository that can be read and written. Each raises Unavailable when the disk refuses.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def create(self, component: str, files: Mapping[str, str], *, author: Author, message: str, at: datetime) -> Commit:
        """Make a component's repository with one commit of `files`; all of it or nothing.

        Raises Conflict when it has one already, Invalid for a path or text that cannot be kept.
        """
        blobs = _edits(files)
        folder = self._folder(component)
        staging = self._root / f".{component}.new"
        with _answering():
            self._root.mkdir(parents=True, exist_ok=True)
            with _locked(self._root):
                if folder.exists():
                    raise Conflict("This component has a repository already. Open it instead.", component=component)
                shutil.rmtree(staging, ignore_errors=True)
                try:
                    commit = _founded(staging, blobs, author, message, at)
                    staging.rename(folder)
                finally:
                    shutil.rmtree(staging, ignore_errors=True)
        return commit

    def head(self, component: str) -> Commit | None:
        """The newest commit of main; None when the component has no repository or it has no commit."""
        if not self._folder(component).is_dir():
            return None
        with self._reading(component) as repo:
            sha = _head(repo)
            return None if sha is None else _commit(_find(repo, sha))

    def get(self, component: str, sha: str) -> Commit:
        """The commit of this full hash. Raises NotFound when there is no such commit."""
        with self._reading(component) as repo:
            return _commit(_find(repo, sha))

    def commits(self, component: str, *, limit: int = 50, before: str | None = None) -> list[Commit]:
        """At most `limit` commits of main, newest first, along first parents.

        `before` is the sha of the last commit of the previous page. Raises NotFound when there is no such commit.
        """
        with self._reading(component) as repo:
            sha = _head(repo) if before is None else _parent(_find(repo, before))
            page: list[Commit] = []
            while sha is not None and len(page) < limit:
                found = _find(repo, sha)
                page.append(_commit(found))
                sha = _parent(found)
            return page

    def read(self, component: str, sha: str) -> Tree:
        """The files of one commit. Raises NotFound when there is no such commit."""
        with self._reading(component) as repo:
            files = [
                _file(path, _blob(repo, blob))
                for path, (mode, blob) in _entries(repo, _find(repo, sha)).items()
                if stat.S_ISREG(mode)
            ]
        return Tree(sha, tuple(sorted(files, key=lambda file: file.path)))

    def commit(
        self,
        component: str,
        *,
        parent: str,
        changes: Mapping[str, str | None],
        author: Author,
        message: str,
        at: datetime,
    ) -> Commit:
        """Save `changes` (path to whole text; None deletes) on top of `parent`, and move main to the new commit.

        Raises Conflict when main is no longer at `parent`, Invalid for a path or text that cannot be kept, for
        deleting what is not there, and when nothing would change.
        """
        edits = _edits(changes)
        with self._writing(component) as repo:
            if _head(repo) != parent:
                raise Conflict(
                    "Somebody saved a newer version meanwhile. Load it, then make your change again.",
                    component=component,
                    parent=parent,
                    head=_head(repo),
                )
            return _past_stale_locks(lambda: _commit_edits(repo, parent, edits, author, message, at))

    def check_out(self, component: str, sha: str, folder: Path) -> None:
        """Write the files of one commit below `folder`, which is made and must not exist.

        Symbolic links and submodules are skipped. Raises NotFound when there is no such commit, Invalid when it
        holds a path that would lead outside `folder` or into a Git folder; then `folder` may be half written.
        """
        with self._reading(component) as repo:
            entries = _entries(repo, _find(repo, sha))
            for path in entries:
                if problem := _path_problem(path):
                    raise Invalid(f"This commit cannot be built. {problem}", component=component, commit=sha)
            folder.mkdir()
            for path, (mode, blob) in entries.items():
                if stat.S_ISREG(mode):
                    _write(folder / os.fsdecode(path), _blob(repo, blob), executable=bool(mode & stat.S_IXUSR))

    def remove(self, component: str) -> None:
        """Delete the repository with its history; nothing happens when there is none."""
        folder = self._folder(component)
        trash = self._root / f".{component}.removed"
        if not self._root.is_dir():
            return
        with _answering(), _locked(self._root):
            shutil.rmtree(trash, ignore_errors=True)
            if folder.is_dir():
                with _locked(folder):
                    folder.rename(trash)
                shutil.rmtree(trash)

    def _folder(self, component: str) -> Path:
        if _COMPONENT.fullmatch(component) is None:
            raise NotFound("There is no such component. Choose one from the list.", component=component)
        return self._root / f"{component}.git"

    @contextmanager
    def _reading(self, component: str) -> Iterator[Repo]:
        folder = self._folder(component)
        with _answering():
            if not folder.is_dir():
                raise NotFound("This component has no source code yet. Create some first.", component=component)
            with _opened(folder) as repo:
                yield repo

    @contextmanager
    def _writing(self, component: str) -> Iterator[Repo]:
        with self._reading(component) as repo, _locked(Path(repo.path)):
            yield repo


def _opened(folder: Path) -> Repo:
    # Synced objects: a power cut must not leave a commit whose files are empty.
    store = DiskObjectStore(str(folder / "objects"), fsync_object_files=True)
    return Repo(str(folder), object_store=store, bare=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other writers out. The system releases this lock when the process dies, however it dies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"The source code cannot be read or written: {error.strerror or error}. "
            "Check the free space and the permissions of the data directory.",
            path=error.filename,
        ) from error


def _past_stale_locks(write: Callable[[], Commit]) -> Commit:
    """Run a repeatable write, removing the lock files of a writer that was killed before it could.

    Only for the holder of the repository's own lock: nobody else can be writing, so a lock file is left over.
    """
    for _ in range(_STALE_LOCKS_MAX):
        try:
            return write()
        except FileLocked as locked:
            Path(os.fsdecode(locked.lockfilename)).unlink(missing_ok=True)
    raise Unavailable("The repository stays locked. Stop other programs that write to it, then save again.")


def _founded(folder: Path, blobs: Mapping[bytes, bytes | None], author: Author, message: str, at: datetime) -> Commit:
    folder.mkdir()
    Repo.init_bare(str(folder), default_branch=_BRANCH).close()
    with _opened(folder) as repo:
        return _commit_edits(repo, None, blobs, author, message, at)


def _commit_edits(
    repo: Repo, parent: str | None, edits: Mapping[bytes, bytes | None], author: Author, message: str, at: datetime
) -> Commit:
    before = {} if parent is None else _entries(repo, _find(repo, parent))
    entries = dict(before)
    for path, content in edits.items():
        if content is None:
            _delete(entries, path)
        else:
            entries[path] = _save(repo, content, entries.get(path))
    if parent is not None and entries == before:
        raise Invalid("Nothing changed, so there is nothing to save. Change a file first.")
    _refuse_clashes(entries)
    tree = commit_tree(repo.object_store, [(path, blob, mode) for path, (mode, blob) in entries.items()])
    made = _new_commit(tree, parent, author, message, at)
    repo.object_store.add_object(made)
    expected = None if parent is None else ObjectID(parent.encode())
    if not repo.refs.set_if_equals(_MAIN, expected, made.id):
        raise Conflict("Somebody saved a newer version meanwhile. Load it, then make your change again.", parent=parent)
    return _commit(made)


def _delete(entries: _Entries, path: bytes) -> None:
    if entries.pop(path, None) is None:
        name = os.fsdecode(path)
        raise Invalid("A file to delete is not there. Load the newest version.", {name: "This file does not exist."})


def _save(repo: Repo, content: bytes, old: tuple[int, ObjectID] | None) -> tuple[int, ObjectID]:
    blob = objects.Blob.from_string(content)
    repo.object_store.add_object(blob)
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


def _head(repo: Repo) -> str | None:
    sha = repo.refs.read_loose_ref(_MAIN) or repo.refs.get_packed_refs().get(_MAIN)
    return None if sha is None else sha.decode()


def _find(repo: Repo, sha: str) -> objects.Commit:
    missing = NotFound("There is no such commit. Choose one from the history.", commit=sha)
    if _SHA.fullmatch(sha) is None:
        raise missing
    try:
        found = repo.object_store[ObjectID(sha.encode())]
    except KeyError:
        raise missing from None
    if not isinstance(found, objects.Commit):
        raise missing
    return found


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


def _entries(repo: Repo, commit: objects.Commit) -> _Entries:
    found = repo.object_store.iter_tree_contents(commit.tree)
    return {entry.path: (entry.mode, entry.sha) for entry in found if entry.path and entry.mode and entry.sha}


def _blob(repo: Repo, sha: ObjectID) -> bytes:
    try:
        return repo.object_store[sha].as_raw_string()
    except KeyError:
        raise Unavailable(
            "A part of this repository is missing. Restore it from a backup.", blob=sha.decode()
        ) from None


def _file(path: bytes, content: bytes) -> File:
    return File(path.decode(errors="replace"), len(content), _text(content))


def _text(content: bytes) -> str | None:
    if len(content) > TEXT_MAX_BYTES or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _edits(changes: Mapping[str, str | None]) -> dict[bytes, bytes | None]:
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
    if content is not None and len(content) > TEXT_MAX_BYTES:
        return f"It is larger than {TEXT_MAX_BYTES} bytes. Keep large files outside the source code."
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
