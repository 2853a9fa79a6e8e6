"""Alerts over HTTP: rules, what one would have told, and what came of those there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Path, Query

from clockhouse.api import routes
from clockhouse.api.alert_bodies import (
    AlertBody,
    AlertRequest,
    AlertTrialBody,
    ConditionBody,
    ConditionRequest,
    IncidentBody,
    MessageBody,
    RuleRequest,
    SwitchRequest,
    TriedIncidentBody,
)
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import MOST
from clockhouse.control import alerts
from clockhouse.control.alerts import Known, Trial, Would
from clockhouse.errors import Invalid
from clockhouse.model import alert as model
from clockhouse.model.alert import Condition, Wish
from clockhouse.model.incident import Listed
from clockhouse.model.message import Message

router = routes.router("/projects/{project}", tags=["alerts"])
_ONE = "/alerts/{number}"
Number = Annotated[int, Path(ge=1, le=MOST)]
_SAME = (
    *("id", "alert", "project", "component", "environment", "sentence", "began_at", "noticed_at", "opened_by"),
    *("due_at", "reason", "over_at", "ended_by", "quiet", "failures"),
)


@router.get("/alerts")
def list_alerts(parts: PartsOf, actor: ActorOf, project: str) -> list[AlertBody]:
    """By their numbers."""
    return [_alert(each) for each in alerts.every(parts, actor, project)]


@router.post("/alerts", status_code=201)
def add_alert(parts: PartsOf, actor: ActorOf, project: str, body: AlertRequest) -> AlertBody:
    """It looks at what ends from now on."""
    return _alert(alerts.add(parts, actor, project, _wish(body)))


@router.post("/alerts/try")
def try_alert(parts: PartsOf, actor: ActorOf, project: str, body: RuleRequest) -> AlertTrialBody:
    """What such a rule would have told in the last 30 days; nothing is saved and nobody is told."""
    condition = _condition(body.when)
    where = {"component": body.component, "environment": body.environment}
    return _trial(condition, alerts.attempt(parts, actor, project, condition, **where))


@router.get(_ONE)
def get_alert(parts: PartsOf, actor: ActorOf, project: str, number: Number) -> AlertBody:
    return _alert(alerts.get(parts, actor, project, number))


@router.put(_ONE)
def change_alert(parts: PartsOf, actor: ActorOf, project: str, number: Number, body: AlertRequest) -> AlertBody:
    """Puts this in its place. Where it is another rule then, what is open ends without being told."""
    return _alert(alerts.change(parts, actor, project, number, _wish(body)))


@router.post(_ONE + "/switch")
def switch_alert(parts: PartsOf, actor: ActorOf, project: str, number: Number, body: SwitchRequest) -> AlertBody:
    """Off: it looks at nothing and tells nothing. On again, it looks at what ends from then on."""
    return _alert(alerts.switch(parts, actor, project, number, is_on=body.is_on))


@router.delete(_ONE, status_code=204)
def remove_alert(parts: PartsOf, actor: ActorOf, project: str, number: Number) -> None:
    """With its incidents."""
    alerts.remove(parts, actor, project, number)


@router.get("/incidents")
def list_incidents(
    parts: PartsOf,
    actor: ActorOf,
    project: str,
    alert: Annotated[int | None, Query(ge=1, le=MOST, description="The number of one alert.")] = None,
    component: Annotated[str | None, Query(max_length=60)] = None,
    is_open: Annotated[bool, Query(description="Only those that last.")] = False,
    before: Annotated[
        str | None, Query(max_length=26, description="The id of the last one of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[IncidentBody]:
    """Those noticed last first, each with what was told of it."""
    found = alerts.incidents(
        parts, actor, project, number=alert, component=component, only_open=is_open, before=before, limit=limit
    )
    return [_incident(each) for each in found]


def _condition(when: str | ConditionRequest) -> Condition:
    if isinstance(when, str):
        return model.read(when)
    try:
        limit = None if when.limit_s is None else timedelta(seconds=when.limit_s)
    except (OverflowError, ValueError):
        sentence = "Give a duration between a second and a year."
        raise Invalid(sentence, {"limit_s": sentence}) from None
    return model.made(when.kind, count=when.count, limit=limit)


def _wish(body: AlertRequest) -> Wish:
    told = tuple(dict.fromkeys(body.channels))
    return Wish(_condition(body.when), told, body.component, body.environment, body.tells_end, body.is_on)


def _alert(known: Known) -> AlertBody:
    found, wish = known.alert, known.alert.wish
    return AlertBody(
        number=found.number,
        sentence=found.sentence,
        when=model.write(wish.condition),
        condition=_told(wish.condition),
        component=wish.component,
        environment=wish.environment,
        channels=list(wish.channels),
        tells_end=wish.tells_end,
        is_on=wish.is_on,
        is_declared=found.declared_by is not None,
        since=found.since,
        created_at=found.created_at,
        created_by=found.created_by,
        open=known.open,
        last=None if known.last is None else _incident(known.last),
    )


def _told(condition: Condition) -> ConditionBody:
    limit: timedelta | None = getattr(condition, "limit", None)
    return ConditionBody.model_validate(
        {
            "kind": model.kind_of(condition),
            "count": getattr(condition, "count", None),
            "limit_s": None if limit is None else limit.total_seconds(),
        }
    )


def _incident(listed: Listed) -> IncidentBody:
    return IncidentBody(
        **{name: getattr(listed, name) for name in _SAME}, messages=[_message(each) for each in listed.messages]
    )


def _message(message: Message) -> MessageBody:
    return MessageBody(
        channel=message.channel,
        side=message.side.value,
        state=message.state.value,
        attempts=message.attempts,
        error=message.error,
        created_at=message.created_at,
        settled_at=message.settled_at,
    )


def _trial(condition: Condition, trial: Trial) -> AlertTrialBody:
    return AlertTrialBody(
        when=model.write(condition),
        since=trial.since,
        until=trial.until,
        is_whole=trial.is_whole,
        ends=trial.ends,
        count=trial.count,
        incidents=[_would(each) for each in trial.incidents],
    )


def _would(would: Would) -> TriedIncidentBody:
    found = would.incident
    return TriedIncidentBody(
        component=would.component,
        environment=would.environment,
        began_at=found.began_at,
        opened_by=found.opened_by,
        due_at=found.due_at,
        reason=found.reason,
        over_at=found.over_at,
        ended_by=found.ended_by,
    )
