"""What may be asked of requests: to ask for a deployment, to approve, reject or cancel, and who is told what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clockhouse.control import access, deployments, placing
from clockhouse.control.configured import Place
from clockhouse.control.deployments import Promotion, Wish
from clockhouse.control.parts import Parts
from clockhouse.control.placing import Ready
from clockhouse.errors import ClockhouseError, Conflict, Forbidden, Invalid
from clockhouse.model import difference
from clockhouse.model.actor import SYSTEM, Actor, Permission, Role
from clockhouse.model.component import Component
from clockhouse.model.deployment import Deployment
from clockhouse.model.deployment import Status as DeploymentStatus
from clockhouse.model.difference import Change
from clockhouse.model.environment import Approval, Environment
from clockhouse.model.request import LONGEST_NOTE, Request, Status, may_decide
from clockhouse.model.schedule import Schedule, Terms
from clockhouse.store import audit, builds, components, environments, requests, reviewers
from clockhouse.store import deployments as deployments_store
from clockhouse.store.database import Tx


def require_approval(
    parts: Parts, actor: Actor, environment: str, *, role: Role | None, people: Sequence[str]
) -> Environment:
    """From now on, what is deployed there has to be approved: by who has the role there, or is among these people.

    `people` are logins or names. With neither, nobody has to approve any more; what waits can be approved by who may
    deploy there. Raises Invalid for people that there are not, or more than one of a name.
    """
    access.require(actor, Permission.ADMINISTER)
    with parts.database.begin() as tx:
        present = environments.get(tx, environment)
        found = reviewers.named(tx, people)
        approval = Approval(str(role) if role else None, found) if role or found else None
        environments.set_approval(tx, present, approval)
        named = ", ".join(found.values()) or None
        audit.note(tx, actor, "environment.approval-set", environment, role=str(role) if role else None, people=named)
        return environments.get(tx, environment)


def ask_to_deploy(parts: Parts, actor: Actor, project: str, slug: str, wish: Wish, *, note: str) -> Told:
    """As `deployments.deploy`, once somebody has approved of it.

    Raises Conflict when one waits already for that environment, and where nobody has to approve.
    """
    access.require(actor, Permission.OPERATE, project=project)
    with deployments.deploying(parts, actor, project, slug, wish, is_asked=True) as ready:
        return ask(ready, actor, note=note)


def ask_to_promote(parts: Parts, actor: Actor, project: str, slug: str, promotion: Promotion, *, note: str) -> Told:
    """As `deployments.promote`, once somebody has approved of it; see `ask_to_deploy`."""
    access.require(actor, Permission.OPERATE, project=project)
    with deployments.promoting(parts, actor, project, slug, promotion, is_asked=True) as ready:
        return ask(ready, actor, note=note)


def ask_to_redeploy(parts: Parts, actor: Actor, project: str, slug: str, environment: str, *, note: str) -> Told:
    """As `deployments.redeploy`, once somebody has approved of it: with what is set now; see `ask_to_deploy`."""
    access.require(actor, Permission.OPERATE, project=project)
    with deployments.redeploying(parts, actor, project, slug, environment, is_asked=True) as ready:
        return ask(ready, actor, note=note)


def ask_to_reschedule(
    parts: Parts, actor: Actor, project: str, slug: str, environment: str, *, terms: Sequence[Terms], note: str
) -> Told:
    """As `deployments.reschedule`, once somebody has approved of it; see `ask_to_deploy`."""
    access.require(actor, Permission.OPERATE, project=project)
    with deployments.rescheduling(parts, actor, project, slug, environment, terms=terms, is_asked=True) as ready:
        return ask(ready, actor, note=note)


def ask(ready: Ready, actor: Actor, *, note: str) -> Told:
    """Keeps what is ready until somebody decides; who calls this has checked that the actor may ask for it.

    Raises Conflict as `ask_to_deploy`.
    """
    tx, component, target = ready.place.tx, ready.place.component, ready.place.environment
    _check_length(note, "note")
    if target.approval is None:
        raise Conflict(f"Nobody has to approve what is deployed to {target.name}. Deploy it.")
    for each in requests.expire(tx, component=component):
        _note(tx, SYSTEM, each, "expired")
    made = requests.add(tx, component, target, ready.placement, actor, note=note)
    _note(tx, actor, made, "made", build=made.placement.release.build.number)
    return _told(tx, actor, made)


@dataclass(frozen=True, slots=True)
class Told:
    """A request as somebody sees it.

    `may_decide`: whether they may approve or reject it now, `may_cancel` whether they may take it back. `is_news`:
    whether they asked for it, and have not seen what was decided. `changes` is what it has otherwise than what its
    environment has at present; None where that has nothing, and for one that is decided.
    """

    request: Request
    status: Status
    may_decide: bool
    may_cancel: bool
    is_news: bool
    changes: Sequence[Change] | None


def of_component(parts: Parts, actor: Actor, project: str, slug: str, *, only_open: bool, limit: int) -> list[Told]:
    """A component's requests, newest first."""
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        found = requests.of_component(tx, components.get(tx, project, slug), only_open=only_open, limit=limit)
        return [_told(tx, actor, each) for each in found]


