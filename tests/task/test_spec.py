# ruff: noqa: DTZ001 - a naive datetime means UTC here, and that is tested

import json
from datetime import UTC, date, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.task.calendar import Excluding, PublicHolidays
from clockhouse.task.cron import CronTrigger, Fold, Gap
from clockhouse.task.errors import InvalidTrigger
from clockhouse.task.jitter import Jittered
from clockhouse.task.spec import from_spec, to_spec
from clockhouse.task.trigger import LONGEST_INTERVAL, SHORTEST_INTERVAL, DateTrigger, IntervalTrigger

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)

instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
windows = st.tuples(instants, instants).map(sorted)
bounds = st.one_of(st.just((None, None)), windows, instants.map(lambda at: (at, None)))
intervals = st.builds(
    lambda every, window: IntervalTrigger(every, *window),
    st.timedeltas(SHORTEST_INTERVAL, LONGEST_INTERVAL),
    windows | instants.map(lambda at: (at, None)),
)
crons = st.builds(
    lambda expression, zone, gap, fold, window, key: CronTrigger(expression, zone, gap, fold, *window, key),
    st.sampled_from(["*/5 * * * *", "@daily", "H H * * *", "0 30 2 * * mon#1", "0 9 LW * *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Colombo"]),
    st.sampled_from(Gap),
    st.sampled_from(Fold),
    bounds,
    st.text(max_size=10),
)
plain = st.one_of(intervals, instants.map(DateTrigger), crons)
days = st.frozensets(st.dates(), max_size=5) | st.sampled_from([PublicHolidays("LK"), PublicHolidays("DE", "BE")])
zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Colombo"])
excluding = st.builds(Excluding, plain | st.builds(Excluding, plain, days, zones), days, zones)
jitters = st.timedeltas(timedelta(microseconds=1), LONGEST_INTERVAL)
triggers = plain | excluding | st.builds(Jittered, plain | excluding, jitters, st.text(max_size=10))


@given(triggers)
def test_a_trigger_survives_being_stored(trigger):
    assert from_spec(json.loads(json.dumps(to_spec(trigger)))) == trigger


def test_an_interval_is_stored_in_seconds():
    assert to_spec(IntervalTrigger(timedelta(seconds=10), NOW)) == {
        "kind": "interval",
        "every_s": 10.0,
        "start": "2026-11-22T08:00:00Z",
        "end": None,
    }


def test_a_cron_is_stored_with_all_it_declares():
    assert to_spec(CronTrigger("*/5 * * * *", "Asia/Colombo")) == {
        "kind": "cron",
        "expression": "*/5 * * * *",
        "zone": "Asia/Colombo",
        "gap": "after",
        "fold": "first",
        "start": None,
        "end": None,
    }
    assert to_spec(CronTrigger("H * * * *", key="orders/sync"))["key"] == "orders/sync"


def test_once_is_stored_by_its_instant():
    assert to_spec(DateTrigger(NOW)) == {"kind": "once", "at": "2026-11-22T08:00:00Z"}


def test_an_interval_without_a_start_starts_now():
    assert from_spec({"kind": "interval", "every_s": 60}, now=NOW) == IntervalTrigger(timedelta(minutes=1), NOW)
    assert from_spec({"kind": "interval", "every_s": 60, "start": None}, now=NOW).start == NOW


def test_a_cron_needs_only_its_expression():
    assert from_spec({"kind": "cron", "expression": "@daily"}) == CronTrigger("@daily")
    assert from_spec({"kind": "cron", "expression": "@daily", "zone": None, "key": None}) == CronTrigger("@daily")


def test_instants_may_carry_an_offset_and_mean_utc_without():
    assert from_spec({"kind": "once", "at": "2026-11-22T13:30:00+05:30"}) == DateTrigger(NOW)
    assert from_spec({"kind": "once", "at": "2026-11-22 08:00"}) == DateTrigger(NOW)


INTERVAL = {"kind": "interval", "every_s": 10, "start": "2026-11-22T08:00:00Z"}
CRON = {"kind": "cron", "expression": "0 2 * * *"}


@pytest.mark.parametrize(
    ("field", "spec"),
    [
        ("kind", {}),
        ("kind", {"kind": "weekly"}),
        ("kind", {"kind": ["cron"]}),
        ("every", {"kind": "interval", "start": "2026-11-22T08:00:00Z"}),
        ("every", INTERVAL | {"every_s": 0}),
        ("every", INTERVAL | {"every_s": -(10**400)}),
        ("every", INTERVAL | {"every_s": 10**400}),
        ("every", INTERVAL | {"every_s": float("nan")}),
        ("every", INTERVAL | {"every_s": float("inf")}),
        ("every", INTERVAL | {"every_s": float("-inf")}),
        ("every", INTERVAL | {"every_s": True}),
        ("every", INTERVAL | {"every_s": "10"}),
        ("start", INTERVAL | {"start": None}),
        ("start", INTERVAL | {"start": "tomorrow"}),
        ("start", INTERVAL | {"start": 1763798400}),
        ("start", INTERVAL | {"start": "9999-12-31T23:59:59-05:00"}),
        ("end", INTERVAL | {"end": "2026-11-22T07:59:59Z"}),
        ("every_ms", INTERVAL | {"every_ms": 10}),
        ("at", {"kind": "once"}),
        ("at", {"kind": "once", "at": "soon"}),
        ("expression", {"kind": "cron"}),
        ("expression", CRON | {"expression": 5}),
        ("expression", CRON | {"expression": "0 25 * * *"}),
        ("expression", CRON | {"expression": "0 0 30 2 *"}),
        ("zone", CRON | {"zone": "Europe/Atlantis"}),
        ("zone", CRON | {"zone": 1}),
        ("gap", CRON | {"gap": "before"}),
        ("fold", CRON | {"fold": 2}),
        ("end", CRON | {"start": "2026-11-22T08:00:00Z", "end": "2026-11-22T07:00:00Z"}),
        ("key", CRON | {"key": 7}),
    ],
)
def test_a_spec_that_cannot_be_is_refused_by_field(field, spec):
    with pytest.raises(InvalidTrigger) as refused:
        from_spec(spec)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


