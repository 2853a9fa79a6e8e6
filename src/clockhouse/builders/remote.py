"""Connected repositories: looked at, fetched into a copy on this disk, and checked out, within limits."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar

from clockhouse.builders import address, detection
from clockhouse.builders.address import Transport
from clockhouse.builders.detection import Detection
from clockhouse.builders.source import Commit, File, Tree
from clockhouse.errors import Invalid, NotFound, Unavailable
from clockhouse.kit import Secret
from clockhouse.model.source import (
    Connection,
    Credential,
    CredentialKind,
    Place,
    SourceKind,
    Track,
    credential_purpose,
)

_PASSED_ON = {"SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
_K = TypeVar("_K")
_V = TypeVar("_V")

_COMPONENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_SHA = re.compile(r"[0-9a-f]{40}")
_KEY_HEAD = re.compile(r"\s*-----BEGIN ([A-Z ]*)PRIVATE KEY-----")
_WORK = ".work"
_MODULE = "clockhouse.builders.fetching"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a repository may take. `file_bytes` bounds all that is fetched at once, and a checkout."""

    file_bytes: int = 512 * 1024**2
    memory_bytes: int = 3 * 1024**3
    look: timedelta = timedelta(seconds=45)
    fetch: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Target:
    """A repository with what opens it; `known_hosts` is who the server of an ssh address was at first."""

    place: Place
    credential: Credential = Credential()
    known_hosts: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found: the newest commit of the branch, or the trouble that it met."""

    sha: str | None
    branch: str = ""
    branches: tuple[str, ...] = ()
    known_hosts: str = ""
    trouble: str | None = None
    field: str | None = None  # what to correct, if that is known


@dataclass(frozen=True, slots=True)
class Fetched:
    """A branch's newest commit is here. `is_same`: its directory is as it was at the commit that was named."""

    commit: Commit
    is_same: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """What a repository holds, for somebody who is about to connect it."""

    branch: str
    branches: tuple[str, ...]
    commit: Commit
    known_hosts: str
    places: Mapping[str, SourceKind]
    detection: Detection


def target(connection: Connection, track: Track, opened: Callable[[str, str], Secret]) -> Target:
    """A connection's repository at a track; `opened` is the vault's: sealed text and purpose to secret."""
    purpose = credential_purpose(connection.component_id)
    secret = None if connection.sealed is None else opened(connection.sealed, purpose)
    credential = Credential(connection.credential_kind, connection.user, secret)
    return Target(connection.place(track), credential, connection.known_hosts)


