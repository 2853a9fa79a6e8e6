"""Addresses of Git repositories, as people write them: https, ssh (also user@host:path), git, and a path here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from clockhouse.errors import Invalid

_SCP = re.compile(r"(?:([\w.+-]+)@)?(\[[0-9A-Fa-f:]+\]|[\w.-]+):(?![:/]{2}|:)(\S.*)")
_PORTS = {"http": 80, "https": 443, "ssh": 22, "git": 9418}
_URL_MAX = 1000
_BRANCH_BAD = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/.]|[/.]$|\.lock$|/\.")


class Transport(StrEnum):
    """How a repository is reached."""

    HTTP = "http"
    SSH = "ssh"
    GIT = "git"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Address:
    """A repository's place, without any credential. `base` is scheme and host of an http address."""

    transport: Transport
    path: str
    host: str = ""
    port: int | None = None
    user: str = ""
    base: str = ""

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """What a credential is for: it is never shown to another. http is another one than https, at any port."""
        return self.base.partition(":")[0] or self.transport, self.host, self.port


def parse(url: str) -> Address:
    """Raises Invalid with a sentence for what is no address, or holds a credential."""
    text = url.strip()
    if not text or len(text) > _URL_MAX or any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in text):
        raise _wrong("Give the address of a Git repository, like https://example.com/team/shop.git.")
    if text.startswith("/"):
        return Address(Transport.LOCAL, _local(text))
    if "://" in text:
        return _url(text)
    if (scp := _SCP.fullmatch(text)) and not text.startswith("-"):
        host = scp[2].strip("[]")
        return Address(Transport.SSH, scp[3], _host(host), 22, _user(scp[1] or ""))
    raise _wrong("This is no address of a Git repository: it begins with https://, ssh://, git://, user@host: or /.")


def joined(url: str, relative: str) -> str:
    """The address of a submodule, which may be told relative to its parent's `url`."""
    if not relative.startswith(("./", "../")):
        return relative
    found = re.fullmatch(r"([a-z+]+://[^/]*/|[^/:]+:(?!//)|/)(.*)", url)
    head, path = (found[1], found[2]) if found else ("", url)
    parts = path.strip("/").split("/")
    for part in relative.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return head + "/".join(parts)


def check_branch(branch: str) -> str:
    """The branch, if Git may call one so. Raises Invalid."""
    if not branch or len(branch) > 200 or _BRANCH_BAD.search(branch):
        raise Invalid("This is no name of a branch.", {"branch": "This is no name of a branch, like main."})
    return branch


def check_directory(directory: str) -> str:
    """The directory below the root without slashes at its ends. Raises Invalid when it leads elsewhere."""
    parts = [part for part in directory.strip().strip("/").split("/") if part not in ("", ".")]
    if any(part in ("..", ".git") or "\\" in part or "\0" in part for part in parts) or len(directory) > _URL_MAX:
        sentence = "A directory is a path inside the repository, like jobs/report."
        raise Invalid(sentence, {"directory": sentence})
    return "/".join(parts)


def _url(text: str) -> Address:
    try:
        split = urlsplit(text)
        port = split.port
    except ValueError as error:
        raise _wrong(f"This address cannot be read: {error}.") from None
    scheme = {"git+ssh": "ssh", "ssh+git": "ssh"}.get(split.scheme, split.scheme)
    if scheme == "file":
        return Address(Transport.LOCAL, _local(unquote(split.path)))
    if scheme not in _PORTS:
        raise _wrong(f"{scheme}:// is not supported. Use https://, ssh://, git://, user@host:path or a path.")
    if split.password is not None or (split.username and scheme != "ssh"):
        raise _wrong("Leave user and password out of the address, and give them as its credential.")
    host = _host(split.hostname or "")
    port = port or _PORTS[scheme]
    path = split.path if scheme != "ssh" else unquote(split.path)
    if scheme in ("http", "https"):
        return Address(Transport.HTTP, path, host, port, "", f"{scheme}://{split.netloc}")
    if scheme == "ssh":
        return Address(Transport.SSH, path, host, port, _user(split.username or ""))
    return Address(Transport.GIT, path, host, port)


def _host(host: str) -> str:
    if not host or host.startswith("-"):
        raise _wrong("The address names no host.")
    return host


def _user(user: str) -> str:
    if user.startswith("-"):
        raise _wrong("The user of an address does not begin with a hyphen.")
    return user


def _local(path: str) -> str:
    if not path.startswith("/"):
        raise _wrong("A path begins with /, like /srv/git/shop.git.")
    return str(PurePosixPath(path))


def _wrong(sentence: str) -> Invalid:
    return Invalid(sentence, {"url": sentence})
