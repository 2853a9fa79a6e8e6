"""Connected sources: a component's code in somebody else's Git repository, and what is done when it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clockhouse.errors import Invalid, NotFound
from clockhouse.kit.secret import Secret

MOST_TRACKS = 20


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
class Automation:
    """What is done by itself on a track; `environment` is where its builds are deployed, None the first one."""

    build: bool = True
    deploy: bool = False
    environment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """A branch that a component follows.

    `seen` is the newest commit that a look found, `trouble` why the last `failures` looks found none, `note` what came
    of the last automatic build or deployment, where that needs a word.
    """

    branch: str
    automation: Automation = Automation()
    seen: str | None = None
    looked_at: datetime | None = None
    failures: int = 0
    trouble: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """A component's connected repository, and its tracks, the one that was followed first at their head.

    `kind` is None where it is detected. `sealed` holds the credential's secret, `sealed_hook` the one that webhooks
    are signed with. `known_hosts` is what the server of an ssh address was known by at first.
    """

    component_id: str
    url: str
    directory: str
    kind: SourceKind | None
    credential_kind: CredentialKind
    user: str
    sealed: str | None
    sealed_hook: str
    known_hosts: str
    tracks: tuple[Track, ...]

    def track(self, branch: str | None) -> Track:
        """The track of a branch; the first one where none is named. Raises NotFound when it is not followed."""
        for track in self.tracks:
            if branch is None or track.branch == branch:
                return track
        followed = ", ".join(track.branch for track in self.tracks)
        raise NotFound(f"The branch {branch} is not followed. Followed are: {followed or 'none, yet'}.", branch=branch)

    def place(self, track: Track) -> Place:
        return Place(self.url, track.branch, self.directory)

    def check_new(self, branch: str) -> None:
        """Raises Invalid for a branch that cannot be followed in addition."""
        if any(track.branch == branch for track in self.tracks):
            sentence = f"The branch {branch} is followed already."
        elif len(self.tracks) >= MOST_TRACKS:
            sentence = f"No more than {MOST_TRACKS} branches are followed. Remove one first."
        else:
            return
        raise Invalid(sentence, {"branch": sentence})


@dataclass(frozen=True, slots=True)
class Changed:
    """What somebody wants of a connection from now on; None leaves a field as it is."""

    directory: str | None = None
    kind: SourceKind | str | None = None  # "": detected
    url: str | None = None
    credential: Credential | None = None


def credential_purpose(component_id: str) -> str:
    """What the secret of a component's connection is sealed for."""
    return f"{component_id}/connection:credential"


def hook_purpose(component_id: str) -> str:
    """What the secret of a component's webhook is sealed for."""
    return f"{component_id}/connection:hook"
