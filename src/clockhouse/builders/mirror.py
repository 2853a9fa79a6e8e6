"""A copy of a stranger's repository on this disk: fetched into, looked at, and checked out without trusting it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from dulwich import objects
from dulwich.config import ConfigFile, parse_submodules
from dulwich.index import validate_path, validate_path_element_hfs, validate_path_element_ntfs
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from clockhouse.builders import address, readable, transport
from clockhouse.builders.transport import Access, Refused
from clockhouse.errors import Invalid

HISTORY = 50  # commits that a first fetch asks for
_TEXTS_MAX_BYTES = 20 * 1024 * 1024  # of all that is shown of a commit
_FILES_MAX = 50_000
_PATH_MAX_BYTES = 4096
_SUBMODULES_MAX = 50
_DEPTH_MAX = 5
_PACKS_MAX = 100
_PACKS_MAX_BYTES = 2 * 1024**3  # of one mirror, before the next fetch
_BRANCH = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a checkout may take: bytes of all its files together."""

    most_bytes: int


@dataclass(slots=True)
class _Budget:
    """What is left of the limits while a checkout goes on."""

    bytes: int
    files: int = _FILES_MAX
    submodules: int = _SUBMODULES_MAX

    def take(self, size: int) -> None:
        self.bytes -= size
        self.files -= 1
        if self.bytes < 0 or self.files < 0:
            raise Refused("The source is larger than this server takes. Keep large files outside of it.")


@contextmanager
def opened(folder: Path) -> Iterator[Repo]:
    """The repository at `folder`, made when there is none."""
    if not (folder / "HEAD").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        Repo.init_bare(str(folder)).close()
    repo = Repo(str(folder), bare=True)
    repo.object_store.pack_compression_level = 1  # of what comes from a path here: quick, since it can be had again
    try:
        yield repo
    finally:
        repo.close()


def fetch(folder: Path, access: Access, *, branch: str | None, sha: str | None, depth: int | None = HISTORY) -> str:
    """Brings a branch (None: the default one), or the commit `sha`, into the mirror; the commit. Raises Refused.

    Only the last `depth` commits of a branch come with it; one that is older is asked for by itself, and where a server
    gives none by itself, with the whole branch.
    """
    with opened(folder) as repo:
        if sha is not None and _has(repo, sha):
            return sha
        _remove_unfinished(folder)
        if sha is None:
            return _fetch_branch(repo, access, branch, depth)
        try:
            return _fetch_wanted(repo, access, sha, 1)
        except Exception:  # whatever a server says to a commit that it does not give by itself
            _remove_unfinished(folder)
            _fetch_branch(repo, access, branch, None)
        if not _has(repo, sha):
            raise Refused("This commit is not in the repository any more. Build a newer one.")
        return sha


def begin_anew_when_worn(folder: Path) -> None:
    """Each fetch adds a pack, and old history stays: after many, or much, it is made anew. For its only writer."""
    sizes = [pack.stat().st_size for pack in folder.glob("**/objects/pack/*.pack")]  # also of submodules
    if len(sizes) > _PACKS_MAX or sum(sizes) > _PACKS_MAX_BYTES:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_unfinished(folder: Path) -> None:
    """What fetches left that were killed, or met a damaged pack: nothing else ever removes it."""
    for left in (*folder.glob("objects/tmp_pack_*"), *folder.glob("objects/pack/tmp*.pack")):
        left.unlink(missing_ok=True)


def _fetch_branch(repo: Repo, access: Access, branch: str | None, depth: int | None) -> str:
    chosen: list[str] = []

    def wants(refs: dict[Ref, ObjectID], *_: object, **__: object) -> list[ObjectID]:
        name, sha = tip(transport.heads(refs), refs, branch)
        chosen[:] = [name, sha]
        is_enough = depth is not None or not repo.get_shallow()
        return [] if _has(repo, sha) and is_enough else [ObjectID(sha.encode())]

    try:
        _transfer(repo, access, wants, depth)
    except Refused:
        _remove_unfinished(Path(repo.path))  # half a gigabyte, perhaps
        raise
    name, sha = chosen
    repo.refs[Ref(f"{_BRANCH}{name}".encode())] = ObjectID(sha.encode())
    return sha


def _fetch_wanted(repo: Repo, access: Access, sha: str, depth: int) -> str:
    _transfer(repo, access, lambda *_, **__: [ObjectID(sha.encode())], depth)
    if not _has(repo, sha):
        raise Refused("This commit is not in the repository any more. Build a newer one.")
    return sha


def _transfer(repo: Repo, access: Access, wants: object, depth: int | None) -> None:
    try:
        client, path = transport.client(access)
        client.fetch(path, repo, wants, depth=depth if depth is not None else 2**31 - 1)  # type: ignore[arg-type]
    except Exception as error:
        raise transport.explained(error, access) from error


