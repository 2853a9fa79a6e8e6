"""Builds and releases in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict, NotFound
from clockhouse.kit.declared import Entry, Problem, Setting
from clockhouse.model import identifier
from clockhouse.model.build import KEPT, Build, Commit, Release, Status, Step
from clockhouse.model.component import Component
from clockhouse.model.log import LogLine
from clockhouse.model.recipe import Recipe
from clockhouse.store import changes, logs, recipes
from clockhouse.store.database import Tx, one
from clockhouse.store.tables.builds import builds, releases
from clockhouse.store.tables.deployments import deployments
from clockhouse.store.tables.executions import IS_OPEN, executions

_OPEN = [str(Status.QUEUED), str(Status.RUNNING)]
has_artifact = sa.and_(builds.c.status == str(Status.SUCCEEDED), builds.c.retired_at.is_(None))
"""Whether what a build made is there."""

_newer = builds.alias("newer")
_newer_ones = sa.select(sa.func.count()).where(
    _newer.c.component_id == builds.c.component_id,
    _newer.c.number > builds.c.number,
    _newer.c.status == str(Status.SUCCEEDED),
    _newer.c.retired_at.is_(None),
)
_placed = sa.select(deployments.c.id).join_from(deployments, releases, deployments.c.release_id == releases.c.id)
_is_deployed = _placed.where(releases.c.build_id == builds.c.id, deployments.c.status == "active").exists()
_is_awaited = (
    sa.select(executions.c.id)
    .join_from(executions, deployments, executions.c.deployment_id == deployments.c.id)
    .join(releases, deployments.c.release_id == releases.c.id)
    .where(releases.c.build_id == builds.c.id, IS_OPEN)
    .exists()
)
_is_idle = sa.and_(has_artifact, ~_is_deployed, ~_is_awaited)


def add(
    tx: Tx,
    component: Component,
    commit: Commit,
    *,
    requested_by: str,
    recipe: Recipe | None = None,
    branch: str | None = None,
) -> Build:
    """Queues a build, by the component's present recipe or by this one, for a `branch` of a connected repository."""
    tx.take_turn(f"builds of {component.id}")
    latest = sa.select(sa.func.coalesce(sa.func.max(builds.c.number), 0)).where(builds.c.component_id == component.id)
    build_id = identifier.new(tx.now)
    tx.execute(
        builds.insert().values(
            id=build_id,
            component_id=component.id,
            number=latest.scalar_subquery() + 1,
            commit_sha=commit.sha,
            commit_message=commit.message,
            commit_author=commit.author,
            commit_at=commit.at,
            commit_email=commit.email,
            status=str(Status.QUEUED),
            steps=[],
            settings=[],
            requested_by=requested_by,
            recipe=recipes.written(recipe or recipes.of(tx, component.id)),
            created_at=tx.now,
            branch=branch,
        )
    )
    tx.changed(changes.BUILDS, changes.BUILDS_QUEUE)
    return by_id(tx, build_id)


def by_id(tx: Tx, build_id: str) -> Build:
    rows = tx.execute(sa.select(builds).where(builds.c.id == build_id))
    return _build(one(rows, NotFound("This build has been removed.")))


def get(tx: Tx, component: Component, number: int) -> Build:
    rows = tx.execute(sa.select(builds).where(builds.c.component_id == component.id, builds.c.number == number))
    return _build(one(rows, NotFound(f"“{component.name}” has no build {number}.")))


def page(tx: Tx, component: Component, *, before: int | None, limit: int, branch: str | None = None) -> list[Build]:
    """Newest first; of one branch, or of all."""
    chosen = sa.select(builds).where(builds.c.component_id == component.id)
    if before is not None:
        chosen = chosen.where(builds.c.number < before)
    if branch is not None:
        chosen = chosen.where(builds.c.branch == branch)
    return [_build(row) for row in tx.execute(chosen.order_by(builds.c.number.desc()).limit(limit))]


def of_commit(
    tx: Tx, component: Component, sha: str, recipe: Recipe | None = None, *, branch: str | None = None
) -> Build | None:
    """The newest build of this commit that has succeeded and is not retired, or may still succeed; by this recipe.

    Where a branch is named, not one that was built for another branch.
    """
    chosen = sa.select(builds).where(
        builds.c.component_id == component.id,
        builds.c.commit_sha == sha,
        sa.or_(builds.c.status.in_(_OPEN), has_artifact),
    )
    if branch is not None:
        chosen = chosen.where(sa.or_(builds.c.branch == branch, builds.c.branch.is_(None)))
    found = (_build(row) for row in tx.execute(chosen.order_by(builds.c.number.desc())))
    return next((each for each in found if recipe is None or _is_by(each, recipe)), None)


def follow(tx: Tx, build: Build, branch: str) -> None:
    """Has a build that was asked for without a branch be one for this branch."""
    tx.execute(builds.update().where(builds.c.id == build.id, builds.c.branch.is_(None)).values(branch=branch))


