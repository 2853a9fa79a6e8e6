"""Connected sources: a component's code in somebody else's Git repository, and what is done when it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clockhouse.kit.secret import Secret


class SourceKind(StrEnum):
    """How source code is built."""

    PYTHON = "python"
    BALLERINA = "ballerina"
    DOCKERFILE = "dockerfile"
    IMAGE = "image"


class CredentialKind(StrEnum):
    """What a repository asks of whoever reads it."""

    NONE = "none"
    TOKEN = "token"  # noqa: S105  its name
    SSH_KEY = "ssh_key"


@dataclass(frozen=True, slots=True)
class Credential:
    """What opens a repository: a token (or password) with its user over https, a private key over ssh."""

    kind: CredentialKind = CredentialKind.NONE
    user: str = ""
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where source code is. `directory` is below the repository's root, without slashes at its ends; "" is the root."""

    url: str
    branch: str
    directory: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """A component's connected repository.

    `kind` is None where it is detected. `sealed` holds the credential's secret, `sealed_hook` the one that webhooks
    are signed with. `known_hosts` is what the server of an ssh address was known by at first. `seen` is the newest
    commit that a look found, `trouble` why the last `failures` looks found none.
    """

    component_id: str
    place: Place
    kind: SourceKind | None
    credential_kind: CredentialKind
    user: str
    sealed: str | None
    sealed_hook: str
    known_hosts: str
    auto_build: bool
    auto_deploy: bool
    seen: str | None
    looked_at: datetime | None
    failures: int
    trouble: str | None
    note: str | None  # what came of the last automatic build or deployment, where that needs a word


@dataclass(frozen=True, slots=True)
class Changed:
    """What somebody wants of a connection from now on; None leaves a field as it is."""

    branch: str | None = None
    directory: str | None = None
    kind: SourceKind | str | None = None  # "": detected
    auto_build: bool | None = None
    auto_deploy: bool | None = None
    credential: Credential | None = None


def credential_purpose(component_id: str) -> str:
    """What the secret of a component's connection is sealed for."""
    return f"{component_id}/connection:credential"


def hook_purpose(component_id: str) -> str:
    """What the secret of a component's webhook is sealed for."""
    return f"{component_id}/connection:hook"