def tip(heads: dict[str, str], refs: dict[Ref, ObjectID], branch: str | None) -> tuple[str, str]:
    """The branch and its newest commit; of the default branch when none is named. Raises Refused."""
    if not heads:
        raise Refused("The repository is empty. Push a first commit to it.", "url")
    if branch is not None:
        if branch in heads:
            return branch, heads[branch]
        known = ", ".join(sorted(heads)[:8])
        raise Refused(f"There is no branch {branch} in the repository. There are: {known}.", "branch")
    head = refs.get(Ref(b"HEAD"))
    same = [name for name, sha in heads.items() if head is not None and sha == head.decode()]
    for name in ("main", "master"):
        if name in same or (not same and name in heads):
            return name, heads[name]
    name = min(same or heads)
    return name, heads[name]


def has(folder: Path, sha: str) -> bool:
    """Whether the commit is here."""
    if not (folder / "HEAD").exists():
        return False
    with opened(folder) as repo:
        return _has(repo, sha)


def commits(folder: Path, sha: str, limit: int, *, after: bool = False) -> list[objects.Commit]:
    """At most `limit` from `sha` on (`after` leaves it out), newest first, along first parents, as far as they came."""
    with opened(folder) as repo:
        found: list[objects.Commit] = []
        at: str | None = sha
        while at is not None and len(found) < limit + after and _has(repo, at):
            commit = _commit(repo, at)
            found.append(commit)
            at = commit.parents[0].decode() if commit.parents else None
        return found[1:] if after else found


def directory_id(folder: Path, sha: str, directory: str) -> str | None:
    """What tells two states of a directory apart; None when there is no such directory or commit."""
    with opened(folder) as repo:
        if not _has(repo, sha):
            return None
        try:
            return _tree(repo, sha, directory).id.decode()
        except Refused:
            return None


def paths(folder: Path, sha: str, directory: str) -> list[str]:
    """The files of a commit below a directory, in order. Raises Refused when there is no such directory."""
    with opened(folder) as repo:
        return sorted(os.fsdecode(path) for path, mode, _ in _entries(repo, _tree(repo, sha, directory)) if mode)


def texts(
    folder: Path, sha: str, directory: str, only: frozenset[str] | None = None
) -> list[tuple[str, int, str | None]]:
    """Path, size in bytes, and text of each regular file (None of one that is binary or too large)."""
    left = _TEXTS_MAX_BYTES
    found: list[tuple[str, int, str | None]] = []
    with opened(folder) as repo:
        for path, mode, blob in _entries(repo, _tree(repo, sha, directory)):
            name = path.decode(errors="replace")
            if not stat.S_ISREG(mode) or (only is not None and name not in only):
                continue
            content = _blob(repo, blob)
            shown = readable.text(content) if len(content) <= left else None
            left -= len(content) if shown is not None else 0
            found.append((name, len(content), shown))
    return sorted(found, key=lambda each: each[0])


def check_out(folder: Path, access: Access, sha: str, directory: str, to: Path, limits: Limits) -> None:
    """Writes the files of a commit below `directory` into the new folder `to`, submodules included. Raises Refused.

    Nothing is ever written outside of `to`, and no symbolic link in it leads out.
    """
    budget = _Budget(limits.most_bytes)
    try:
        _write_tree(folder, access, sha, directory, to, budget, (f"{access.url} {sha}",))
        _refuse_links_out(to)
    except BaseException:
        shutil.rmtree(to, ignore_errors=True)
        raise


def _write_tree(
    folder: Path, access: Access, sha: str, directory: str, to: Path, budget: _Budget, chain: tuple[str, ...]
) -> None:
    with opened(folder) as repo:
        tree = _tree(repo, sha, directory)
        links: list[tuple[Path, bytes]] = []
        modules: list[tuple[str, str]] = []
        to.mkdir(parents=True, exist_ok=len(chain) > 1)
        for path, mode, blob in _entries(repo, tree):
            _refuse_bad_path(path)
            place = to / os.fsdecode(path)
            if stat.S_ISREG(mode):
                content = _blob(repo, blob)
                budget.take(len(content))
                _write(place, content, executable=bool(mode & stat.S_IXUSR))
            elif stat.S_ISLNK(mode):
                budget.take(0)
                links.append((place, _blob(repo, blob)))
            else:
                modules.append((os.fsdecode(path), blob.decode()))
        declared = _declared_modules(repo, sha) if modules else {}
    for inside, commit in modules:
        whole = f"{directory}/{inside}" if directory else inside
        _write_module(folder, access, declared.get(whole), commit, to / inside, budget, chain)
    for place, target in links:  # last, so that nothing is written through one
        place.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, place)


