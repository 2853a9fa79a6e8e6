"""Who an image's USER is: root has many names, some of them in the image's own list of users."""

from __future__ import annotations

import io
import posixpath
import re
import tarfile
from collections.abc import Mapping

from clockhouse.docker import Docker, EngineError, Json

_LIST = "/etc/passwd"
_LIST_MAX_BYTES = 1024 * 1024
_LINKS_MAX = 8
_NUMBER = re.compile(r"[+-]?\d+")
_ROOT = 0


async def runs_as_root(docker: Docker, image: Json, *, labels: Mapping[str, str]) -> bool:
    """Whether a container of the image would run as root; what is made to look into it has these labels.

    Raises EngineError.
    """
    user = str((image.get("Config") or {}).get("User") or "")
    if is_root(user):
        return True
    return is_root(user, await _list_of_users(docker, str(image["Id"]), labels))


def is_root(user: str, passwd: str = "") -> bool:
    """Whether a USER is root: a name or a number, perhaps with a group; none is root.

    `passwd` is the image's list of users, in which an Engine looks for a number, too: as a name at first.
    """
    name = user.strip().partition(":")[0].strip()
    if name in ("", "root"):
        return True
    for line in passwd.splitlines():
        called, _, rest = line.partition(":")
        uid = _number(rest.split(":")[1]) if rest.count(":") >= 1 else None
        if called.strip() == name and uid == _ROOT:
            return True
    return _number(name) == _ROOT


def _number(text: str) -> int | None:
    """As an Engine reads numbers: +0 and 007 are some, too."""
    return int(text) if _NUMBER.fullmatch(text.strip()) else None


async def _list_of_users(docker: Docker, image: str, labels: Mapping[str, str]) -> str:
    # A container that is made and never started: its command need not be there.
    spec = {"Image": image, "Entrypoint": ["/"], "Labels": dict(labels), "HostConfig": {"NetworkMode": "none"}}
    container = await docker.create(spec)
    try:
        return await _text(docker, container, _LIST)
    finally:
        await docker.remove(container)


async def _text(docker: Docker, container: str, path: str) -> str:
    """A file of a container; "" when there is none. Links are followed within it. Raises EngineError."""
    for _ in range(_LINKS_MAX):
        archive = await docker.get(container, path, most_bytes=_LIST_MAX_BYTES)
        if archive is None:
            return ""
        try:
            with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
                entry = opened.next()
                if entry is None or not (entry.isreg() or entry.issym()):
                    return ""
                if entry.isreg():
                    content = opened.extractfile(entry)
                    return content.read().decode("utf-8", "replace") if content else ""
        except tarfile.TarError as error:
            raise EngineError("The Docker Engine sent an archive that cannot be read.") from error
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), entry.linkname))
    return ""
