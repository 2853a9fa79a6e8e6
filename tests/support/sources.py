"""Components' sources in a test: each request in a transaction of its own, over a real database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from dulwich import objects
from dulwich.index import commit_tree
from dulwich.object_store import MemoryObjectStore
from dulwich.repo import Repo
from tests.support.ledger import NOON

from clockhouse.builders.source import Author, Commit, Repository, Tree
from clockhouse.store import repositories
from clockhouse.store.database import Database, Tx
from clockhouse.store.tables.projects import components, projects
from clockhouse.store.tables.sources import git_objects

_PROJECT = "sources"


class Sources:
    """The repositories of one database, as `Repository` has each in a transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def create(
        self, component: str, files: Mapping[str, str], *, author: Author, message: str, at: datetime = NOON
    ) -> Commit:
        """The component is made, too, when there is none of this id."""
        with self.database.begin() as tx:
            _add(tx, component)
            return _of(tx, component).create(files, author=author, message=message, at=at)

    def head(self, component: str) -> Commit | None:
        with self.database.read() as tx:
            return _of(tx, component).head()

    def commits(self, component: str, *, limit: int = 50, before: str | None = None) -> list[Commit]:
        with self.database.read() as tx:
            return _of(tx, component).commits(limit=limit, before=before)

    def read(self, component: str, sha: str) -> Tree:
        with self.database.read() as tx:
            return _of(tx, component).read(sha)

    def commit(
        self,
        component: str,
        *,
        parent: str,
        changes: Mapping[str, str | None],
        author: Author,
        message: str,
        at: datetime = NOON,
    ) -> Commit:
        with self.database.begin() as tx:
            return _of(tx, component).commit(parent=parent, changes=changes, author=author, message=message, at=at)

    def check_out(self, component: str, sha: str, folder: Path) -> None:
        with self.database.read() as tx:
            _of(tx, component).check_out(sha, folder)

    def remove(self, component: str) -> None:
        """With the component."""
        with self.database.begin() as tx:
            tx.execute(components.delete().where(components.c.id == component))

    def pushed(self, component: str, entries: Mapping[bytes, tuple[int, bytes]]) -> str:
        """The sha of a commit with these raw entries, as a foreign Git program could have made it; main stays."""
        store = MemoryObjectStore()
        blobs = []
        for path, (mode, content) in entries.items():
            blob = objects.Blob.from_string(content)
            store.add_object(blob)
            blobs.append((path, blob.id, mode))
        commit = objects.Commit()
        commit.tree = commit_tree(store, blobs)
        commit.author = commit.committer = b"Eve <eve@example.org>"
        commit.author_time = commit.commit_time = 0
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = b"harm"
        store.add_object(commit)
        with self.database.begin() as tx:
            kept = {sha.decode(): (store[sha].type_num, store[sha].as_raw_string()) for sha in store}
            repositories.of(tx, component).add(kept)
        return commit.id.decode()

    def move(self, component: str, expected: str, to: str) -> None:
        with self.database.begin() as tx:
            assert repositories.of(tx, component).move(expected, to)

    def count(self) -> int:
        """How many objects there are, of all components."""
        with self.database.read() as tx:
            return int(tx.execute(sa.select(sa.func.count()).select_from(git_objects)).scalar_one())

    def written_to(self, component: str, folder: Path) -> None:
        """The same as a bare repository on the disk, for Git itself to read."""
        folder.mkdir()
        with self.database.read() as tx, Repo.init_bare(str(folder), default_branch=b"main") as repo:
            shas = [row.sha for row in tx.execute(sa.select(git_objects.c.sha))]
            kept = repositories.of(tx, component)
            for kind, content in kept.find(shas).values():
                repo.object_store.add_object(objects.ShaFile.from_raw_string(kind, content))
            head = kept.head()
            assert head is not None
            repo.refs[b"refs/heads/main"] = head.encode()


def _of(tx: Tx, component: str) -> Repository:
    return Repository(repositories.of(tx, component))


def _add(tx: Tx, component: str) -> None:
    project = {"id": _PROJECT, "slug": _PROJECT, "name": "", "description": "", "is_example": False}
    tx.insert_missing(projects, [{**project, "created_at": tx.now}])
    row = {"id": component, "project_id": _PROJECT, "slug": component, "name": "", "description": "", "template": ""}
    tx.insert_missing(components, [{**row, "kind": "scheduled", "created_at": tx.now}])