def test_jitter_and_exclusions_are_parts_of_the_spec():
    trigger = Excluding(CronTrigger("@daily", "Europe/Berlin"), {date(2026, 12, 25), date(2026, 1, 1)}, "Europe/Berlin")
    trigger = Jittered(Excluding(trigger, PublicHolidays("DE", "BE")), timedelta(seconds=90), "orders")
    spec = to_spec(trigger)
    assert {name: spec[name] for name in ("jitter", "excluding")} == {
        "jitter": {"by_s": 90.0, "key": "orders"},
        "excluding": [
            {"dates": ["2026-01-01", "2026-12-25"], "zone": "Europe/Berlin"},
            {"country": "DE", "subdivision": "BE", "zone": "UTC"},
        ],
    }
    assert spec["kind"] == "cron"


def test_a_spec_without_jitter_and_exclusions_is_that_of_the_trigger_alone():
    nothing = {"jitter": None, "excluding": None}
    assert from_spec(CRON | nothing) == from_spec(CRON) == from_spec(CRON | {"excluding": []})
    assert set(to_spec(from_spec(CRON))) == {"kind", "expression", "zone", "gap", "fold", "start", "end"}


def test_exclusions_are_meant_in_the_zone_of_the_cron_where_they_name_none():
    exclusion = {"dates": ["2026-12-25"]}
    assert from_spec(CRON | {"zone": "Asia/Colombo", "excluding": [exclusion]}).zone == "Asia/Colombo"
    assert from_spec(CRON | {"zone": "Asia/Colombo", "excluding": [exclusion | {"zone": "UTC"}]}).zone == "UTC"
    assert from_spec(INTERVAL | {"excluding": [exclusion]}).zone == "UTC"


@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("jitter", {"jitter": 60}),
        ("by", {"jitter": {}}),
        ("by", {"jitter": {"by_s": 0}}),
        ("by", {"jitter": {"by_s": -5}}),
        ("by", {"jitter": {"by_s": 10**400}}),
        ("by", {"jitter": {"by_s": "60"}}),
        ("key", {"jitter": {"by_s": 60, "key": 7}}),
        ("seed", {"jitter": {"by_s": 60, "seed": 7}}),
        ("excluding", {"excluding": {"country": "LK"}}),
        ("excluding", {"excluding": ["LK"]}),
        ("excluding", {"excluding": [{}]}),
        ("excluding", {"excluding": [{"country": "LK", "dates": []}]}),
        ("excluding", {"excluding": [{"dates": []}] * 21}),
        ("country", {"excluding": [{"country": "XX"}]}),
        ("country", {"excluding": [{"country": 94}]}),
        ("subdivision", {"excluding": [{"country": "DE", "subdivision": "ZZ"}]}),
        ("subdivision", {"excluding": [{"dates": [], "subdivision": "BE"}]}),
        ("dates", {"excluding": [{"dates": "2026-12-25"}]}),
        ("dates", {"excluding": [{"dates": ["25.12.2026"]}]}),
        ("dates", {"excluding": [{"dates": ["20261225"]}]}),
        ("dates", {"excluding": [{"dates": ["2026-12-25T00:00"]}]}),
        ("dates", {"excluding": [{"dates": [20261225]}]}),
        ("dates", {"excluding": [{"dates": ["2026-12-25"] * 10_001}]}),
        ("zone", {"excluding": [{"country": "LK", "zone": "Asia/Atlantis"}]}),
        ("region", {"excluding": [{"country": "LK", "region": "W"}]}),
    ],
)
@pytest.mark.parametrize("spec", [CRON, INTERVAL], ids=["cron", "interval"])
def test_a_part_that_cannot_be_is_refused_by_field(spec, field, parts):
    with pytest.raises(InvalidTrigger) as refused:
        from_spec(spec | parts)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


def weekends_off() -> Excluding:
    class Weekends:
        def __contains__(self, day: date) -> bool:
            return day.weekday() >= 5

    return Excluding(CronTrigger("@daily"), Weekends())


@pytest.mark.parametrize(
    ("field", "trigger"),
    [
        ("jitter", Excluding(Jittered(DateTrigger(NOW), timedelta(seconds=1)), set())),
        ("jitter", Jittered(Jittered(DateTrigger(NOW), timedelta(seconds=1)), timedelta(seconds=1))),
        ("days", weekends_off()),
        ("days", Excluding(DateTrigger(NOW), {date(1, 1, 1) + timedelta(days=number) for number in range(10_001)})),
        ("excluding", reduce(Excluding, [set()] * 21, DateTrigger(NOW))),
    ],
    ids=["jittered within", "jittered twice", "days of their own making", "too many dates", "too many exclusions"],
)
def test_a_trigger_that_no_spec_can_describe_is_refused(field, trigger):
    with pytest.raises(InvalidTrigger) as refused:
        to_spec(trigger)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


def test_only_our_own_triggers_can_be_stored():
    class Tides:
        def next_after(self, instant: datetime) -> datetime | None:
            return None

    with pytest.raises(InvalidTrigger, match="Tides cannot be stored"):
        to_spec(Tides())
