"""A component's source over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from clockhouse.api import routes
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.build_bodies import commit_body
from clockhouse.api.source_bodies import CommitBody, FileBody, NewCommit, SourceBody
from clockhouse.control import source

router = routes.router("/projects/{project}/components/{component}", tags=["source"])
Sha = Annotated[str | None, Query(pattern=r"^[0-9a-f]{40}$")]
Branch = Annotated[str | None, Query(max_length=200, description="Of a connected repository: one that is followed.")]


@router.get("/source")
def read_source(
    parts: PartsOf, actor: ActorOf, project: str, component: str, commit: Sha = None, branch: Branch = None
) -> SourceBody:
    """All files of a commit, of the newest one when none is named."""
    found, tree = source.read(parts, actor, project, component, commit=commit, branch=branch)
    files = [FileBody(path=file.path, size_bytes=file.size_bytes, text=file.text) for file in tree.files]
    return SourceBody(commit=commit_body(found), files=files)


@router.get("/commits")
def list_commits(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    component: str,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Sha = None,
    branch: Branch = None,
) -> list[CommitBody]:
    """Newest first; `before` goes on after a commit."""
    found = source.commits(parts, actor, project, component, limit=limit, before=before, branch=branch)
    return [commit_body(each) for each in found]


@router.post("/commits", status_code=201)
def save_source(parts: PartsOf, actor: ActorOf, project: str, component: str, body: NewCommit) -> CommitBody:
    """Saves changed files as a commit; a conflict when somebody else has saved since `parent`."""
    made = source.save(parts, actor, project, component, parent=body.parent, message=body.message, changes=body.changes)
    return commit_body(made)
