"""How a stranger's repository is reached, and what it means when it is not."""

from __future__ import annotations

import errno
import os
import re
import resource
import shlex
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dulwich.client import (
    GitClient,
    HttpGitClient,
    HTTPUnauthorized,
    LocalGitClient,
    SSHGitClient,
    SubprocessSSHVendor,
    TCPGitClient,
)
from dulwich.config import ConfigDict
from dulwich.errors import GitProtocolError, HangupException, NotGitRepository

from clockhouse.builders import address
from clockhouse.builders.address import Address, Transport

_SILENCE_S = 20  # of a server, at most


class Refused(Exception):
    """A repository that can't be had: `sentence` tells a person why, `field` what to correct, if that is known."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


@dataclass(frozen=True, slots=True)
class Access:
    """A repository with what opens it. `folder` is private and holds what ssh reads, and learns about hosts.

    No path in `off_limits` is one of a repository, whoever names it.
    """

    url: str
    kind: str
    user: str
    secret: str | None
    folder: Path
    off_limits: Path | None = None

    @property
    def address(self) -> Address:
        return address.parse(self.url)

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def at(self, url: str) -> Access:
        """The same for another repository: with the credential only where it is at the same origin."""
        if address.parse(url).origin == self.address.origin:
            return replace(self, url=url)
        return replace(self, url=url, kind="none", user="", secret=None)


def client(access: Access) -> tuple[GitClient, str]:
    """What speaks to the repository, and the repository's path there. Raises Refused."""
    where = access.address
    if where.transport is Transport.HTTP:
        user, password = (None, None)
        if access.kind == "token":
            user, password = access.user or "git", access.secret
        silent = HttpGitClient(
            where.base, config=ConfigDict(), username=user, password=password, timeout=_SILENCE_S, quiet=True
        )
        return silent, where.path
    if where.transport is Transport.SSH:
        return _ssh(access, where), where.path
    if where.transport is Transport.GIT:
        return TCPGitClient(where.host, where.port, quiet=True), where.path
    if access.off_limits is not None and Path(where.path).resolve().is_relative_to(access.off_limits.resolve()):
        raise Refused("This path is inside the server's own data directory. Use a repository elsewhere.", "url")
    return LocalGitClient(quiet=True), where.path


def explained(error: Exception, access: Access) -> Refused:
    """What an error of the transport means to a person."""
    if isinstance(error, Refused):
        return error
    where = access.address
    told = f"{type(error).__name__}: {error}"
    host = where.host or where.path
    if isinstance(error, HTTPUnauthorized) or re.search(r"resp 40[13]|Permission denied|publickey", told):
        return _credential(access)
    if isinstance(error, NotGitRepository) or re.search(
        r"does not appear to be a git rep|[Rr]epository not found|resp 404|no such repository|access denied or repo",
        told,
    ):
        return _no_repository(access)
    if isinstance(error, FileNotFoundError) and error.filename == "ssh":
        return Refused("There is no ssh on this server. Install the OpenSSH client there, or use an https address.")
    if isinstance(error, socket.gaierror) or re.search(
        r"resolve|Name or service|No address associated|nodename nor servname", told
    ):
        return Refused(f"There is no host {host}, as far as this server knows. Check the address.", "url")
    if isinstance(error, ConnectionRefusedError) or re.search(r"Connection refused|actively refused", told):
        return Refused(f"{host} does not accept connections at port {where.port}. Check the address.", "url")
    if re.search(r"HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key", told, re.IGNORECASE):
        return Refused(f"{host} has another host key than when it was connected. If that is right, give the key anew.")
    if re.search(r"CERTIFICATE|SSLError|certificate", told):
        return Refused(
            f"The certificate of {host} is not trusted here. Let SSL_CERT_FILE name a file with its authority's."
        )
    if re.search(r"UNEXPECTED_EOF|WRONG_VERSION", told):
        return Refused(f"{host} does not speak TLS at port {where.port}. Check the address.", "url")
    if isinstance(error, TimeoutError) or re.search(r"timed? ?out|Timeout", told):
        return Refused(f"{host} did not answer in time. Check the address, or try again later.", "url")
    return _by_system(error, access, told)


