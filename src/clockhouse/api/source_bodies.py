"""The shapes of what is asked and told about the source of a component: its commits and files."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from clockhouse.api.bodies import Answer, Request


class CommitBody(Answer):
    sha: str
    message: str
    author: str
    at: datetime


class FileBody(Answer):
    path: str
    size_bytes: int
    text: str | None = Field(description="None when the file is binary or larger than 1 MB.")


class SourceBody(Answer):
    commit: CommitBody
    files: list[FileBody]


Path = Annotated[str, Field(max_length=1000)]
Text = Annotated[str, Field(max_length=2**21)]


class NewCommit(Request):
    parent: str = Field(
        pattern=r"^[0-9a-f]{40}$", description="The commit that was edited; a newer head is a conflict."
    )
    message: str = Field(min_length=1, max_length=2000)
    changes: dict[Path, Text | None] = Field(description="New text by path; null deletes the file.", min_length=1)

    # A file's white space is the author's.
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)