class Remotes:
    """The copies of connected repositories below `root`, each at `<root>/<component>.git`.

    Methods block on the network and the disk, for no longer than the limits say. Each runs in a child process with
    limits of the system's. They raise Invalid where the address, branch, directory or credential is to be corrected,
    and Unavailable where trying again may help. A path on this server may not be inside `private`.
    """

    def __init__(self, root: Path, *, private: Path | None = None, limits: Limits = Limits()) -> None:
        self._root = root.absolute()
        self._private = private
        self._limits = limits
        self._known = _Known()
        self._children = _Children()
        shutil.rmtree(self._root / _WORK, ignore_errors=True)  # of a server that was killed

    def close(self) -> None:
        """Ends what goes on in child processes, and begins nothing any more: whoever waits gets an Unavailable."""
        self._children.close()

    def check(self, target: Target) -> None:
        """Raises Invalid, before anything is asked of anybody, for what cannot be right."""
        where = address.parse(target.place.url)
        address.check_directory(target.place.directory)
        if target.place.branch:
            address.check_branch(target.place.branch)
        if where.transport is Transport.LOCAL and self._is_private(where.path):
            sentence = "This path is inside the server's own data directory. Use a repository elsewhere."
            raise Invalid(sentence, {"url": sentence})
        _check_credential(target.credential, where.transport)

    def survey(self, target: Target, *, wanted: SourceKind | None = None) -> Survey:
        """Looks at a repository that is not connected yet; an empty branch is the default one."""
        self.check(target)
        directory = target.place.directory
        with self._work() as work:
            names = sorted(detection.READ)
            answer = self._one(target, "survey", self._limits.fetch, mirror=Path(work) / "mirror.git", names=names)
        told = answer["done"]
        paths, texts = told["paths"], told["texts"]
        places = detection.places(paths)
        if texts is None:
            raise _no_directory(directory, places)
        start = f"{directory}/" if directory else ""
        here = {path.removeprefix(start) for path in paths if path.startswith(start)}
        return Survey(
            told["branch"],
            tuple(told["branches"]),
            _commit(told["commit"]),
            answer["known_hosts"],
            places,
            detection.detect(here, texts.get, wanted),
        )

    def look(self, targets: Mapping[str, Target]) -> dict[str, Seen]:
        """The newest commits of several repositories' branches, by the keys of `targets`. Raises nothing."""
        found: dict[str, Seen] = {}
        asked: dict[str, Target] = {}
        for key, target in targets.items():
            try:
                self.check(target)
                asked[key] = target
            except Invalid as error:
                found[key] = Seen(None, trouble=error.sentence, field=next(iter(error.fields), None))
        with self._work() as work:
            orders = [self._order(key, "look", target, Path(work)) for key, target in asked.items()]
            answers = self._run(orders, self._limits.look) if orders else {}
        for key in asked:
            found[key] = _seen(answers.get(key))
        return found

    def fetch(self, component: str, target: Target, *, since: str | None = None) -> Fetched:
        """Brings the branch's newest commits here."""
        self.check(target)
        mirror = self._mirror(component)
        done = self._one(target, "fetch", self._limits.fetch, mirror=mirror, sha=None, since=since)["done"]
        if not done["has_directory"]:
            raise _no_directory(target.place.directory, {})
        return Fetched(_commit(done["commit"]), done["is_same"])

    def get(self, component: str, target: Target, sha: str) -> Commit:
        """The commit of this full hash, fetched if it is not here. Raises NotFound when there is none."""
        if _SHA.fullmatch(sha) is None:
            raise NotFound("There is no such commit. Choose one from the history.", commit=sha)
        known = self._known.commits.get((component, sha, 1, False))
        if known:
            return known[0]
        mirror = self._mirror(component)
        found = self._one(target, "fetch", self._limits.fetch, mirror=mirror, sha=sha)
        commit = _commit(found["done"]["commit"])
        self._known.commits.keep((component, sha, 1, False), [commit])
        return commit

    def commits(self, component: str, target: Target, sha: str, *, limit: int, after: bool) -> list[Commit]:
        """At most `limit` commits from `sha` on (`after`: without it), newest first, as far as they are here."""
        key = (component, sha, limit, after)
        known = self._known.commits.get(key)
        if known is None:
            more = {"mirror": self._mirror(component), "sha": sha, "limit": limit, "after": after}
            known = [_commit(each) for each in self._one(target, "commits", self._limits.fetch, **more)["done"]]
            self._known.commits.keep(key, known)
        return known

    def read(self, component: str, target: Target, sha: str) -> Tree:
        """The files of a commit's directory, fetched if it is not here."""
        key = (component, sha, target.place.directory)
        known = self._known.trees.get(key)
        if known is None:
            found = self._one(target, "read", self._limits.fetch, mirror=self._mirror(component), sha=sha)
            known = Tree(sha, tuple(File(path, size, text) for path, size, text in found["done"]))
            self._known.trees.keep(key, known)
        return known

    def check_out(self, component: str, target: Target, sha: str, folder: Path) -> None:
        """Writes the files of a commit's directory into `folder`, which is made, with submodules."""
        self.check(target)
        more = {"to": str(folder), "most_bytes": self._limits.file_bytes}
        self._one(target, "check_out", self._limits.fetch, mirror=self._mirror(component), sha=sha, **more)

    def remove(self, component: str) -> None:
        """Deletes the copy; nothing happens when there is none."""
        mirror = self._mirror(component)
        shutil.rmtree(mirror, ignore_errors=True)
        mirror.with_name(f"{mirror.name}.lock").unlink(missing_ok=True)

    def _is_private(self, path: str) -> bool:
        return self._private is not None and Path(path).resolve().is_relative_to(self._private.resolve())

    def _mirror(self, component: str) -> Path:
        if _COMPONENT.fullmatch(component) is None:
            raise NotFound("There is no such component. Choose one from the list.", component=component)
        return self._root / f"{component}.git"

    def _work(self) -> tempfile.TemporaryDirectory[str]:
        (self._root / _WORK).mkdir(mode=0o700, parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=self._root / _WORK)

    def _one(self, target: Target, do: str, time_out: timedelta, **more: Any) -> dict[str, Any]:
        """The answer to one order. Raises what its refusal says."""
        with self._work() as work:
            order = self._order("one", do, target, Path(work), **more)
            answer = self._run([order], time_out).get("one")
        if answer is None:
            if order["mirror"] is not None:
                _remove_unfinished(Path(order["mirror"]))
            minutes = time_out.total_seconds() / 60
            raise Unavailable(
                f"The repository was not read within {minutes:.2g} minutes, or needs more memory than it may have. "
                "Try again later, or use a smaller repository."
            )
        if "refused" not in answer:
            return answer
        if answer["field"]:
            raise Invalid(answer["refused"], {answer["field"]: answer["refused"]})
        raise Unavailable(answer["refused"])

    def _order(self, key: str, do: str, target: Target, work: Path, **more: Any) -> dict[str, Any]:
        folder = work / f"{len(list(work.iterdir()))}"
        folder.mkdir(mode=0o700)
        if target.known_hosts:
            (folder / "known_hosts").write_text(target.known_hosts)
        mirror = more.pop("mirror", None)
        return {
            "id": key,
            "do": do,
            "url": target.place.url,
            "branch": target.place.branch or None,
            "directory": target.place.directory,
            "kind": str(target.credential.kind),
            "user": target.credential.user,
            "secret": target.credential.secret.reveal() if target.credential.secret is not None else None,
            "folder": str(folder),
            "off_limits": None if self._private is None else str(self._private.absolute()),
            "mirror": None if mirror is None else str(mirror),
            **more,
        }

    def _run(self, orders: Sequence[Mapping[str, Any]], time_out: timedelta) -> dict[str, dict[str, Any]]:
        """The answers by id; one is missing when time or memory ran out."""
        limits = {
            "memory_bytes": self._limits.memory_bytes,
            "file_bytes": self._limits.file_bytes,
            "seconds": int(time_out.total_seconds()) + 5,  # also of a child whose server was killed
        }
        lines = "".join(f"{json.dumps(each)}\n" for each in (limits, *orders))
        # -I: what is in the working directory, or in PYTHON… variables, is not ours.
        child = self._children.begin(
            [sys.executable, "-I", "-m", _MODULE],
            cwd=self._root,
            env=_environment(self._root / _WORK),
        )
        told = ""
        try:
            told, _ = child.communicate(lines, timeout=time_out.total_seconds())
        except subprocess.TimeoutExpired as expired:
            told = (expired.stdout or b"").decode() if isinstance(expired.stdout, bytes) else expired.stdout or ""
        finally:
            self._children.end(child)
        whole = [line for line in told.splitlines(keepends=True) if line.endswith("\n")]
        answers = [json.loads(line) for line in whole]
        return {answer["id"]: answer for answer in answers}


