"""The shapes of what is asked and told about connected repositories."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from clockhouse.api.bodies import Answer, Name, Request, Slug
from clockhouse.api.build_bodies import KindOfSource
from clockhouse.api.source_bodies import CommitBody
from clockhouse.control.tracks import Wanted
from clockhouse.kit import Secret
from clockhouse.model.source import Changed, Connection, Credential, CredentialKind, Place, SourceKind, Track

KindOfCredential = Literal["none", "token", "ssh_key"]
_URL = "https://…, ssh://…, git://…, user@host:path, or a path on the server."


class CredentialBody(Request):
    """What opens a repository. It is sealed, and never told again."""

    kind: KindOfCredential = "none"
    user: str = Field(default="", max_length=200, description="Of a token; over ssh, where the address names none.")
    secret: str = Field(default="", max_length=20_000, description="The token or password, or the whole private key.")

    def value(self) -> Credential:
        return Credential(CredentialKind(self.kind), self.user, Secret(self.secret) if self.secret else None)


class NewSurvey(Request):
    url: str = Field(max_length=1000, description=_URL)
    branch: str = Field(default="", max_length=200, description="The default branch when empty.")
    directory: str = Field(default="", max_length=1000, description="Below the root, like jobs/report.")
    kind: KindOfSource | None = Field(default=None, description="Detected when not given.")
    credential: CredentialBody = CredentialBody()

    def place(self) -> Place:
        return Place(self.url, self.branch, self.directory)

    def source_kind(self) -> SourceKind | None:
        return None if self.kind is None else SourceKind(self.kind)


class PlaceBody(Answer):
    directory: str
    kind: KindOfSource


class SurveyBody(Answer):
    branch: str
    branches: list[str]
    commit: CommitBody
    places: list[PlaceBody] = Field(description="Directories that hold something to build; the root is an empty one.")
    kind: KindOfSource | None = Field(description="What the directory is built as; null when there is nothing.")
    saw: list[str] = Field(description="Why, in sentences.")


class NewConnection(NewSurvey):
    name: Name
    slug: Slug | None = None
    description: str = Field(default="", max_length=500)
    auto_build: bool = Field(default=True, description="Build every new commit that changes the directory.")
    auto_deploy: bool = Field(
        default=False, description="Deploy every good build to the first environment, as what is deployed there."
    )


class TrackBody(Answer):
    branch: str
    auto_build: bool
    auto_deploy: bool
    environment: str | None = Field(description="Where its builds are deployed by themselves; null for the first one.")
    seen: str | None = Field(description="The newest commit that was seen.")
    looked_at: datetime | None
    trouble: str | None = Field(description="Why the last look saw nothing.")
    note: str | None = Field(description="Why the newest commit was not built, or the newest build not deployed.")


class NewTrack(Request):
    branch: str = Field(min_length=1, max_length=200)
    auto_build: bool = True
    auto_deploy: bool = False
    environment: Slug | None = Field(default=None, description="The first one when not given.")

    def value(self) -> Wanted:
        return Wanted(self.auto_build, self.auto_deploy, self.environment)


class ChangedTrack(Request):
    """What is not given stays."""

    auto_build: bool | None = None
    auto_deploy: bool | None = None
    environment: str | None = Field(default=None, max_length=60, description="Empty for the first one.")

    def value(self) -> Wanted:
        return Wanted(self.auto_build, self.auto_deploy, self.environment)


class ConnectionBody(Answer):
    url: str
    directory: str
    kind: KindOfSource | None = Field(description="As chosen; null when it is detected at each build.")
    credential: KindOfCredential
    user: str
    tracks: list[TrackBody] = Field(description="The branches that are followed, first the one from the beginning.")


class ChangedConnection(Request):
    """What is not given stays. A credential is sent to the server only that it was given for."""

    url: str | None = Field(default=None, max_length=1000, description=_URL)
    directory: str | None = Field(default=None, max_length=1000)
    kind: KindOfSource | Literal["detected"] | None = None
    credential: CredentialBody | None = None

    def value(self) -> Changed:
        return Changed(
            url=self.url,
            directory=self.directory,
            kind="" if self.kind == "detected" else self.kind,
            credential=None if self.credential is None else self.credential.value(),
        )


class HookBody(Answer):
    path: str = Field(description="Below the address of this server.")
    secret: str = Field(description="Told this once; give it to the Git server.")


def track_body(track: Track, environments: Mapping[str, str]) -> TrackBody:
    """`environments` has short names by ids."""
    automation = track.automation
    chosen = automation.environment_id
    return TrackBody(
        branch=track.branch,
        auto_build=automation.build,
        auto_deploy=automation.deploy,
        environment=None if chosen is None else environments.get(chosen, chosen),
        seen=track.seen,
        looked_at=track.looked_at,
        trouble=track.trouble,
        note=track.note,
    )


def connection_body(found: Connection, environments: Mapping[str, str]) -> ConnectionBody:
    return ConnectionBody(
        url=found.url,
        directory=found.directory,
        kind=None if found.kind is None else found.kind.value,
        credential=found.credential_kind.value,
        user=found.user,
        tracks=[track_body(track, environments) for track in found.tracks],
    )
