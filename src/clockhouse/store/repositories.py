"""Components' sources in the database: Git objects, and where each component's branch is."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from clockhouse.errors import Unavailable
from clockhouse.store.database import Tx
from clockhouse.store.tables.projects import components
from clockhouse.store.tables.sources import git_objects, repositories

_LEVEL = 6  # of zlib


@dataclass(frozen=True, slots=True)
class Kept:
    """One component's repository in a transaction: what `builders.source` asks of whoever keeps Git objects."""

    tx: Tx
    component_id: str

    def begin(self) -> bool:
        """Makes an empty repository; False when there is one already."""
        self.tx.take_turn(f"repository of {self.component_id}")
        if self.tx.execute(self._mine).first() is not None:
            return False
        self.tx.execute(repositories.insert().values(component_id=self.component_id))
        return True

    def head(self) -> str | None:
        """The commit that the branch is at; None when there is no repository, or no commit in it.

        It stays there until a transaction that may write has ended, unless it is that one that moves it.
        """
        mine = self._mine.with_for_update(key_share=True) if self.tx.is_writing else self._mine
        sha: str | None = self.tx.execute(mine).scalar()
        return sha

    def move(self, expected: str | None, to: str) -> bool:
        """Moves the branch from `expected` to another commit; False when it is not at `expected` any more."""
        here = repositories.c.head.is_(None) if expected is None else repositories.c.head == expected
        mine = repositories.update().where(repositories.c.component_id == self.component_id, here)
        return self.tx.execute(mine.values(head=to)).rowcount == 1

    def find(self, shas: Collection[str]) -> dict[str, tuple[int, bytes]]:
        """Kind (as Git numbers them) and content of these objects, by sha; those that are not there are left out.

        Raises Unavailable when one of them is damaged.
        """
        rows = self.tx.execute(
            sa.select(git_objects.c.sha, git_objects.c.kind, git_objects.c.content).where(
                git_objects.c.component_id == self.component_id, git_objects.c.sha.in_(shas)
            )
        )
        try:
            return {row.sha: (row.kind, zlib.decompress(row.content)) for row in rows}
        except zlib.error as error:
            raise Unavailable("A part of the source is damaged. Restore the database from a backup.") from error

    def add(self, objects: Mapping[str, tuple[int, bytes]]) -> None:
        """Keeps these objects, as far as they are not there yet."""
        rows = [
            {"component_id": self.component_id, "sha": sha, "kind": kind, "content": zlib.compress(content, _LEVEL)}
            for sha, (kind, content) in objects.items()
        ]
        if rows:
            self.tx.insert_missing(git_objects, rows)

    @property
    def _mine(self) -> sa.Select[tuple[str | None]]:
        return sa.select(repositories.c.head).where(repositories.c.component_id == self.component_id)


def of(tx: Tx, component_id: str) -> Kept:
    """The component's repository, whether there is one already or not."""
    return Kept(tx, component_id)


def has_component(tx: Tx, component_id: str) -> bool:
    """Whether there is a component of this id, which may have no repository yet."""
    return tx.execute(sa.select(components.c.id).where(components.c.id == component_id)).first() is not None