class _Children:
    """The child processes that there are, each with a process group of its own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._all: set[subprocess.Popen[str]] = set()
        self._is_closed = False

    def begin(self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[str]:
        with self._lock:
            if self._is_closed:
                raise Unavailable("The server is being stopped. Try again in a moment.")
            pipe = subprocess.PIPE
            child = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=pipe,
                stdout=pipe,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                text=True,
            )
            self._all.add(child)
            return child

    def end(self, child: subprocess.Popen[str]) -> None:
        """Ends its whole group, whatever is left of it."""
        with self._lock:
            self._all.discard(child)
            _kill(child)
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            for child in self._all:
                _kill(child)


def _kill(child: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


class _Kept(Generic[_K, _V]):
    """The answers that were asked for last, of what never changes: a page asks again and again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._found: dict[_K, _V] = {}

    def get(self, key: _K) -> _V | None:
        with self._lock:
            found = self._found.pop(key, None)
            if found is not None:
                self._found[key] = found
            return found

    def keep(self, key: _K, value: _V) -> None:
        with self._lock:
            self._found[key] = value
            if len(self._found) > self._most:
                del self._found[next(iter(self._found))]


class _Known:
    """Commits by component, hash, number and whether the first is left out; trees by component, hash, directory."""

    def __init__(self) -> None:
        self.commits = _Kept[tuple[str, str, int, bool], list[Commit]](200)
        self.trees = _Kept[tuple[str, str, str], Tree](8)


