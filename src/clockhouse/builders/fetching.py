"""The program that speaks Git to strangers: a child process with limits of the system's, told orders as lines of JSON.

Whatever a repository does to it (it never ends, it inflates without end, it crashes a library), the server goes on.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dulwich.objects import Commit

from clockhouse.builders import mirror, transport
from clockhouse.builders.transport import Access, Refused

_AT_ONCE = 8
_MESSAGE_MAX_BYTES = 4_000  # of a commit; the server keeps what it is told in memory
_NAME_MAX = 200


def main() -> None:
    """Answers each line of the input by one of the output, in any order; `id` says which belong together."""
    first, *orders = [json.loads(line) for line in sys.stdin]
    _limit(first["memory_bytes"], first["file_bytes"])
    signal.alarm(first["seconds"])
    with ThreadPoolExecutor(min(_AT_ONCE, len(orders)) or 1) as threads:
        # As they come: whoever ends this for the sake of one that never answers has those of the others.
        for answering in as_completed([threads.submit(_answer, order) for order in orders]):
            sys.stdout.write(json.dumps(answering.result()) + "\n")
            sys.stdout.flush()


def _limit(memory: int, file: int) -> None:
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, file), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    try:
        done = _ORDERS[order["do"]](order)
        return {"id": order["id"], "done": done, "known_hosts": _known_hosts(order)}
    except Refused as error:
        return {"id": order["id"], "refused": error.sentence, "field": error.field}
    except Exception as error:
        refused = transport.explained(error, _access(order))
        return {"id": order["id"], "refused": refused.sentence, "field": refused.field}


def _access(order: dict[str, Any]) -> Access:
    off_limits = None if order["off_limits"] is None else Path(order["off_limits"])
    return Access(order["url"], order["kind"], order["user"], order["secret"], Path(order["folder"]), off_limits)


def _known_hosts(order: dict[str, Any]) -> str:
    file = _access(order).known_hosts
    return file.read_text() if file.exists() else ""


def _look(order: dict[str, Any]) -> dict[str, Any]:
    """The branches, and the newest commit of the wanted one."""
    access = _access(order)
    try:
        client, path = transport.client(access)
        refs: Any = client.get_refs(path.encode()).refs
    except Exception as error:
        raise transport.explained(error, access) from error
    found = transport.heads(refs)
    branch, sha = mirror.tip(found, refs, order["branch"])
    return {"branch": branch, "sha": sha, "branches": sorted(found)[:200]}


def _fetch(order: dict[str, Any]) -> dict[str, Any]:
    """Brings the branch, or one commit, here; what changed in the directory since the commit `since`."""
    folder = Path(order["mirror"])
    with _alone(folder):
        mirror.begin_anew_when_worn(folder)
        sha = mirror.fetch(
            folder, _access(order), branch=order["branch"], sha=order["sha"], depth=order.get("depth", mirror.HISTORY)
        )
    directory, since = order["directory"], order.get("since")
    now = mirror.directory_id(folder, sha, directory)
    return {
        "commit": _told(mirror.commits(folder, sha, 1)[0]),
        "has_directory": now is not None,
        "is_same": since is not None and now is not None and now == mirror.directory_id(folder, since, directory),
    }


def _survey(order: dict[str, Any]) -> dict[str, Any]:
    """The branches, and what the newest commit of the wanted one holds: everywhere, and in the directory.

    `texts` are those of the files called `names` that are right in the directory; None when there is no such one.
    """
    access, folder = _access(order), Path(order["mirror"])
    found = _look(order)
    sha = mirror.fetch(folder, access, branch=found["branch"], sha=None, depth=1)
    directory = order["directory"]
    told = {**found, "commit": _told(mirror.commits(folder, sha, 1)[0]), "paths": mirror.paths(folder, sha, "")}
    if mirror.directory_id(folder, sha, directory) is None:
        return {**told, "texts": None}
    texts = mirror.texts(folder, sha, directory, frozenset(order["names"]))
    return {**told, "texts": {path: text for path, _, text in texts if text is not None}}


def _commits(order: dict[str, Any]) -> list[dict[str, Any]]:
    folder = Path(order["mirror"])
    _bring(order)
    found = mirror.commits(folder, order["sha"], order["limit"], after=order["after"])
    return [_told(commit) for commit in found]


def _read(order: dict[str, Any]) -> list[Any]:
    _bring(order)
    return mirror.texts(Path(order["mirror"]), order["sha"], order["directory"])


def _bring(order: dict[str, Any]) -> None:
    """Fetches the commit where it is not here: another server may have seen it."""
    folder = Path(order["mirror"])
    if mirror.has(folder, order["sha"]):
        return
    with _alone(folder):
        access = _access(order)
        mirror.fetch(folder, access, branch=order["branch"], sha=None)
        mirror.fetch(folder, access, branch=order["branch"], sha=order["sha"])


def _check_out(order: dict[str, Any]) -> None:
    folder, access = Path(order["mirror"]), _access(order)
    with _alone(folder):
        mirror.fetch(folder, access, branch=order["branch"], sha=order["sha"])
        to, limits = Path(order["to"]), mirror.Limits(order["most_bytes"])
        mirror.check_out(folder, access, order["sha"], order["directory"], to, limits)


_ORDERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "look": _look,
    "fetch": _fetch,
    "survey": _survey,
    "commits": _commits,
    "read": _read,
    "check_out": _check_out,
}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps others from writing into a mirror. The system releases this lock when the process dies."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _told(commit: Commit) -> dict[str, Any]:
    name, _, email = commit.author.decode(errors="replace").rpartition(" <")
    return {
        "sha": commit.id.decode(),
        "message": commit.message[:_MESSAGE_MAX_BYTES].decode(errors="replace").strip(),
        "name": name[:_NAME_MAX],
        "email": email.removesuffix(">")[:_NAME_MAX],
        "at_s": commit.commit_time,
    }


if __name__ == "__main__":
    main()
