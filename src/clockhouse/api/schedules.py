"""Schedules over HTTP: what people send, what it means, when it is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter
from pydantic import TypeAdapter

from clockhouse.api import words
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import (
    CatchUpBody,
    CronBody,
    IntervalBody,
    NewSchedule,
    OnceBody,
    PreviewBody,
    PreviewRequest,
    ScheduleBody,
    TriggerBody,
)
from clockhouse.control import schedules
from clockhouse.control.parts import Parts
from clockhouse.errors import Invalid
from clockhouse.model.schedule import Schedule, Terms
from clockhouse.task import CatchUp, CatchUpMode, InvalidTrigger, Overlap, Trigger, from_spec, to_spec

router = APIRouter(prefix="/schedules", tags=["schedules"])
_trigger_body: TypeAdapter[TriggerBody] = TypeAdapter(TriggerBody)


@router.post("/preview")
def preview_schedule(parts: PartsOf, actor: ActorOf, body: PreviewRequest) -> PreviewBody:
    """What a schedule says, and its next due times, computed by the very code that will fire."""
    trigger = trigger_of(parts, body.trigger, "")
    due = schedules.preview(parts, actor, trigger, body.count)
    return PreviewBody(words=words.of(trigger), zone=words.zone_of(trigger), due=due)


def terms_of(parts: Parts, given: Sequence[NewSchedule]) -> list[Terms]:
    """Raises Invalid with a sentence per field, as `schedules.<n>.trigger.<field>`."""
    problems: dict[str, str] = {}
    found: list[Terms] = []
    for position, each in enumerate(given):
        place = f"schedules.{position}."
        try:
            trigger = trigger_of(parts, each.trigger, f"{place}trigger.")
            found.append(_terms(trigger, each, place))
        except Invalid as error:
            problems |= error.fields
    if problems:
        raise Invalid("Some schedules need another value.", problems)
    return found


def trigger_of(parts: Parts, body: IntervalBody | CronBody | OnceBody, place: str) -> Trigger:
    """Raises Invalid, under `place`, for what no clock can fire."""
    try:
        return from_spec(body.model_dump(), now=parts.database.now())
    except InvalidTrigger as error:
        field = "every_s" if error.field == "every" else error.field
        raise Invalid(error.sentence, {f"{place}{field}": error.sentence}) from None


def _terms(trigger: Trigger, body: NewSchedule, place: str) -> Terms:
    try:
        catch_up = _catch_up(body.catch_up)
        return Terms(trigger, Overlap(body.overlap), catch_up)
    except Invalid as error:
        fields = {f"{place}{field}": sentence for field, sentence in error.fields.items()}
        raise Invalid(error.sentence, fields) from None


def _catch_up(body: CatchUpBody) -> CatchUp:
    try:
        within = None if body.within_s is None else timedelta(seconds=body.within_s)
        return CatchUp(CatchUpMode(body.mode), within)
    except (ValueError, OverflowError):
        sentence = "Write a number of seconds from 0 up, or none."
        raise Invalid(sentence, {"catch_up.within_s": sentence}) from None


def schedule_body(schedule: Schedule, *, is_paused: bool) -> ScheduleBody:
    terms = schedule.terms
    within = terms.catch_up.within
    return ScheduleBody(
        id=schedule.id,
        trigger=_trigger_body.validate_python(_shown(terms.trigger)),
        overlap=terms.overlap.value,
        catch_up=CatchUpBody(
            mode=terms.catch_up.mode.value, within_s=None if within is None else within.total_seconds()
        ),
        words=words.of(terms.trigger),
        zone=words.zone_of(terms.trigger),
        next_due_at=None if is_paused else schedule.next_due_at,
        ended_at=schedule.ended_at,
    )


def _shown(trigger: Trigger) -> dict[str, object]:
    return {name: value for name, value in to_spec(trigger).items() if name != "key"}
