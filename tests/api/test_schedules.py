"""Schedules before there is one: words, due times and what is refused."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.api import V1, Installation

from clockhouse.api import words
from clockhouse.task import CronTrigger, InvalidTrigger

PREVIEW = f"{V1}/schedules/preview"


def preview(house: Installation, count: int = 3, **trigger: Any) -> Any:
    return house.post(PREVIEW, {"trigger": trigger, "count": count})


def test_an_interval_is_told_in_words_with_its_next_due_times(house: Installation) -> None:
    assert preview(house, kind="interval", every_s=10) == {
        "words": "Every 10 seconds",
        "zone": "UTC",
        "due": ["2026-11-22T12:00:10Z", "2026-11-22T12:00:20Z", "2026-11-22T12:00:30Z"],
    }


def test_five_due_times_are_shown_unless_another_number_is_asked_for(house: Installation) -> None:
    answer = house.post(PREVIEW, {"trigger": {"kind": "interval", "every_s": 60}})

    assert len(answer["due"]) == 5


def test_a_cron_goes_by_the_clock_of_its_zone(house: Installation) -> None:
    found = preview(house, kind="cron", expression="0 8 * * 1-5", zone="Asia/Colombo", count=2)

    assert found["words"] == "At 08:00, Monday through Friday"
    assert found["zone"] == "Asia/Colombo"
    assert found["due"] == ["2026-11-23T02:30:00Z", "2026-11-24T02:30:00Z"]


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # 02:30 is skipped on 28 March 2027, and comes twice on 31 October.
        ("2027-03-27T00:00:00Z", ["2027-03-27T01:30:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"]),
        ("2027-10-30T00:00:00Z", ["2027-10-30T00:30:00Z", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"]),
    ],
)
def test_clock_changes_neither_lose_nor_double_a_day(house: Installation, start: str, due: list[str]) -> None:
    found = preview(house, kind="cron", expression="30 2 * * *", zone="Europe/Berlin", start=start)

    assert found["due"] == due


def test_a_time_that_comes_once_is_shown_once(house: Installation) -> None:
    found = preview(house, kind="once", at="2026-11-22T18:00:00+05:30")

    assert found["words"] == "Once, on 22 November 2026 at 12:30:00"
    assert found["due"] == ["2026-11-22T12:30:00Z"]


def test_a_schedule_that_ends_shows_what_is_left(house: Installation) -> None:
    found = preview(house, count=100, kind="interval", every_s=60, end="2026-11-22T12:02:30Z")

    assert found["due"] == ["2026-11-22T12:01:00Z", "2026-11-22T12:02:00Z"]


@pytest.mark.parametrize(
    ("every_s", "said"),
    [
        (1, "Every second"),
        (60, "Every minute"),
        (3600, "Every hour"),
        (86400, "Every day"),
        (90, "Every 90 seconds"),
        (120, "Every 2 minutes"),
        (7 * 86400, "Every 7 days"),
        (0.5, "Every 0.5 seconds"),
        (90.5, "Every 90.5 seconds"),
    ],
)
def test_intervals_are_said_as_people_say_them(house: Installation, every_s: float, said: str) -> None:
    assert preview(house, kind="interval", every_s=every_s)["words"] == said


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("* * * * *", "Every minute"),
        ("*/5 * * * *", "Every 5 minutes"),
        ("@hourly", "Every hour, on the hour"),
        ("@daily", "Every day at 00:00"),
        ("0 0 * * 0", "At 00:00, only on Sunday"),
        ("0 0 * * 7", "At 00:00, only on Sunday"),
        ("15 30 8 * * *", "At 08:30:15"),
    ],
)
def test_crons_are_said_as_people_say_them(house: Installation, expression: str, said: str) -> None:
    assert preview(house, kind="cron", expression=expression)["words"] == said


def test_a_cron_with_both_day_fields_is_said_to_fire_on_either(house: Installation) -> None:
    found = preview(house, kind="cron", expression="0 0 13 * 5", count=2)

    assert found["due"] == ["2026-11-27T00:00:00Z", "2026-12-04T00:00:00Z"]
    assert " or " in found["words"]


_FIELDS = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    spans = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    stepped = st.tuples(spans | st.just("*"), st.integers(1, high)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    one = number.map(str) | spans | stepped
    return st.just("*") | one | st.lists(one, min_size=2, max_size=3).map(",".join)


@pytest.mark.slow
@given(st.booleans().flatmap(lambda long: st.tuples(*[_field(*each) for each in _FIELDS[0 if long else 1 :]])))
@settings(max_examples=150)
def test_every_cron_that_fires_can_be_said(fields: tuple[str, ...]) -> None:
    expression = " ".join(fields)
    try:
        trigger = CronTrigger(expression)
    except InvalidTrigger:
        return
    assert words.of(trigger)


@pytest.mark.parametrize(
    "expression",
    ["0 0 L * *", "0 0 LW * *", "0 0 15W * *", "0 0 * * 5#2", "0 0 * * 5L", "0 0 ? * MON", "0 0 * JAN-MAR *"],
)
def test_the_rarer_forms_can_be_said_where_they_fire(expression: str) -> None:
    try:
        trigger = CronTrigger(expression)
    except InvalidTrigger:
        return
    assert words.of(trigger)


@pytest.mark.parametrize(
    ("trigger", "field"),
    [
        ({"kind": "interval", "every_s": 0}, "every_s"),
        ({"kind": "interval", "every_s": -1}, "every_s"),
        ({"kind": "interval", "every_s": 1e12}, "every_s"),
        ({"kind": "interval", "every_s": "often"}, "trigger.every_s"),
        ({"kind": "interval"}, "trigger.every_s"),
        ({"kind": "interval", "every_s": 1, "start": "2027-01-02T00:00:00Z", "end": "2027-01-01T00:00:00Z"}, "end"),
        ({"kind": "cron", "expression": "61 * * * *"}, "expression"),
        ({"kind": "cron", "expression": "* * *"}, "expression"),
        ({"kind": "cron", "expression": "0 0 30 2 *"}, "expression"),
        ({"kind": "cron", "expression": ""}, "expression"),
        ({"kind": "cron", "expression": "* * * * *", "zone": "Mars/Olympus"}, "zone"),
        ({"kind": "cron", "expression": "* * * * *", "zone": "../etc/passwd"}, "zone"),
        ({"kind": "once", "at": "soon"}, "trigger.at"),
        ({"kind": "once"}, "trigger.at"),
        ({"kind": "once", "at": "0001-01-01T00:00:00+05:00"}, "at"),
        ({"kind": "yearly"}, "trigger"),
    ],
)
def test_what_no_clock_can_fire_is_refused_by_its_field(
    house: Installation, trigger: dict[str, Any], field: str
) -> None:
    assert set(house.fields(PREVIEW, {"trigger": trigger})) == {field}


def test_what_is_not_a_number_is_refused(house: Installation) -> None:
    body = '{"trigger": {"kind": "interval", "every_s": NaN}}'

    answer = house.client.post(PREVIEW, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422


NEW_YEAR = {"kind": "cron", "expression": "0 8 * * *", "zone": "Asia/Colombo", "start": "2026-12-23T00:00:00Z"}


def test_days_are_left_out_by_the_clock_of_the_zone(house: Installation) -> None:
    found = preview(house, **NEW_YEAR, excluding=[{"dates": ["2026-12-25"]}], count=2)

    assert found["words"] == "At 08:00, but not on 25 December 2026"
    assert found["due"] == ["2026-12-23T02:30:00Z", "2026-12-24T02:30:00Z"]
    assert preview(house, **NEW_YEAR, excluding=[{"dates": ["2026-12-23", "2026-12-24"]}], count=1)["due"] == [
        "2026-12-25T02:30:00Z"
    ]


def test_public_holidays_are_left_out(house: Installation) -> None:
    found = preview(house, **NEW_YEAR, excluding=[{"country": "DE", "subdivision": "BE"}], count=4)

    assert found["words"] == "At 08:00, but not on public holidays (DE, BE)"
    assert [due[:10] for due in found["due"]] == ["2026-12-23", "2026-12-24", "2026-12-27", "2026-12-28"]


def test_a_jitter_puts_off_each_due_time_by_less_than_it_is(house: Installation) -> None:
    hourly = {"kind": "interval", "every_s": 3600, "start": "2026-11-22T13:00:00Z", "jitter": {"by_s": 60}}
    found = house.post(PREVIEW, {"trigger": hourly, "count": 20, "key": "shop/one"})
    other = house.post(PREVIEW, {"trigger": hourly, "count": 20, "key": "shop/other"})

    assert found["words"] == "Every hour, up to 1 min later"
    assert all(due[14:16] == "00" for due in found["due"])
    assert len({due[17:] for due in found["due"]}) > 10
    assert found == house.post(PREVIEW, {"trigger": hourly, "count": 20, "key": "shop/one"})
    assert found["due"] != other["due"]


def test_an_interval_that_is_spread_begins_after_its_first_interval(house: Installation) -> None:
    found = preview(house, kind="interval", every_s=3600, jitter={"by_s": 60}, count=1)

    assert "2026-11-22T13:00:00Z" <= found["due"][0] < "2026-11-22T13:01:00Z"


def test_a_spread_cron_is_spread_by_its_component(house: Installation) -> None:
    hashed = {"kind": "cron", "expression": "H H * * *"}
    found = [house.post(PREVIEW, {"trigger": hashed, "key": f"shop/{n}"})["due"][0] for n in range(5)]

    assert len(set(found)) > 1


def test_a_preview_goes_no_further_than_the_count(house: Installation) -> None:
    answer = house.post(PREVIEW, {"trigger": {"kind": "interval", "every_s": 10}, "max_count": 2})

    assert len(answer["due"]) == 2


@pytest.mark.parametrize(("so_far", "left"), [(0, 3), (2, 1), (3, 0), (9, 0)])
def test_a_preview_counts_what_the_schedule_has_had(house: Installation, so_far: int, left: int) -> None:
    wish = {"trigger": {"kind": "interval", "every_s": 10}, "max_count": 3, "so_far": so_far}

    assert len(house.post(PREVIEW, wish)["due"]) == left


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"jitter": {"by_s": 0}}, "jitter.by_s"),
        ({"jitter": {"by_s": 1e300}}, "jitter.by_s"),
        ({"jitter": {"by_s": 5, "by": 5}}, "trigger.jitter.by"),
        ({"excluding": [{"dates": []}, {"dates": ["25 December"]}]}, "excluding.1.dates"),
        ({"excluding": [{"country": "Atlantis"}]}, "excluding.0.country"),
        ({"excluding": [{"country": "LK", "subdivision": "BE"}]}, "excluding.0.subdivision"),
        ({"excluding": [{"dates": ["2026-12-25"], "zone": "Mars/Olympus"}]}, "excluding.0.zone"),
        ({"excluding": [{"country": "LK"}, {}]}, "excluding.1"),
        ({"excluding": [{"country": "LK"}] * 21}, "trigger.excluding"),
    ],
)
def test_what_spreads_or_leaves_out_is_refused_field_by_field(house: Installation, parts: Any, field: str) -> None:
    fields = house.fields(PREVIEW, {"trigger": {"kind": "interval", "every_s": 10, **parts}})

    assert set(fields) == {field}


def test_countries_are_told_with_their_subdivisions(house: Installation) -> None:
    found = {each["country"]: each["subdivisions"] for each in house.get(f"{V1}/schedules/holidays")}

    assert found["LK"] == []
    assert "BE" in found["DE"]


def test_what_h_stands_for_is_told_where_the_component_is_known(house: Installation) -> None:
    trigger = {"kind": "cron", "expression": "H 8 * * 1-5"}
    found = house.post(PREVIEW, {"trigger": trigger, "key": "shop/orders"})

    assert found["words"] == f"At {found['due'][0][11:16]}, Monday through Friday"
    unknown = house.post(PREVIEW, {"trigger": trigger})
    assert unknown["words"] == "By the cron expression H 8 * * 1-5"
