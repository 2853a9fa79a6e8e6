"""Schedules over HTTP: what people send, what it means, when it is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from clockhouse.api import routes, words
from clockhouse.api.auth import ActorOf, PartsOf
from clockhouse.api.bodies import ReasonBody
from clockhouse.api.forecast_bodies import CalendarBody, CalendarRequest, MinutesBody, calendar_body
from clockhouse.api.schedule_bodies import (
    CatchUpBody,
    CountryBody,
    CronBody,
    IntervalBody,
    NewSchedule,
    OnceBody,
    PreviewBody,
    PreviewRequest,
    ScheduleBody,
    TriggerBody,
)
from clockhouse.control import forecasts, schedules
from clockhouse.control.parts import Parts
from clockhouse.errors import Invalid
from clockhouse.model.schedule import Schedule, Terms
from clockhouse.task import CatchUp, CatchUpMode, InvalidTrigger, Overlap, Trigger, from_spec, to_spec

router = routes.router("/schedules", tags=["schedules"])
_trigger_body: TypeAdapter[TriggerBody] = TypeAdapter(TriggerBody)


@router.post("/preview")
def preview_schedule(parts: PartsOf, actor: ActorOf, body: PreviewRequest) -> PreviewBody:
    """What a schedule says, and its next due times, computed by the very code that will fire."""
    trigger = trigger_of(parts, body.trigger, "", key=body.key or "")
    left = body.count if body.max_count is None else max(0, body.max_count - body.so_far)
    due = schedules.preview(parts, actor, trigger, min(body.count, left))
    return PreviewBody(words=words.of(trigger), zone=words.zone_of(trigger), due=due)


@router.post("/calendar")
def schedule_calendar(parts: PartsOf, actor: ActorOf, body: CalendarRequest) -> CalendarBody:
    """What schedules would do in the next 90 days, computed by the very code that will fire."""
    component = (body.project, body.component) if body.project and body.component else None
    found, durations = forecasts.calendar(
        parts,
        actor,
        terms_of(parts, body.schedules, key="/".join(component or ())),
        component=component,
        environment=body.environment,
        zone=body.zone,
        start=body.start,
        days=body.days,
        at_once=body.at_once,
    )
    return calendar_body(found, durations)


@router.get("/minutes")
def due_by_minute(parts: PartsOf, actor: ActorOf) -> MinutesBody:
    """At which minutes of an hour the crons of the whole installation are due: where many start at once."""
    return MinutesBody(counts=forecasts.due_by_minute(parts, actor))


@router.get("/holidays")
def list_countries(parts: PartsOf, actor: ActorOf) -> list[CountryBody]:
    """The countries whose public holidays a schedule can leave out."""
    found = schedules.countries(parts, actor)
    return [CountryBody(country=code, subdivisions=list(known)) for code, known in found.items()]


def terms_of(parts: Parts, given: Sequence[NewSchedule], *, key: str) -> list[Terms]:
    """Raises Invalid with a sentence per field, as `schedules.<n>.trigger.<field>`. For `key` see `trigger_of`."""
    problems: dict[str, str] = {}
    found: list[Terms] = []
    for position, each in enumerate(given):
        place = f"schedules.{position}."
        try:
            trigger = trigger_of(parts, each.trigger, f"{place}trigger.", key=key)
            found.append(_terms(trigger, each, place))
        except Invalid as error:
            problems |= error.fields
    if problems:
        raise Invalid("Some schedules need another value.", problems)
    return found


def trigger_of(parts: Parts, body: IntervalBody | CronBody | OnceBody, place: str, *, key: str) -> Trigger:
    """Raises Invalid, under `place`, for what no clock can fire. `key` spreads a jitter and H that have none."""
    now = parts.database.now()
    plain = body.model_dump(exclude={"jitter", "excluding"})
    if isinstance(body, CronBody):
        plain["key"] = key
    first = _read(plain, now, place).next_after(now)
    if isinstance(body, IntervalBody) and body.start is None and first is not None:
        plain["start"] = first  # the present instant is none that anything is due at: nothing will be missing there
    excluding = [each.model_dump(exclude_none=True) for each in body.excluding or ()]
    for position, each in enumerate(excluding):
        _read({**plain, "excluding": [each]}, now, f"{place}excluding.{position}.", whole="excluding")
    jitter = None if body.jitter is None else {"by_s": body.jitter.by_s, "key": body.jitter.key or key}
    return _read({**plain, "excluding": excluding or None, "jitter": jitter}, now, f"{place}jitter.")


_FIELDS = {"every": "every_s", "by": "by_s"}  # where a trigger's field has another name here


def _read(spec: Mapping[str, object], now: datetime, place: str, *, whole: str = "") -> Trigger:
    """Raises Invalid; what is wrong with `whole` is at the place itself."""
    try:
        return from_spec(spec, now=now)
    except InvalidTrigger as error:
        field = _FIELDS.get(error.field, error.field)
        where = place.rstrip(".") if field == whole else f"{place}{field}"
        raise Invalid(error.sentence, {where: error.sentence}) from None


def _terms(trigger: Trigger, body: NewSchedule, place: str) -> Terms:
    try:
        catch_up = _catch_up(body.catch_up)
        overlap, after_pause = Overlap(body.overlap), body.catch_up.after_pause
        return Terms(trigger, overlap, catch_up, body.end_after_failures, body.max_count, after_pause)
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
    reason = schedule.ended_reason
    return ScheduleBody(
        id=schedule.id,
        trigger=_trigger_body.validate_python(_shown(terms.trigger)),
        overlap=terms.overlap.value,
        catch_up=_catch_up_body(terms),
        words=words.of(terms.trigger),
        zone=words.zone_of(terms.trigger),
        max_count=terms.max_count,
        end_after_failures=terms.end_after_failures,
        next_due_at=None if is_paused else schedule.next_due_at,
        count=schedule.count,
        ended_at=schedule.ended_at,
        ended_reason=ReasonBody.model_validate(reason, from_attributes=True) if reason else None,
    )


def new_schedule_body(terms: Terms) -> NewSchedule:
    """The same, as it would be asked for."""
    return NewSchedule(
        trigger=_trigger_body.validate_python(_shown(terms.trigger)),
        overlap=terms.overlap.value,
        catch_up=_catch_up_body(terms),
        max_count=terms.max_count,
        end_after_failures=terms.end_after_failures,
    )


def _catch_up_body(terms: Terms) -> CatchUpBody:
    within = terms.catch_up.within
    within_s = None if within is None else within.total_seconds()
    return CatchUpBody(mode=terms.catch_up.mode.value, within_s=within_s, after_pause=terms.after_pause)


def _shown(trigger: Trigger) -> dict[str, object]:
    return {name: value for name, value in to_spec(trigger).items() if name != "key"}
