"""The shapes of what is asked and told about connected repositories."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from clockhouse.api.bodies import Answer, CommitBody, Name, Request, Slug
from clockhouse.api.build_bodies import KindOfSource
from clockhouse.kit import Secret
from clockhouse.model.source import Changed, Connection, Credential, CredentialKind, Place, SourceKind

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


class ConnectionBody(Answer):
    url: str
    branch: str
    directory: str
    kind: KindOfSource | None = Field(description="As chosen; null when it is detected at each build.")
    credential: KindOfCredential
    user: str
    auto_build: bool
    auto_deploy: bool
    seen: str | None = Field(description="The newest commit that was seen.")
    looked_at: datetime | None
    trouble: str | None = Field(description="Why the last look saw nothing.")
    note: str | None = Field(description="Why the newest commit was not built, or the newest build not deployed.")


class ChangedConnection(Request):
    """What is not given stays."""

    branch: str | None = Field(default=None, max_length=200)
    directory: str | None = Field(default=None, max_length=1000)
    kind: KindOfSource | Literal["detected"] | None = None
    credential: CredentialBody | None = None
    auto_build: bool | None = None
    auto_deploy: bool | None = None

    def value(self) -> Changed:
        return Changed(
            branch=self.branch,
            directory=self.directory,
            kind="" if self.kind == "detected" else self.kind,
            auto_build=self.auto_build,
            auto_deploy=self.auto_deploy,
            credential=None if self.credential is None else self.credential.value(),
        )


class HookBody(Answer):
    path: str = Field(description="Below the address of this server.")
    secret: str = Field(description="Told this once; give it to the Git server.")


def connection_body(found: Connection) -> ConnectionBody:
    return ConnectionBody(
        url=found.place.url,
        branch=found.place.branch,
        directory=found.place.directory,
        kind=None if found.kind is None else found.kind.value,
        credential=found.credential_kind.value,
        user=found.user,
        auto_build=found.auto_build,
        auto_deploy=found.auto_deploy,
        seen=found.seen,
        looked_at=found.looked_at,
        trouble=found.trouble,
        note=found.note,
    )