def _is_by(build: Build, recipe: Recipe) -> bool:
    # One without a note is of a version that knew no choices, but for a directory and a kind.
    unnoted = Recipe(kind=recipe.kind, directory=recipe.directory)
    return (build.recipe or unnoted) == recipe


def branch_of(tx: Tx, component_id: str, sha: str) -> str | None:
    """For which branch this commit was last asked to be built; None where Clockhouse keeps the source."""
    mine = sa.select(builds.c.branch).where(builds.c.component_id == component_id, builds.c.commit_sha == sha)
    return tx.execute(mine.order_by(builds.c.number.desc()).limit(1)).scalar()


def latest_succeeded(tx: Tx, component: Component) -> Build | None:
    row = tx.execute(
        sa.select(builds).where(builds.c.component_id == component.id, has_artifact).order_by(builds.c.number.desc())
    ).first()
    return _build(row) if row else None


def claim(tx: Tx, worker: str, room: int, lease_until: datetime) -> list[Build]:
    """Takes at most `room` queued builds, oldest first."""
    chosen = sa.select(builds.c.id).where(builds.c.status == str(Status.QUEUED)).order_by(builds.c.id).limit(room)
    chosen = chosen.with_for_update(key_share=True, skip_locked=True)  # SQLite has no need of it, and leaves it out
    taken = [row.id for row in tx.execute(chosen) if _take(tx, row.id, worker, lease_until)]
    return [_noted(tx, by_id(tx, build_id)) for build_id in taken]


def _take(tx: Tx, build_id: str, worker: str, lease_until: datetime) -> bool:
    values = {"status": str(Status.RUNNING), "worker": worker, "lease_until": lease_until, "started_at": tx.now}
    queued = builds.update().where(builds.c.id == build_id, builds.c.status == str(Status.QUEUED))
    tx.changed(changes.BUILDS)
    return tx.execute(queued.values(**values)).rowcount == 1


def _noted(tx: Tx, build: Build) -> Build:
    """With its recipe, which a server of an earlier version did not note when it was asked for."""
    if build.recipe is not None:
        return build
    recipe = recipes.of(tx, build.component_id)
    tx.execute(builds.update().where(builds.c.id == build.id).values(recipe=recipes.written(recipe)))
    return replace(build, recipe=recipe)


def held(tx: Tx, worker: str) -> list[Build]:
    """The builds that the database says `worker` runs."""
    mine = sa.select(builds).where(builds.c.worker == worker, builds.c.status == str(Status.RUNNING))
    return [_build(row) for row in tx.execute(mine)]


def renew(tx: Tx, worker: str, ids: Sequence[str], lease_until: datetime) -> None:
    """Keeps the leases of these builds, as far as they are the worker's."""
    mine = builds.update().where(builds.c.id.in_(ids), builds.c.worker == worker)
    tx.execute(mine.where(builds.c.status == str(Status.RUNNING)).values(lease_until=lease_until))


def record_steps(tx: Tx, build: Build, steps: Sequence[Step]) -> None:
    """As long as it runs: whoever goes on with a build that is over changes nothing."""
    written = [{**asdict(step), "at": step.at.isoformat()} for step in steps]
    running = builds.update().where(builds.c.id == build.id, builds.c.status == str(Status.RUNNING))
    tx.execute(running.values(steps=written))
    tx.changed(changes.BUILDS, changes.log_of(build.id))


def record_seen(tx: Tx, build: Build, sentence: str) -> None:
    """What its source was found to be."""
    tx.execute(builds.update().where(builds.c.id == build.id).values(saw=sentence))
    tx.changed(changes.BUILDS)


def record_declared(tx: Tx, build: Build, declaration: str) -> None:
    """The clockhouse.yaml of its source."""
    tx.execute(builds.update().where(builds.c.id == build.id).values(declaration=declaration))
    tx.changed(changes.BUILDS)


def add_to_log(tx: Tx, build: Build, lines: Sequence[LogLine]) -> None:
    """As long as it runs."""
    running = sa.select(builds.c.id).where(builds.c.id == build.id, builds.c.status == str(Status.RUNNING))
    if tx.execute(running.with_for_update(read=True)).first() is not None:
        logs.append(tx, build.id, lines)


def succeed(tx: Tx, build: Build, *, digest: str, entry: Entry, settings: Sequence[Setting]) -> None:
    """Ends a running build well; it is a release from now on."""
    written = [setting.to_json() for setting in settings]
    if _end(tx, build, Status.SUCCEEDED, digest=digest, entry=asdict(entry), settings=written):
        release = {"id": identifier.new(tx.now), "component_id": build.component_id, "build_id": build.id}
        tx.execute(releases.insert().values(**release, created_at=tx.now))


def fail(tx: Tx, build: Build, status: Status, problem: Problem) -> bool:
    """Ends an open build as failed, cancelled or lost; says whether it was open."""
    return _end(tx, build, status, problem=asdict(problem))


