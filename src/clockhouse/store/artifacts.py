"""What builds made, for the servers that did not make it: pieces, and a row once all of them are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from clockhouse.model.build import Status
from clockhouse.store.builds import has_artifact
from clockhouse.store.database import Tx
from clockhouse.store.tables.builds import artifact_chunks, artifacts, builds

_SUCCEEDED = str(Status.SUCCEEDED)
_WANTED = [str(Status.RUNNING), _SUCCEEDED]


@dataclass(frozen=True, slots=True)
class Shared:
    """`sha256` is of all pieces together, `digest` what the build says of its artifact."""

    size_bytes: int
    sha256: str
    digest: str | None


def begin(tx: Tx, build_id: str) -> bool:
    """Removes what there is of it, so that it is shared from the first piece on; False when nobody wants it."""
    if not _is_wanted(tx, build_id):
        return False
    _remove(tx, [build_id])
    return True


def add(tx: Tx, build_id: str, seq: int, content: bytes) -> bool:
    """Adds a piece, the first one as number 0; False when nobody wants it any more."""
    if not _is_wanted(tx, build_id):
        return False
    tx.execute(artifact_chunks.insert().values(build_id=build_id, seq=seq, content=content))
    return True


def complete(tx: Tx, build_id: str, *, size_bytes: int, sha256: str) -> bool:
    """Says that all pieces are there; False when nobody wants them any more."""
    if not _is_wanted(tx, build_id):
        return False
    row = {"build_id": build_id, "size_bytes": size_bytes, "sha256": sha256, "created_at": tx.now}
    tx.execute(artifacts.insert().values(**row))
    return True


def find(tx: Tx, build_id: str) -> Shared | None:
    """None when it was not shared, or not all of it."""
    chosen = sa.select(artifacts.c.size_bytes, artifacts.c.sha256, builds.c.digest).join_from(artifacts, builds)
    row = tx.execute(chosen.where(artifacts.c.build_id == build_id)).first()
    return None if row is None else Shared(row.size_bytes, row.sha256, row.digest)


def piece(tx: Tx, build_id: str, seq: int) -> bytes | None:
    """None after the last one."""
    chosen = sa.select(artifact_chunks.c.content)
    mine = chosen.where(artifact_chunks.c.build_id == build_id, artifact_chunks.c.seq == seq)
    content: bytes | None = tx.execute(mine).scalar()
    return content


def unshared(tx: Tx, ids: Sequence[str]) -> list[str]:
    """Which of these builds succeeded, and are not shared; the newest first."""
    shared = sa.select(artifacts.c.build_id).where(artifacts.c.build_id == builds.c.id)
    chosen = sa.select(builds.c.id).where(builds.c.id.in_(ids), has_artifact, ~shared.exists())
    return [row.id for row in tx.execute(chosen.order_by(builds.c.id.desc()))]


def remove_unneeded(tx: Tx) -> int:
    """Removes what was shared by builds that then did not succeed, or are retired; of how many."""
    begun = sa.select(artifact_chunks.c.seq).where(
        artifact_chunks.c.build_id == builds.c.id, artifact_chunks.c.seq == 0
    )
    failed = [str(status) for status in Status if not status.is_open and str(status) != _SUCCEEDED]
    unneeded = sa.or_(builds.c.status.in_(failed), builds.c.retired_at.is_not(None))
    ids = [row.id for row in tx.execute(sa.select(builds.c.id).where(unneeded, begun.exists()))]
    _remove(tx, ids)
    return len(ids)


def _is_wanted(tx: Tx, build_id: str) -> bool:
    wanted = sa.select(builds.c.id).where(
        builds.c.id == build_id, builds.c.status.in_(_WANTED), builds.c.retired_at.is_(None)
    )
    return tx.execute(wanted.with_for_update(read=True)).first() is not None


def _remove(tx: Tx, ids: Sequence[str]) -> None:
    if ids:
        for table in (artifacts, artifact_chunks):
            tx.execute(table.delete().where(table.c.build_id.in_(ids)))
