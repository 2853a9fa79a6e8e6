"""What a person may set about a server, from the command line or the environment (CLOCKHOUSE_…)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from clockhouse.kit import Secret


def _most_executions() -> int:
    return 8 * (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class DockerConfig:
    """A Docker Engine, and what its containers may use. In `python_image`, {version} is the build's ("3.11")."""

    host: str  # such as unix:///var/run/docker.sock
    certificates: Path | None = None  # a folder of ca.pem, cert.pem and key.pem
    python_image: str = "python:{version}-slim"
    ballerina_image: str = "ballerina/ballerina:{version}"  # has bal; {version} is the project's, or latest
    network: str = "bridge"  # or none, or a name
    networks: tuple[str, ...] = ()  # others that a deployment may choose
    mounts: tuple[Path, ...] = ()  # folders of its machine that every container sees, and may write to
    memory_mib: int = 512  # of an execution
    cpus: float = 1.0
    processes: int = 256
    allow_root: bool = False
    scan: tuple[str, ...] = ()  # a command that may refuse an image, whose id is its last word


@dataclass(frozen=True, slots=True)
class KeepersConfig:
    """Who keeps secrets that only references to are kept here."""

    folder: Path | None = None  # of files that the platform mounts
    vault: str = ""  # the address of a HashiCorp Vault
    vault_token: Secret | None = None
    vault_token_file: Path | None = None
    vault_namespace: str = ""
    vault_authority: Path | None = None  # the certificates that its own is to be of


@dataclass(frozen=True, slots=True)
class OpenIdConfig:
    """An OpenID provider that people may sign in with.

    Whoever was invited under an address that the provider has verified comes in. Others only with an address in one of
    `domains`, who get `default_role`, or in a group of `roles`; such roles are everywhere, without production.
    """

    issuer: str  # as the provider calls itself, such as https://login.example.org
    client_id: str
    client_secret: Secret | None = None
    name: str = "OpenID Connect"  # on the button
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    domains: tuple[str, ...] = ()
    default_role: str | None = None
    groups_claim: str = "groups"
    roles: tuple[tuple[str, str], ...] = ()  # of a group, which role


@dataclass(frozen=True, slots=True)
class Config:
    """One server. `drain` is how long a stop waits for executions under way."""

    data: Path = Path("data")
    database: Secret | None = None  # the address of a PostgreSQL database; None: SQLite in the data directory
    database_password: Secret | None = None  # where the address has none
    key: Path | None = None  # the vault's; None: a file in the data directory
    key_text: Secret | None = None  # the vault's, in base64, in the place of a file
    new_key: bool = False  # whether the key is taken even if secrets are sealed with another, which are given up
    host: str = "127.0.0.1"
    port: int = 8420
    address: str = ""  # at which people reach it, for links in messages; the one that it listens at when empty
    executions: int = field(default_factory=_most_executions)  # at once
    memory_mib: int | None = None  # that a process of an execution may take, on Linux; None: no bound of ours
    builds: int = 2  # at once
    docker: DockerConfig | None = None
    openid: OpenIdConfig | None = None
    keepers: KeepersConfig = KeepersConfig()
    drain: timedelta = timedelta(seconds=20)
    failure_values: bool = True  # whether an execution that fails tells the values of its variables there
    trials: bool = True  # whether drafts may be run that nobody has saved
    example: bool = True  # whether an empty database gets the example project

    def __post_init__(self) -> None:
        # Builds and executions have working directories of their own: a relative path would mean another place there.
        object.__setattr__(self, "data", self.data.absolute())
        object.__setattr__(self, "key", self.key and self.key.absolute())

    @property
    def memory_bytes(self) -> int | None:
        return None if self.memory_mib is None else self.memory_mib * 1024 * 1024

    @property
    def database_file(self) -> Path:
        """Where SQLite keeps the database, unless there is an address of another one."""
        return self.data / "clockhouse.db"

    @property
    def repositories(self) -> Path:
        """Where an earlier version kept the sources."""
        return self.data / "repositories"

    @property
    def artifacts(self) -> Path:
        return self.data / "artifacts"

    @property
    def executions_folder(self) -> Path:
        """Where executions work while they run."""
        return self.data / "executions"

    @property
    def trials_folder(self) -> Path:
        """Where drafts are run that nobody has saved; nothing in it outlives the server."""
        return self.data / "trials"

    @property
    def mirrors(self) -> Path:
        """Copies of connected repositories, which can be had again."""
        return self.data / "mirrors"

    @property
    def cache(self) -> Path:
        return self.data / "cache"

    @property
    def key_file(self) -> Path:
        return self.key or self.data / "vault.key"

    @property
    def server_file(self) -> Path:
        """What tells this server's containers from others': a word, made once."""
        return self.data / "server"

    @property
    def token_file(self) -> Path:
        """The token that the command line uses on the same machine; only its owner may read it."""
        return self.data / "token"

    @property
    def lock_file(self) -> Path:
        return self.data / "lock"

    @property
    def address_file(self) -> Path:
        """Where the running server says its address, for the command line."""
        return self.data / "address"

    @property
    def people_url(self) -> str:
        """What links in messages begin with."""
        return self.address.rstrip("/") or self.base_url

    @property
    def base_url(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104  a comparison, not a bind
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