def _by_system(error: Exception, access: Access, told: str) -> Refused:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EFBIG:
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[0] // 10**6
        return Refused(f"The repository is larger than this server takes ({most} MB). Keep large files outside of it.")
    if number in (errno.ENOSPC, errno.EDQUOT):
        return Refused("The disk of this server is full. Free some space in the data directory, then try again.")
    if number in (errno.EACCES, errno.EPERM):
        return Refused(f"This server may not read {access.address.path}. Change its permissions.", "url")
    if isinstance(error, MemoryError):
        return Refused("A file of the repository is larger than this server takes. Keep large files outside of it.")
    where = access.address.host or access.address.path
    if isinstance(error, GitProtocolError | HangupException | EOFError | ConnectionError):
        detail = _masked(str(error), access).strip().splitlines()
        return Refused(
            f"{where} did not answer as a Git server does{f' ({detail[0][:200]})' if detail else ''}.", "url"
        )
    return Refused(f"The repository at {where} cannot be read: {_masked(told, access)[:300]}.")


def _credential(access: Access) -> Refused:
    where = access.address
    if where.transport is Transport.SSH:
        if access.kind == "ssh_key":
            return Refused(f"{where.host} refuses this key for the user {_ssh_user(access)}.", "credential")
        return Refused(f"{where.host} asks for a key. Give a private key that may read the repository.", "credential")
    if access.kind == "token":
        return Refused(f"{where.host} refuses this user and token. Check that they may read it.", "credential")
    return Refused(f"{where.host} asks who reads this. Give a user and a token that may read it.", "credential")


def _no_repository(access: Access) -> Refused:
    where = access.address
    if where.transport is Transport.LOCAL:
        return Refused(f"There is no Git repository at {where.path} on this server.", "url")
    seen = "" if access.kind == "none" else " with this credential"
    place = f"{where.base or where.host}{'' if where.path.startswith('/') else ':'}{where.path}"
    return Refused(f"There is no Git repository at {place}, or it cannot be seen{seen}.", "url")


def _ssh(access: Access, where: Address) -> SSHGitClient:
    if access.kind == "token":
        raise Refused("An ssh address is opened by a private key, not by a token.", "credential")
    options = {
        "BatchMode": "yes",
        "LogLevel": "ERROR",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "ConnectTimeout": str(_SILENCE_S),
        "ServerAliveInterval": "10",
        "UserKnownHostsFile": str(access.known_hosts),
        "GlobalKnownHostsFile": "/dev/null",
        # The first contact decides who the host is; from then on nobody else is believed.
        "StrictHostKeyChecking": "yes" if _is_known(access, where) else "accept-new",
        "HashKnownHosts": "no",
        "UpdateHostKeys": "no",
    }
    command = ["ssh", "-F", "/dev/null", "-a", "-T"]
    for name, value in options.items():
        command += ["-o", f"{name}={value}"]
    return SSHGitClient(
        where.host,
        where.port,
        _ssh_user(access),
        vendor=SubprocessSSHVendor(),
        config=ConfigDict(),
        key_filename=_key_file(access),
        ssh_command=shlex.join(command),
        quiet=True,
    )


def _ssh_user(access: Access) -> str:
    return access.address.user or access.user or "git"


def _is_known(access: Access, where: Address) -> bool:
    name = where.host if where.port == 22 else f"[{where.host}]:{where.port}"
    try:
        lines = access.known_hosts.read_text().splitlines()
    except FileNotFoundError:
        return False
    return any(name in line.split(" ", 1)[0].split(",") for line in lines)


def _key_file(access: Access) -> str:
    """A file with the key; without one, a file that is none, so that ssh takes none from elsewhere."""
    file = access.folder / "key"
    if access.kind != "ssh_key" or access.secret is None:
        return "/dev/null"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(f"{access.secret.strip()}\n")
    return str(file)


def _masked(text: str, access: Access) -> str:
    return text.replace(access.secret, "****") if access.secret else text


def heads(refs: dict[Any, Any]) -> dict[str, str]:
    """The branches among refs: name to commit."""
    start = b"refs/heads/"
    return {
        name.removeprefix(start).decode(errors="replace"): sha.decode()
        for name, sha in refs.items()
        if name.startswith(start) and sha is not None
    }