def waiting(parts: Parts, actor: Actor) -> list[Told]:
    """All that wait in the projects that the actor may see, oldest first."""
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        return [_told(tx, actor, each) for each in requests.waiting(tx, within=actor.projects())]


def own(parts: Parts, actor: Actor, *, only_news: bool, limit: int) -> list[Told]:
    """What the actor asked for, in the projects that they may see, newest first."""
    access.require(actor, Permission.READ)
    with parts.database.read() as tx:
        found = requests.of_requester(tx, actor.id, only_news=only_news, limit=limit, within=actor.projects())
        return [_told(tx, actor, each) for each in found]


def see(parts: Parts, actor: Actor, project: str, slug: str, number: int) -> Told:
    """Who asked has seen what was decided, and is not told any more. Raises Conflict for one that still waits.

    It changes nothing of the request, and so is not in the audit trail.
    """
    access.require(actor, Permission.READ, project=project)
    with parts.database.begin() as tx:
        request = requests.get(tx, components.get(tx, project, slug), number)
        if request.requester_id != actor.id:
            raise Conflict(f"Request {number} is of {request.requested_by}, who alone is told what was decided.")
        if request.status_at(tx.now) is Status.OPEN:
            raise Conflict(f"Request {number} still waits to be decided.")
        return _told(tx, actor, requests.see(tx, request))


def get(parts: Parts, actor: Actor, project: str, slug: str, number: int) -> Told:
    access.require(actor, Permission.READ, project=project)
    with parts.database.read() as tx:
        return _told(tx, actor, requests.get(tx, components.get(tx, project, slug), number))


def approve(parts: Parts, actor: Actor, project: str, slug: str, number: int, *, comment: str = "") -> Told:
    """Deploys what was asked for, in this very transaction.

    Where that is not possible any more, the request has failed, and says why: nothing is deployed. Raises Forbidden for
    who may not approve, and for one's own; Conflict when it does not wait any more.
    """
    access.require(actor, Permission.READ, project=project)
    _check_length(comment, "comment")
    with parts.database.begin() as tx:
        component = components.get(tx, project, slug)
        environment = requests.get(tx, component, number).environment
        tx = deployments_store.held(tx, [component], environment)
        request = _open(tx, component, number)
        _check_decider(tx, actor, request)
        ready = Ready(Place(tx, parts.vault, component, environments.get(tx, environment)), request.placement)
        try:
            _check_valid(ready, request)
        except ClockhouseError as error:
            _note(tx, actor, request, "failed", problem=error.sentence)
            failed = requests.decide(tx, request, Status.FAILED, by=actor.name, comment=comment, problem=error.sentence)
            return _told(tx, actor, failed)
        made = placing.place(ready, actor, by=request.requested_by)
        decided = requests.decide(tx, request, Status.APPROVED, by=actor.name, comment=comment, deployment=made.number)
        _note(tx, actor, request, "approved", deployment=made.number)
        return _told(tx, actor, decided)


def reject(parts: Parts, actor: Actor, project: str, slug: str, number: int, *, comment: str = "") -> Told:
    """Ends its wait: nothing is deployed. Raises as `approve`."""
    access.require(actor, Permission.READ, project=project)
    _check_length(comment, "comment")
    with parts.database.begin() as tx:
        request = _open(tx, components.get(tx, project, slug), number)
        _check_decider(tx, actor, request)
        _note(tx, actor, request, "rejected")
        return _told(tx, actor, requests.decide(tx, request, Status.REJECTED, by=actor.name, comment=comment))


def cancel(parts: Parts, actor: Actor, project: str, slug: str, number: int, *, comment: str = "") -> Told:
    """Takes it back: one's own, any where one administers, what Clockhouse asked for by itself where one may deploy.

    Raises Conflict when it does not wait any more.
    """
    access.require(actor, Permission.READ, project=project)
    _check_length(comment, "comment")
    with parts.database.begin() as tx:
        request = _open(tx, components.get(tx, project, slug), number)
        if not _is_own(actor, request):
            access.require(actor, _to_cancel(request), project=project)
        _note(tx, actor, request, "cancelled")
        cancelled = requests.decide(tx, request, Status.CANCELLED, by=actor.name, comment=comment)
        return _told(tx, actor, requests.see(tx, cancelled) if request.requester_id == actor.id else cancelled)


def _told(tx: Tx, actor: Actor, request: Request) -> Told:
    status = request.status_at(tx.now)
    if status is not Status.OPEN:
        is_news = request.requester_id == actor.id and request.seen_at is None
        return Told(request, status, may_decide=False, may_cancel=False, is_news=is_news, changes=None)
    environment, is_theirs = environments.get(tx, request.environment), _is_theirs(tx, actor, request)
    present = deployments_store.active(tx, components.get(tx, request.project, request.component), environment)
    return Told(
        request,
        status,
        may_decide=not is_theirs and may_decide(actor, environment.approval, request.project, environment),
        may_cancel=_is_own(actor, request) or actor.may(_to_cancel(request), request.project),
        is_news=False,
        changes=None if present is None else difference.between(present, _as_deployment(request, environment)),
    )