def _end(tx: Tx, build: Build, status: Status, **values: object) -> bool:
    going = builds.update().where(builds.c.id == build.id, builds.c.status.in_(_OPEN))
    ended = {"status": str(status), "finished_at": tx.now, "worker": None, "lease_until": None}
    tx.changed(changes.BUILDS, changes.log_of(build.id))
    if tx.execute(going.values(**ended, **values)).rowcount == 1:
        return True
    if gone(tx, [build.id]):
        logs.remove(tx, build.id)  # what came in since its component was removed
    return False


def request_cancel(tx: Tx, build: Build, by: str) -> None:
    """Asks whoever runs it to stop."""
    tx.execute(builds.update().where(builds.c.id == build.id).values(cancel_requested_by=by))
    tx.changed(changes.BUILDS_QUEUE)


def cancelled(tx: Tx, worker: str) -> dict[str, str]:
    """The builds that `worker` runs and somebody wants stopped: who, by build id."""
    rows = tx.execute(
        sa.select(builds.c.id, builds.c.cancel_requested_by).where(
            builds.c.worker == worker,
            builds.c.status == str(Status.RUNNING),
            builds.c.cancel_requested_by.is_not(None),
        )
    )
    return {row.id: row.cancel_requested_by for row in rows}


def abandoned(tx: Tx, *, dead_before: datetime | None, but: str | None = None) -> list[Build]:
    """The running builds whose lease ended before this instant (None: whatever it is), but not those of one worker.

    One that is being renewed or ended at this moment is left out, too.
    """
    chosen = sa.select(builds).where(builds.c.status == str(Status.RUNNING))
    chosen = chosen.with_for_update(key_share=True, skip_locked=True)
    if dead_before is not None:
        chosen = chosen.where(builds.c.lease_until < dead_before)
    if but is not None:
        chosen = chosen.where(builds.c.worker != but)
    return [_build(row) for row in tx.execute(chosen)]


def gone(tx: Tx, ids: Sequence[str]) -> set[str]:
    """Which of these there are no more: their component was removed."""
    rows = tx.execute(sa.select(builds.c.id).where(builds.c.id.in_(ids)))
    return set(ids) - {row.id for row in rows}


def without_artifact(tx: Tx, ids: Sequence[str]) -> set[str]:
    """Which of these are no more, are retired or ended without success: nothing that they made is needed."""
    needed = sa.or_(builds.c.status.in_(_OPEN), has_artifact)
    rows = tx.execute(sa.select(builds.c.id).where(builds.c.id.in_(ids), needed))
    return set(ids) - {row.id for row in rows}


def retire(tx: Tx, *, keep: int = KEPT, limit: int = 20) -> int:
    """Retires at most `limit` builds that succeeded and that nobody needs; how many.

    Needed are, of each component, the `keep` newest, what is deployed, and what an execution waits for or runs.
    """
    old = sa.select(builds.c.id).where(_is_idle, _newer_ones.scalar_subquery() >= keep).order_by(builds.c.id)
    ids = tx.execute(old.limit(limit).with_for_update(skip_locked=True, of=builds)).scalars().all()
    # Once more, now that nobody can come to need them any more: see `hold`.
    idle = builds.update().where(builds.c.id.in_(ids), _is_idle)
    count = tx.execute(idle.values(retired_at=tx.now)).rowcount
    if count:
        tx.changed(changes.BUILDS)
    return count


def hold(tx: Tx, build: Build) -> None:
    """Keeps a build from being retired until the transaction ends. Raises Conflict when it is already."""
    there = sa.select(builds.c.id).where(builds.c.id == build.id, builds.c.retired_at.is_(None))
    one(tx.execute(there.with_for_update(read=True)), Conflict(retired(build)))


def retired(build: Build) -> str:
    """What to tell somebody who wants to run a retired build."""
    return f"What build {build.number} made was removed, since nobody needed it any more. Build its commit again."


def release_of(tx: Tx, build: Build) -> Release:
    rows = tx.execute(sa.select(releases).where(releases.c.build_id == build.id))
    row = one(rows, NotFound(f"Build {build.number} has not succeeded, so it cannot be deployed."))
    return Release(row.id, row.component_id, build, row.created_at)


def release(tx: Tx, release_id: str) -> Release:
    row = one(tx.execute(sa.select(releases).where(releases.c.id == release_id)), NotFound("There is no such release."))
    return Release(row.id, row.component_id, by_id(tx, row.build_id), row.created_at)


def _build(row: Any) -> Build:
    return Build(
        id=row.id,
        component_id=row.component_id,
        number=row.number,
        commit=Commit(row.commit_sha, row.commit_message, row.commit_author, row.commit_at, row.commit_email),
        status=Status(row.status),
        steps=tuple(Step(**{**step, "at": datetime.fromisoformat(step["at"])}) for step in row.steps),
        problem=Problem(**row.problem) if row.problem else None,
        settings=tuple(Setting.from_json(setting) for setting in row.settings),
        entry=Entry(**row.entry) if row.entry else None,
        digest=row.digest,
        requested_by=row.requested_by,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        retired_at=row.retired_at,
        recipe=recipes.read(row.recipe),
        saw=row.saw,
        branch=row.branch,
        declaration=row.declaration,
    )
