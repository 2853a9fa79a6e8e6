"""Requests in the database: what is to be deployed once somebody approves of it, with its sealed secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from clockhouse.errors import Conflict, NotFound
from clockhouse.model import identifier
from clockhouse.model.actor import Actor
from clockhouse.model.component import Component
from clockhouse.model.configuration import Snapshot
from clockhouse.model.environment import Environment
from clockhouse.model.execution import said
from clockhouse.model.request import LIFE, Placement, Request, Status
from clockhouse.model.schedule import Terms
from clockhouse.store import builds, changes
from clockhouse.store import deployments as deployments_store
from clockhouse.store import terms as terms_store
from clockhouse.store.database import Tx, one
from clockhouse.store.tables.deployments import request_secrets, requests
from clockhouse.store.tables.environments import environments
from clockhouse.store.tables.projects import components, projects

_selected = (
    sa.select(
        requests,
        projects.c.slug.label("project"),
        projects.c.name.label("project_name"),
        components.c.slug.label("component"),
        components.c.name.label("component_name"),
        environments.c.slug.label("environment"),
        environments.c.name.label("environment_name"),
    )
    .join_from(requests, components, requests.c.component_id == components.c.id)
    .join(projects, components.c.project_id == projects.c.id)
    .join(environments, requests.c.environment_id == environments.c.id)
)
_is_open = requests.c.status == str(Status.OPEN)


def add(
    tx: Tx, component: Component, environment: Environment, placement: Placement, actor: Actor, *, note: str
) -> Request:
    """Keeps the wish until somebody decides. Raises Conflict when one waits already for that environment."""
    deployments_store.take_turn(tx, component)
    here = sa.and_(requests.c.component_id == component.id, requests.c.environment_id == environment.id)
    waiting = tx.execute(sa.select(requests.c.number, requests.c.requested_by).where(here, _is_open)).first()
    if waiting is not None:
        raise Conflict(
            f"Request {waiting.number} of {waiting.requested_by} waits already for {environment.name}. "
            "Let it be decided first, or cancel it."
        )
    latest = sa.select(sa.func.coalesce(sa.func.max(requests.c.number), 0)).where(
        requests.c.component_id == component.id
    )
    made = identifier.new(tx.now)
    tx.execute(
        requests.insert().values(
            id=made,
            component_id=component.id,
            environment_id=environment.id,
            number=latest.scalar_subquery() + 1,
            note=note,
            status=str(Status.OPEN),
            requester_id=actor.id,
            requested_by=actor.name,
            created_at=tx.now,
            expires_at=tx.now + LIFE,
            **_placed(placement),
        )
    )
    _keep_secrets(tx, made, placement.configured)
    tx.changed(changes.DEPLOYMENTS)
    return by_id(tx, made)


def by_id(tx: Tx, request_id: str) -> Request:
    rows = tx.execute(_selected.where(requests.c.id == request_id)).all()
    return _request(tx, one(rows, _UNKNOWN))


def get(tx: Tx, component: Component, number: int) -> Request:
    """The request; in a transaction that may write, nobody else decides about it until that ends."""
    deployments_store.take_turn(tx, component)
    mine = sa.and_(requests.c.component_id == component.id, requests.c.number == number)
    return _request(tx, one(tx.execute(_selected.where(mine)).all(), _UNKNOWN))


def of_component(tx: Tx, component: Component, *, only_open: bool, limit: int) -> list[Request]:
    """Newest first."""
    chosen = _selected.where(requests.c.component_id == component.id)
    if only_open:
        chosen = chosen.where(_waits(tx))
    return [_request(tx, row) for row in tx.execute(chosen.order_by(requests.c.number.desc()).limit(limit)).all()]


def waiting(tx: Tx, *, within: Set[str] | None = None) -> list[Request]:
    """All that wait to be decided in these projects (None: in all), oldest first."""
    chosen = _selected.where(_waits(tx), *_of_projects(within))
    return [_request(tx, row) for row in tx.execute(chosen.order_by(requests.c.id)).all()]


def of_requester(
    tx: Tx, actor_id: str, *, only_news: bool, limit: int, within: Set[str] | None = None
) -> list[Request]:
    """What somebody asked for in these projects (None: in all), newest first.

    `only_news`: what was decided, or has expired, and they have not seen.
    """
    chosen = _selected.where(requests.c.requester_id == actor_id, *_of_projects(within))
    if only_news:
        chosen = chosen.where(~_waits(tx), requests.c.seen_at.is_(None))
    return [_request(tx, row) for row in tx.execute(chosen.order_by(requests.c.id.desc()).limit(limit)).all()]


def waiting_there(tx: Tx, component: Component, environment: Environment) -> Request | None:
    """The one that waits for the environment; none does beside it in a transaction that may write."""
    deployments_store.take_turn(tx, component)
    here = sa.and_(requests.c.component_id == component.id, requests.c.environment_id == environment.id)
    row = tx.execute(_selected.where(here, _waits(tx))).first()
    return None if row is None else _request(tx, row)


def see(tx: Tx, request: Request) -> Request:
    """Who asked has seen what was decided."""
    unseen = sa.and_(requests.c.id == request.id, requests.c.seen_at.is_(None))
    tx.execute(requests.update().where(unseen).values(seen_at=tx.now))
    tx.changed(changes.DEPLOYMENTS)
    return by_id(tx, request.id)


def decide(
    tx: Tx,
    request: Request,
    status: Status,
    *,
    by: str,
    comment: str = "",
    problem: str | None = None,
    deployment: int | None = None,
) -> Request:
    """Ends its wait, and forgets its secrets. Raises Conflict when it is decided already."""
    decided = requests.update().where(requests.c.id == request.id, _is_open)
    facts = {"decided_at": tx.now, "decided_by": by, "comment": comment, "problem": problem, "deployment": deployment}
    if tx.execute(decided.values(status=str(status), **facts)).rowcount != 1:
        raise Conflict(f"Request {request.number} does not wait any more. Look at what became of it.")
    tx.execute(request_secrets.delete().where(request_secrets.c.request_id == request.id))
    tx.changed(changes.DEPLOYMENTS)
    return by_id(tx, request.id)


def expire(tx: Tx, *, component: Component | None = None) -> list[Request]:
    """Ends the wait of those that nobody decided in time, of one component or of all; which these were."""
    over = sa.select(requests.c.id).where(_is_open, requests.c.expires_at <= tx.now)
    if component is not None:
        over = over.where(requests.c.component_id == component.id)
    ids = tx.execute(over.with_for_update(skip_locked=True)).scalars().all()
    ended = {"status": str(Status.EXPIRED), "decided_at": tx.now}
    for each in ids:
        tx.execute(requests.update().where(requests.c.id == each, _is_open).values(**ended))
        tx.execute(request_secrets.delete().where(request_secrets.c.request_id == each))
        tx.changed(changes.DEPLOYMENTS)
    return [by_id(tx, each) for each in ids]


def next_end(tx: Tx) -> datetime | None:
    """When the next one expires."""
    found: datetime | None = tx.execute(sa.select(sa.func.min(requests.c.expires_at)).where(_is_open)).scalar()
    return found


_UNKNOWN = NotFound("There is no such request.")


def _of_projects(within: Set[str] | None) -> Sequence[sa.ColumnElement[bool]]:
    return () if within is None else (projects.c.slug.in_(within),)


def _waits(tx: Tx) -> sa.ColumnElement[bool]:
    return sa.and_(_is_open, requests.c.expires_at > tx.now)


def _placed(placement: Placement) -> dict[str, Any]:
    configured = placement.configured
    return {
        "release_id": placement.release.id,
        "source": placement.source,
        "configuration": dict(configured.values),
        "handover": {
            "references": dict(configured.references),
            "files": dict(configured.files),
            "given": None if placement.given is None else sorted(placement.given),
        },
        "limits": deployments_store.limits_written(placement.limits),
        "schedules": [terms_store.columns(each) for each in placement.terms],
        "is_watched": placement.is_watched,
    }


def _keep_secrets(tx: Tx, request_id: str, configured: Snapshot) -> None:
    rows = [
        {"request_id": request_id, "name": name, "sealed": text, "fingerprint": configured.fingerprints.get(name)}
        for name, text in configured.sealed.items()
    ]
    if rows:
        tx.execute(request_secrets.insert(), rows)


def _request(tx: Tx, row: Any) -> Request:
    handover = row.handover or {}
    secrets = tx.execute(sa.select(request_secrets).where(request_secrets.c.request_id == row.id)).all()
    references: Mapping[str, str] = handover.get("references", {})
    terms, problem = _terms(row.schedules)
    configured = Snapshot(
        values=row.configuration,
        sealed={each.name: each.sealed for each in secrets},
        fingerprints={each.name: each.fingerprint for each in secrets if each.fingerprint is not None},
        references=references,
        files=handover.get("files", {}),
    )
    return Request(
        id=row.id,
        number=row.number,
        project=row.project,
        project_name=row.project_name,
        component=row.component,
        component_name=row.component_name,
        component_id=row.component_id,
        environment=row.environment,
        environment_name=row.environment_name,
        placement=Placement(
            release=builds.release(tx, row.release_id),
            configured=configured,
            limits=deployments_store.limits_of(row.limits),
            terms=terms,
            given=None if handover.get("given") is None else frozenset(handover["given"]),
            is_watched=row.is_watched,
            source=row.source,
        ),
        note=row.note,
        status=Status(row.status),
        requester_id=row.requester_id,
        requested_by=row.requested_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        comment=row.comment or "",
        problem=row.problem or problem,
        deployment=row.deployment,
        seen_at=row.seen_at,
        secret_names=frozenset(configured.sealed) | frozenset(references),
    )


def _terms(written: Sequence[Mapping[str, Any]]) -> tuple[tuple[Terms, ...], str | None]:
    """The terms, and what is wrong with them: a zone may be gone."""
    try:
        return tuple(_read(each) for each in written), None
    except Exception as error:  # whatever is wrong with one request, the others can be seen
        return (), f"A schedule of it cannot be read any more: {said(error)}"


def _read(written: Mapping[str, Any]) -> Terms:
    texts = {name: json.dumps(written[name]) for name in ("trigger", "catch_up")}
    return terms_store.read(SimpleNamespace(**{**written, **texts}))