def _write_module(
    folder: Path, access: Access, url: str | None, sha: str, to: Path, budget: _Budget, chain: tuple[str, ...]
) -> None:
    if url is None:
        raise Refused(f"The submodule {to.name} is not named in .gitmodules. Add it there, or remove it.")
    budget.submodules -= 1
    try:
        whole = address.joined(access.url, url)
        theirs = access.at(whole)
        is_local = address.parse(whole).transport is address.Transport.LOCAL
    except Invalid as error:
        raise Refused(f"The submodule {to.name} has no address that can be used. {error.sentence}") from None
    # As Git itself: what somebody pushed elsewhere does not choose among the files of this server.
    if is_local and access.address.transport is not address.Transport.LOCAL:
        raise Refused(f"The submodule {to.name} is at a path of this server, which only a local repository may name.")
    link = f"{whole} {sha}"
    if link in chain or len(chain) > _DEPTH_MAX or budget.submodules < 0:
        raise Refused(f"The submodules of this repository lead in a circle or too deep (at {to.name}).")
    modules = folder / "modules"
    mirror = modules / objects.Blob.from_string(whole.encode()).id.decode()
    try:
        fetch(mirror, theirs, branch=None, sha=sha)
    except Refused as error:
        raise Refused(f"The submodule {to.name} cannot be had. {error.sentence}") from None
    _write_tree(mirror, theirs, sha, "", to, budget, (*chain, link))


def _declared_modules(repo: Repo, sha: str) -> dict[str, str]:
    """Addresses by path, as .gitmodules at the root says."""
    root = _tree(repo, sha, "")
    entry = next((entry for entry in root.items() if entry.path == b".gitmodules"), None)
    if entry is None or not stat.S_ISREG(entry.mode):
        return {}
    try:
        config = ConfigFile.from_file(BytesIO(_blob(repo, entry.sha)), expand_includes=False)
        return {os.fsdecode(path): os.fsdecode(url) for path, url, _ in parse_submodules(config)}
    except ValueError as error:
        raise Refused(f"The file .gitmodules cannot be read: {error}.") from None


def _refuse_links_out(folder: Path) -> None:
    root = os.path.realpath(folder)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                continue
            target = os.readlink(path)
            end = os.path.realpath(path)
            if os.path.isabs(target) or (end != root and not end.startswith(root + os.sep)):
                shown = os.path.relpath(path, folder)
                raise Refused(f"The symbolic link {shown} leads out of the source (to {target}). Remove it.")


def _refuse_bad_path(path: bytes) -> None:
    bad = b"\\" in path or any(byte < 0x20 or byte == 0x7F for byte in path) or len(path) > 1000
    if bad or not validate_path(path, validate_path_element_ntfs) or not validate_path(path, validate_path_element_hfs):
        shown = path[:100].decode(errors="replace")
        raise Refused(f"The path “{shown}” in the repository leads out of the source, or is Git's own. Rename it.")


def _write(path: Path, content: bytes, *, executable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o777 if executable else 0o666), "wb") as file:
        file.write(content)


def _entries(repo: Repo, tree: objects.Tree) -> Iterator[tuple[bytes, int, ObjectID]]:
    """Path, mode and id of everything below a tree that is no folder. Raises Refused when there is too much."""
    waiting = [(b"", tree)]
    count = 0
    while waiting:
        prefix, at = waiting.pop()
        for entry in at.items():
            count += 1
            path = prefix + entry.path
            if count > _FILES_MAX or len(path) > _PATH_MAX_BYTES:
                raise Refused(f"The source has more than {_FILES_MAX} files, or too long a path. Take some out of it.")
            if stat.S_ISDIR(entry.mode):
                waiting.append((path + b"/", _object(repo, entry.sha, objects.Tree)))
            else:
                yield path, entry.mode, entry.sha


def _tree(repo: Repo, sha: str, directory: str) -> objects.Tree:
    tree = _object(repo, _commit(repo, sha).tree, objects.Tree)
    for part in directory.encode().split(b"/") if directory else ():
        entry = next((entry for entry in tree.items() if entry.path == part), None)
        if entry is None or not stat.S_ISDIR(entry.mode):
            raise Refused(f"There is no directory {directory} in the repository, at this commit.", "directory")
        tree = _object(repo, entry.sha, objects.Tree)
    return tree


def _commit(repo: Repo, sha: str) -> objects.Commit:
    try:
        found = repo.object_store[ObjectID(sha.encode())]
    except KeyError:
        found = None
    if not isinstance(found, objects.Commit):
        raise Refused("There is no such commit here. Look for new commits, then choose one of the list.")
    return found


def _object(repo: Repo, sha: ObjectID, kind: type[objects.Tree]) -> objects.Tree:
    try:
        found = repo.object_store[sha]
    except KeyError:
        found = None
    if not isinstance(found, kind):
        raise Refused("The repository is damaged: a folder of it is missing.")
    return found


def _blob(repo: Repo, sha: ObjectID) -> bytes:
    try:
        return repo.object_store[sha].as_raw_string()
    except KeyError:
        raise Refused("The repository is damaged: a file of it is missing.") from None


def _has(repo: Repo, sha: str) -> bool:
    return ObjectID(sha.encode()) in repo.object_store