def _to_cancel(request: Request) -> Permission:
    """What it takes to take back somebody else's."""
    return Permission.OPERATE if request.requester_id == SYSTEM.id else Permission.ADMINISTER


def _is_theirs(tx: Tx, actor: Actor, request: Request) -> bool:
    """Whether they asked for it, or Clockhouse did by itself for what they committed last, as far as that tells."""
    if request.requester_id == SYSTEM.id:
        return reviewers.wrote(tx, actor, request.placement.release.build.commit.email)
    return request.requester_id == actor.id


def _is_own(actor: Actor, request: Request) -> bool:
    """Whether they may take it back as who asked for it: not with a token that could not have asked."""
    return actor.may_be_named and request.requester_id == actor.id


def _as_deployment(request: Request, environment: Environment) -> Deployment:
    """What it would become, for comparing."""
    wanted = request.placement
    return Deployment(
        id="",
        number=0,
        component_id=request.component_id,
        environment_id=environment.id,
        environment=environment.slug,
        release=wanted.release,
        values=wanted.configured.values,
        secret_names=request.secret_names,
        schedules=tuple(Schedule("", "", position, each, None, None) for position, each in enumerate(wanted.terms)),
        unreadable_schedules=0,
        limits=wanted.limits,
        status=DeploymentStatus.ACTIVE,
        pause=None,
        created_at=request.created_at,
        created_by=request.requested_by,
        references=wanted.configured.references,
        fingerprints=wanted.configured.fingerprints,
        files=wanted.configured.files,
    )


def _open(tx: Tx, component: Component, number: int) -> Request:
    request = requests.get(tx, component, number)
    status = request.status_at(tx.now)
    if status is not Status.OPEN:
        raise Conflict(f"Request {number} does not wait any more: it is {status}.")
    return request


def _check_decider(tx: Tx, actor: Actor, request: Request) -> None:
    if request.requester_id == actor.id:
        raise Forbidden("Nobody decides about their own request. Let somebody else do it, or cancel it.")
    if _is_theirs(tx, actor, request):
        raise Forbidden(
            "Its newest commit names you as its author, and nobody decides about their own. Let somebody else do it, "
            "or have it asked for by somebody else."
        )
    environment = environments.get(tx, request.environment)
    if not may_decide(actor, environment.approval, request.project, environment):
        raise Forbidden(f"You are not among those who approve what is deployed to {request.environment}.")


def _check_valid(ready: Ready, request: Request) -> None:
    """Raises a ClockhouseError with the reason why it cannot be deployed any more."""
    if request.problem is not None:
        raise Conflict(request.problem)
    _check_requester(ready.place.tx, request)
    release = builds.release(ready.place.tx, request.placement.release.id)
    if release.build.retired_at is not None:
        raise Conflict(builds.retired(release.build))
    if (unfit := release.build.unfit_for(ready.place.environment)) is not None:
        raise Conflict(unfit)
    _check_due(ready.place.tx, request.placement.terms)
    placing.check_complete(ready)


def _check_requester(tx: Tx, request: Request) -> None:
    """Raises Conflict where who asked could not ask for it now."""
    if request.requester_id == SYSTEM.id:
        return
    who, remedy = request.requested_by, "Somebody who may deploy has to ask for it anew."
    asking = reviewers.present(tx, request.requester_id)
    if asking is None:
        raise Conflict(f"The account of {who}, who asked for it, was disabled or removed. {remedy}")
    if not asking.may(Permission.OPERATE, request.project):
        raise Conflict(f"{who}, who asked for it, may not deploy in this project any more. {remedy}")


def _check_due(tx: Tx, terms: Sequence[Terms]) -> None:
    if any(each.trigger.next_after(tx.now) is None for each in terms):
        raise Conflict("A schedule of it has passed meanwhile, so nothing of that would ever be due. Ask for it anew.")


def _check_length(text: str, field: str) -> None:
    if len(text) > LONGEST_NOTE:
        sentence = f"Write at most {LONGEST_NOTE} characters."
        raise Invalid(sentence, {field: sentence})


def _note(
    tx: Tx,
    actor: Actor,
    request: Request,
    verb: str,
    *,
    build: int | None = None,
    deployment: int | None = None,
    problem: str | None = None,
) -> None:
    thing, where, number = f"{request.project}/{request.component}", request.environment, request.number
    told = {"build": build, "deployment": deployment}
    known: dict[str, Any] = {name: fact for name, fact in told.items() if fact is not None}
    audit.note(tx, actor, f"request.{verb}", thing, environment=where, request=number, problem=problem, **known)