def _remove_unfinished(mirror: Path) -> None:
    """What a child that was killed had fetched. Whoever fetches at this moment removes it itself, at first."""
    with suppress(OSError), mirror.with_name(f"{mirror.name}.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in (*mirror.glob("objects/tmp_pack_*"), *mirror.glob("objects/pack/tmp*.pack")):
            left.unlink(missing_ok=True)


def _environment(home: Path) -> dict[str, str]:
    passed = {name: value for name, value in os.environ.items() if name.upper() in _PASSED_ON}
    return {**passed, "PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "LANG": "C.UTF-8"}


def _check_credential(credential: Credential, transport: Transport) -> None:
    sentence = None
    secret = credential.secret.reveal() if credential.secret is not None else ""
    if credential.kind is CredentialKind.TOKEN and transport is not Transport.HTTP:
        sentence = "A token opens an https address. Give a private key for ssh, and nothing for a path."
    elif credential.kind is CredentialKind.SSH_KEY and transport is not Transport.SSH:
        sentence = "A private key opens an ssh address. Give a user and a token for https, and nothing for a path."
    elif credential.kind is not CredentialKind.NONE and not secret.strip():
        sentence = "Give the token or the private key."
    elif credential.kind is CredentialKind.SSH_KEY and not _KEY_HEAD.match(secret):
        sentence = "This is no private key. Give the whole file, from -----BEGIN to the end; not the one named .pub."
    elif credential.kind is CredentialKind.SSH_KEY and _is_locked(secret):
        sentence = "This key is locked by a passphrase, and nobody is there to type it. Give a key without one."
    elif ":" in credential.user or any(ord(letter) < 0x20 for letter in credential.user + secret.strip("\n")):
        is_key = credential.kind is CredentialKind.SSH_KEY and ":" not in credential.user
        sentence = None if is_key else "A user holds no colon, and neither it nor a token a line break."
    if sentence is not None:
        raise Invalid(sentence, {"credential": sentence})


def _is_locked(key: str) -> bool:
    if "ENCRYPTED" in key:
        return True
    if "OPENSSH" not in key:
        return False
    body = "".join(line for line in key.strip().splitlines() if not line.startswith("-----"))
    with suppress(ValueError):
        raw = base64.b64decode(body)
        return raw.startswith(b"openssh-key-v1\0") and raw[19:23] != b"none"
    return False


def _seen(answer: Mapping[str, Any] | None) -> Seen:
    if answer is None:
        return Seen(None, trouble="The repository did not answer in time. The next look tries again.")
    if "refused" in answer:
        return Seen(None, trouble=answer["refused"], field=answer["field"])
    done = answer["done"]
    return Seen(done["sha"], done["branch"], tuple(done["branches"]), answer["known_hosts"])


def _commit(told: Mapping[str, Any]) -> Commit:
    at = datetime.fromtimestamp(min(max(told["at_s"], 0), 253402300799), UTC)
    return Commit(told["sha"], told["message"], told["name"], told["email"], at)


def _no_directory(directory: str, places: Mapping[str, SourceKind]) -> Invalid:
    sentence = f"There is no directory {directory} in the repository."
    if there := [each for each in places if each]:
        sentence += f" There is something to build in {', '.join(there[:5])}."
    return Invalid(sentence, {"directory": sentence})
