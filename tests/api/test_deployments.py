"""Deployments: what is asked for, what is refused, and what becomes of a schedule that people pause, run and stop."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.api import COMPONENT, CONFIGURATION, EVERY_10_S, SECRETIVE, V1, Installation

from clockhouse.model.execution import Outcome, Reason, State
from clockhouse.store import claims

DEPLOYMENTS = f"{COMPONENT}/deployments"
DEVELOPMENT = f"{COMPONENT}/environments/development"


def card(house: Installation, environment: str = "development") -> Any:
    cards = house.get(f"{COMPONENT}/environments")
    return next(each for each in cards if each["environment"]["slug"] == environment)


def wish(**changes: Any) -> dict[str, Any]:
    return {"environment": "development", "configuration": CONFIGURATION, "schedules": [EVERY_10_S], **changes}


def interval(**parts: Any) -> dict[str, Any]:
    return {"trigger": {"kind": "interval", "every_s": 10, **parts}}


def test_environments_come_in_the_order_of_promotion(house: Installation) -> None:
    found = house.get(f"{V1}/environments")

    assert [(each["slug"], each["is_production"]) for each in found] == [("development", False), ("production", True)]


def test_a_schedule_says_whether_it_catches_up_after_a_pause(house: Installation) -> None:
    catching_up = {**EVERY_10_S, "catch_up": {"mode": "last", "after_pause": True}}
    made = house.deployed(schedules=[catching_up, EVERY_10_S])

    assert [each["catch_up"]["after_pause"] for each in made["schedules"]] == [True, False]


def test_a_deployment_tells_what_it_is(house: Installation) -> None:
    made = house.deployed(time_out_s=30, retry={"attempts": 3, "delay_s": 5, "backoff": "exponential"})

    assert (made["number"], made["environment"], made["status"], made["created_by"]) == (
        1,
        "development",
        "active",
        "admin",
    )
    assert made["release"]["build"] == 1
    assert made["time_out_s"] == 30
    assert made["retry"] == {"attempts": 3, "delay_s": 5, "backoff": "exponential", "max_delay_s": None}
    (schedule,) = made["schedules"]
    assert schedule["words"] == "Every 10 seconds"
    assert schedule["next_due_at"] == "2026-11-22T12:00:10Z"
    assert schedule["trigger"] == {
        "kind": "interval",
        "every_s": 10,
        "start": "2026-11-22T12:00:10Z",
        "end": None,
        "jitter": None,
        "excluding": None,
    }
    assert house.get(DEPLOYMENTS) == [{**made, "changes": None}]


def test_a_deployment_shows_every_value_it_runs_with(house: Installation) -> None:
    made = house.deployed()

    assert made["configuration"] == {
        "url": {"value": "https://shop.example.com/healthz", "is_secret": False},
        "timeout_seconds": {"value": 5.0, "is_secret": False},
        "expected_status": {"value": 200, "is_secret": False},
    }


def test_values_of_a_form_become_what_the_code_declares(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    typed = {"region": "eu", "api_key": "key-1", "tries": "7", "share": "0.25", "is_dry": "true", "tags": '["x", "y"]'}

    values = house.deploy(configuration=typed)["configuration"]

    shown = {name: each["value"] for name, each in values.items() if not each["is_secret"]}
    assert shown == {"region": "eu", "tries": 7, "share": 0.25, "is_dry": True, "tags": ["x", "y"], "mode": "safe"}


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"region": None}, "region", "give a value"),
        ({"region": ""}, "region", "give a value"),
        ({"region": "EU1"}, "region", "pattern"),
        ({"region": ["eu"]}, "region", "text"),
        ({"api_key": ""}, "api_key", "give a value"),
        ({"api_key": "wrong"}, "api_key", "pattern"),
        ({"api_key": {"a": 1}}, "api_key", "text"),
        ({"tries": 10}, "tries", "at most 9"),
        ({"tries": 0}, "tries", "at least 1"),
        ({"tries": 1.5}, "tries", "whole number"),
        ({"tries": True}, "tries", "whole number"),
        ({"tries": 10**400}, "tries", "at most 9"),
        ({"share": "much"}, "share", "number"),
        ({"is_dry": "perhaps"}, "is_dry", "true or false"),
        ({"tags": "a, b"}, "tags", "JSON list"),
        ({"tags": [1]}, "tags", "text"),
        ({"mode": "slow"}, "mode", "fast"),
        ({"note": "a\ud800b"}, "note", ""),
        ({"region": "eu\ud800"}, "region", ""),
        ({"api_key": "key-\ud800"}, "api_key", ""),
        ({"colour": "red"}, "colour", "no such setting"),
    ],
)
def test_configuration_is_refused_value_by_value(
    house: Installation, given: dict[str, Any], field: str, words: str
) -> None:
    house.create(source=SECRETIVE)
    house.build()

    found = house.fields(DEPLOYMENTS, wish(configuration={"region": "eu", "api_key": "key-1", **given}))

    assert set(found) == {f"configuration.{field}"}
    assert words in found[f"configuration.{field}"]
    assert house.get(DEPLOYMENTS) == []


def test_all_that_is_wrong_with_a_deployment_is_told_at_once(house: Installation) -> None:
    house.create()
    house.build()
    wrong = wish(
        configuration={"nonsense": 1},
        schedules=[interval(every_s=-1), {"trigger": {"kind": "once", "at": "2020-01-01T00:00:00Z"}}],
        time_out_s=1e300,
    )
    fields = set(house.fields(DEPLOYMENTS, wrong))

    assert fields >= {"configuration.nonsense", "schedules.0.trigger.every_s", "time_out_s"}
    wrong = wish(environment="nowhere", schedules=[{"trigger": {"kind": "once", "at": "2020-01-01T00:00:00Z"}}])
    assert set(house.fields(DEPLOYMENTS, wrong)) == {"environment", "schedules.0.trigger.at"}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"configuration": {}}, {"configuration.url"}),
        ({"environment": "nope"}, {"environment"}),
        ({"environment": None}, {"environment"}),
        ({"build": 7_000_000_000_000_000_000_000}, {"build"}),
        ({"build": "last"}, {"build"}),
        (
            {"schedules": [{"trigger": {"kind": "cron", "expression": "61 * * * *"}}]},
            {"schedules.0.trigger.expression"},
        ),
        (
            {"schedules": [EVERY_10_S, {"trigger": {"kind": "interval", "every_s": 0}}]},
            {"schedules.1.trigger.every_s"},
        ),
        (
            {
                "schedules": [
                    {"trigger": {"kind": "cron", "expression": "x"}},
                    {"trigger": {"kind": "interval", "every_s": 0}},
                ]
            },
            {"schedules.0.trigger.expression", "schedules.1.trigger.every_s"},
        ),
        ({"schedules": [{"trigger": {"kind": "cron", "zone": "UTC"}}]}, {"schedules.0.trigger.expression"}),
        ({"schedules": [{"trigger": {"kind": "once", "at": "2026-11-22T11:59:00Z"}}]}, {"schedules.0.trigger.at"}),
        (
            {
                "schedules": [
                    {
                        "trigger": {
                            "kind": "interval",
                            "every_s": 60,
                            "start": "2026-11-22T11:00:00Z",
                            "end": "2026-11-22T11:30:00Z",
                        }
                    }
                ]
            },
            {"schedules.0.trigger.end"},
        ),
        ({"schedules": [{**EVERY_10_S, "overlap": "perhaps"}]}, {"schedules.0.overlap"}),
        ({"schedules": [{**EVERY_10_S, "catch_up": {"mode": "all"}}]}, {"schedules.0.catch_up.mode"}),
        ({"schedules": [{**EVERY_10_S, "catch_up": {"within_s": -1}}]}, {"schedules.0.catch_up.within_s"}),
        ({"schedules": [{**EVERY_10_S, "catch_up": {"within_s": 1e300}}]}, {"schedules.0.catch_up.within_s"}),
        ({"schedules": [EVERY_10_S] * 21}, {"schedules"}),
        (
            {"schedules": [{**EVERY_10_S, "overlap": "buffer_one", "catch_up": {"mode": "all"}}]},
            {"schedules.0.catch_up.mode"},
        ),
        ({"schedules": [{**EVERY_10_S, "max_count": 0}]}, {"schedules.0.max_count"}),
        ({"schedules": [{**EVERY_10_S, "end_after_failures": -1}]}, {"schedules.0.end_after_failures"}),
        ({"schedules": [interval(jitter={"by_s": -1})]}, {"schedules.0.trigger.jitter.by_s"}),
        ({"schedules": [interval(excluding=[{"country": "XX"}])]}, {"schedules.0.trigger.excluding.0.country"}),
        (
            {
                "schedules": [
                    {
                        "trigger": {
                            "kind": "once",
                            "at": "2026-12-25T12:00:00Z",
                            "excluding": [{"dates": ["2026-12-25"]}],
                        }
                    }
                ]
            },
            {"schedules.0.trigger.excluding"},
        ),
        ({"at_once": 0}, {"at_once"}),
        ({"at_once": 1001}, {"at_once"}),
        ({"time_out_s": 0}, {"time_out_s"}),
        ({"time_out_s": -1}, {"time_out_s"}),
        ({"time_out_s": 31 * 86400}, {"time_out_s"}),
        ({"time_out_s": 1e300}, {"time_out_s"}),
        ({"retry": {"attempts": 0}}, {"retry.attempts"}),
        ({"retry": {"attempts": 101}}, {"retry.attempts"}),
        ({"retry": {"attempts": 2, "delay_s": -1}}, {"retry.delay_s"}),
        ({"retry": {"attempts": 2, "delay_s": 1e300}}, {"retry.delay_s"}),
        ({"retry": {"attempts": 2, "delay_s": 10, "max_delay_s": 5}}, {"retry.max_delay_s"}),
        ({"retry": {"attempts": 2, "max_delay_s": 1e300}}, {"retry.max_delay_s"}),
        ({"retry": {"attempts": 2, "backoff": "linear"}}, {"retry.backoff"}),
        ({"schedule": []}, {"schedule"}),
    ],
)
def test_a_deployment_is_refused_field_by_field(house: Installation, changes: dict[str, Any], fields: set[str]) -> None:
    house.create()
    house.build()

    assert set(house.fields(DEPLOYMENTS, wish(**changes))) == fields
    assert house.get(DEPLOYMENTS) == []


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ('"time_out_s": %s', "time_out_s"),
        ('"retry": {"attempts": 2, "delay_s": %s}', "retry.delay_s"),
        (
            '"schedules": [{"trigger": {"kind": "interval", "every_s": 5}, "catch_up": {"within_s": %s}}]',
            "schedules.0.catch_up.within_s",
        ),
        ('"configuration": {"url": "http://x", "timeout_seconds": %s}', "configuration.timeout_seconds"),
    ],
)
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(house: Installation, place: str, field: str, number: str) -> None:
    house.create()
    house.build()
    body = '{"environment": "development", "configuration": {"url": "http://x"}, ' + place % number + "}"

    answer = house.client.post(DEPLOYMENTS, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert set(answer.json()["error"]["fields"]) == {field}


def test_only_a_build_that_succeeded_can_be_deployed(house: Installation) -> None:
    house.create()
    assert set(house.fields(DEPLOYMENTS, wish())) == {"build"}

    house.post(f"{COMPONENT}/builds", {})
    assert "queued" in house.fields(DEPLOYMENTS, wish(build=1))["build"]
    assert set(house.fields(DEPLOYMENTS, wish())) == {"build"}
    house.refused(404, "POST", DEPLOYMENTS, wish(build=2))


def test_the_newest_succeeded_build_is_deployed_unless_one_is_named(house: Installation) -> None:
    house.deployed()
    house.save({"notes.txt": "x"})
    house.build()

    assert house.deploy()["release"]["build"] == 2
    assert house.deploy(build=1)["release"]["build"] == 1
    assert [each["number"] for each in house.get(DEPLOYMENTS)] == [3, 2, 1]
    assert [each["status"] for each in house.get(DEPLOYMENTS)] == ["active", "superseded", "superseded"]
    assert len(house.get(DEPLOYMENTS, limit=1)) == 1
    assert house.get(DEPLOYMENTS, environment="production") == []


def test_a_deployment_may_have_no_schedule_and_several(house: Installation) -> None:
    house.deployed(schedules=[])
    assert card(house)["next_due_at"] is None

    cron = {"trigger": {"kind": "cron", "expression": "*/5 * * * *", "zone": "Asia/Colombo"}, "overlap": "allow"}
    made = house.deploy(schedules=[cron, EVERY_10_S])

    assert [each["words"] for each in made["schedules"]] == ["Every 5 minutes", "Every 10 seconds"]
    assert card(house)["next_due_at"] == "2026-11-22T12:00:10Z"


@pytest.mark.parametrize("overlap", ["allow", "skip", "buffer_one", "buffer_all", "cancel_other"])
def test_a_schedule_says_what_becomes_of_overlaps(house: Installation, overlap: str) -> None:
    made = house.deployed(schedules=[{**EVERY_10_S, "overlap": overlap}], at_once=2)

    assert [each["overlap"] for each in made["schedules"]] == [overlap]
    assert made["at_once"] == 2


def test_a_schedule_is_due_as_its_preview_said(house: Installation) -> None:
    trigger = {
        "kind": "interval",
        "every_s": 60,
        "start": "2026-11-22T12:01:00Z",
        "end": None,
        "jitter": {"by_s": 30, "key": "shop/health-check"},
        "excluding": [{"dates": ["2026-11-23"], "country": None, "subdivision": None, "zone": "Asia/Colombo"}],
    }
    due = house.post(f"{V1}/schedules/preview", {"trigger": trigger, "count": 5})["due"]
    (schedule,) = house.deployed(schedules=[{"trigger": {**trigger, "jitter": {"by_s": 30}}}])["schedules"]

    assert schedule["trigger"] == trigger
    assert schedule["words"] == "Every minute, but not on 23 November 2026, up to 30 s later"
    assert schedule["next_due_at"] == due[0]
    house.pass_time(120)
    assert card(house)["strip"][0]["due_at"] == due[0]


def test_a_schedule_that_failed_too_often_says_that_it_has_ended(house: Installation) -> None:
    house.deployed(schedules=[{**EVERY_10_S, "end_after_failures": 1, "max_count": 5}])
    house.pass_time(10)
    house.finish(Outcome(State.FAILED, Reason("exit_code", "The task ended with exit code 1."), 1), took_s=1)

    (schedule,) = card(house)["deployment"]["schedules"]

    assert (schedule["end_after_failures"], schedule["max_count"], schedule["count"]) == (1, 5, 1)
    assert schedule["ended_at"] == "2026-11-22T12:00:11Z"
    assert schedule["ended_reason"] == {
        "code": "failures",
        "sentence": "It failed, and the schedule was to end then. Deploy it again to go on.",
    }
    assert card(house)["next_due_at"] is None


def test_what_waits_for_its_turn_says_so(house: Installation) -> None:
    house.deployed(schedules=[{**EVERY_10_S, "overlap": "buffer_all"}])
    house.pass_time(10)
    house.start()
    house.pass_time(10)

    waiting = card(house)["strip"][-1]

    assert waiting["state"] == "queued"
    assert waiting["reason"] == {
        "code": "waits",
        "sentence": "It waits for its turn: it starts when an execution before it is over.",
    }


def test_a_card_shows_how_it_goes(house: Installation) -> None:
    house.deployed()
    house.pass_time(10)
    house.finish(took_s=1)
    house.pass_time(9)
    house.finish(Outcome(State.FAILED, Reason("exit_code", "The task ended with exit code 1."), 1), took_s=1)
    house.pass_time(9)
    house.start()

    shown = card(house)

    assert [each["state"] for each in shown["strip"]] == ["succeeded", "failed", "started"]
    assert shown["last"]["reason"] == {"code": "exit_code", "sentence": "The task ended with exit code 1."}
    assert shown["running"] == 1
    assert shown["next_due_at"] == "2026-11-22T12:00:40Z"
    assert shown == house.get(COMPONENT)["environments"][0]


def test_the_strip_has_the_last_twenty(house: Installation) -> None:
    house.deployed()
    for _ in range(22):
        house.pass_time(10)
        house.finish(took_s=0)

    strip = card(house)["strip"]

    assert [each["due_at"] for each in strip][:: len(strip) - 1] == ["2026-11-22T12:00:30Z", "2026-11-22T12:03:40Z"]


def test_a_card_still_shows_what_hangs_and_ends_when_the_strip_is_full_of_later_ones(house: Installation) -> None:
    house.deployed()
    house.pass_time(10)
    (slow,) = house.start()
    house.pass_time(220)

    shown = card(house)
    assert {each["state"] for each in shown["strip"]} == {"skipped"}
    assert shown["running"] == 1
    assert shown["last"] == shown["strip"][-1]

    house.clock.advance(timedelta(seconds=1))
    house.end(slow)

    shown = card(house)
    assert shown["running"] == 0
    assert shown["last"]["id"] == slow


def test_stopping_cancels_what_waits_since_before_a_redeployment(house: Installation) -> None:
    house.deployed()
    waiting = house.post(f"{DEVELOPMENT}/run")["id"]
    house.deploy()

    house.post(f"{DEVELOPMENT}/stop")

    assert house.get(f"{V1}/executions/{waiting}")["state"] == "cancelled"


def test_what_falls_due_while_it_is_paused_is_skipped_with_the_note(house: Installation) -> None:
    house.deployed()

    paused = house.post(f"{DEVELOPMENT}/pause", {"note": "The shop is closed"})
    house.pass_time(20)

    assert paused["pause"] == {
        "at": "2026-11-22T12:00:00Z",
        "by": "admin",
        "note": "The shop is closed",
        "until": None,
    }
    assert paused["schedules"][0]["next_due_at"] is None
    shown = card(house)
    assert shown["next_due_at"] is None
    assert {each["state"] for each in shown["strip"]} == {"skipped"}
    assert shown["last"]["reason"]["sentence"] == "admin had paused the deployment: The shop is closed"


def test_resuming_goes_on_with_the_next_due_time(house: Installation) -> None:
    house.deployed()
    house.post(f"{DEVELOPMENT}/pause", {})
    house.pass_time(15)

    resumed = house.post(f"{DEVELOPMENT}/resume")
    house.pass_time(5)

    assert resumed["pause"] is None
    assert resumed["schedules"][0]["next_due_at"] == "2026-11-22T12:00:20Z"
    assert [each["state"] for each in card(house)["strip"]] == ["skipped", "queued"]


def test_pausing_again_changes_why_and_until_when_and_resuming_twice_changes_nothing_more(house: Installation) -> None:
    house.deployed()
    house.post(f"{DEVELOPMENT}/pause", {"note": "First"})
    house.pass_time(1)

    again = house.post(f"{DEVELOPMENT}/pause", {"note": "Second", "until": "2026-11-22T18:00:00+05:30"})["pause"]

    assert (again["at"], again["note"], again["until"]) == ("2026-11-22T12:00:00Z", "Second", "2026-11-22T12:30:00Z")
    house.post(f"{DEVELOPMENT}/resume")
    assert house.post(f"{DEVELOPMENT}/resume")["pause"] is None


def test_a_pause_ends_by_itself(house: Installation) -> None:
    house.deployed()
    house.post(f"{DEVELOPMENT}/pause", {"until": "2026-11-22T12:00:15Z"})
    house.pass_time(20)

    shown = card(house)

    assert shown["deployment"]["pause"] is None
    assert shown["next_due_at"] == "2026-11-22T12:00:30Z"
    assert [each["state"] for each in shown["strip"]] == ["skipped", "queued"]


def test_a_pause_cannot_end_before_it_begins(house: Installation) -> None:
    house.deployed()

    assert set(house.fields(f"{DEVELOPMENT}/pause", {"until": "2026-11-22T12:00:00Z"})) == {"until"}
    assert card(house)["deployment"]["pause"] is None


def test_a_pause_outlives_a_new_deployment(house: Installation) -> None:
    house.deployed()
    house.post(f"{DEVELOPMENT}/pause", {"note": "Wait"})

    assert house.deploy()["pause"]["note"] == "Wait"


def test_run_now_starts_beside_the_schedule_also_while_it_is_paused(house: Installation) -> None:
    house.deployed()
    house.post(f"{DEVELOPMENT}/pause", {})

    made = house.post(f"{DEVELOPMENT}/run")

    assert (made["state"], made["origin"], made["requested_by"]) == ("queued", "manual", "admin")
    assert made["due_at"] == "2026-11-22T12:00:00Z"
    assert house.finish() == [made["id"]]
    assert house.get(f"{V1}/executions/{made['id']}")["state"] == "succeeded"


def test_a_start_takes_other_values_for_itself_alone(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    house.deploy(configuration={"region": "eu", "api_key": "key-1"}, schedules=[])

    made = house.post(f"{DEVELOPMENT}/run", {"arguments": {"tries": "5", "tags": '["x", "y"]', "note": "once"}})

    assert made["arguments"] == {"tries": 5, "tags": ["x", "y"], "note": "once"}
    with house.database.begin() as tx:
        [claimed] = claims.claim(tx, "tests", 10, tx.now + timedelta(minutes=1))
    assert {**claimed.values} == {**claimed.values, "region": "eu", "tries": 5, "tags": ["x", "y"], "note": "once"}
    deployed = card(house)["deployment"]["configuration"]
    assert (deployed["tries"]["value"], house.post(f"{DEVELOPMENT}/run", {})["arguments"]) == (3, {})


def test_arguments_are_refused_one_by_one(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    house.deploy(configuration={"region": "eu", "api_key": "key-1"}, schedules=[])
    given = {"tries": 50, "api_key": "key-2", "regoin": "eu", "region": "", "mode": "wild"}

    fields = house.fields(f"{DEVELOPMENT}/run", {"arguments": given})

    assert set(fields) == {f"arguments.{name}" for name in given}
    assert "secret" in fields["arguments.api_key"]
    assert house.get(f"{V1}/executions")["items"] == []


def test_rescheduling_changes_when_it_is_due_and_nothing_else(house: Installation) -> None:
    house.create(source=SECRETIVE)
    house.build()
    house.deploy(configuration={"region": "eu", "api_key": "key-1"}, time_out_s=30)
    house.build()
    house.pass_time(11)
    house.post(f"{DEVELOPMENT}/pause", {"note": "Wait"})
    before = card(house)["deployment"]

    made = house.post(f"{DEVELOPMENT}/reschedule", {"schedules": [{"trigger": {"kind": "interval", "every_s": 60}}]})

    same = ("release", "configuration", "time_out_s", "retry", "pause", "status", "environment")
    assert {name: made[name] for name in same} == {name: before[name] for name in same}
    assert (made["number"], made["schedules"][0]["words"]) == (2, "Every minute")
    house.post(f"{DEVELOPMENT}/resume")
    assert card(house)["next_due_at"] == "2026-11-22T12:01:11Z"
    assert len(house.get(f"{V1}/executions")["items"]) == 1
    with house.database.begin() as tx:
        [claimed] = claims.claim(tx, "tests", 10, tx.now + timedelta(minutes=1))
    assert house.post(f"{V1}/executions/{claimed.id}/stop")["deployment"] == 1
    house.post(f"{DEVELOPMENT}/run")
    with house.database.begin() as tx:
        [claimed] = claims.claim(tx, "tests", 10, tx.now + timedelta(minutes=1))
    assert house.parts.vault.open(claimed.sealed["api_key"], f"{claimed.component_id}/api_key").reveal() == "key-1"


def test_a_schedule_that_would_never_be_due_is_no_edit(house: Installation) -> None:
    house.deployed()
    gone = {"schedules": [{"trigger": {"kind": "once", "at": "2026-11-22T11:00:00Z"}}]}

    assert set(house.fields(f"{DEVELOPMENT}/reschedule", gone)) == {"schedules.0.trigger.at"}
    assert card(house)["next_due_at"] == "2026-11-22T12:00:10Z"


def test_stopping_takes_it_out_of_the_environment(house: Installation) -> None:
    house.deployed()
    waiting = house.post(f"{DEVELOPMENT}/run")

    stopped = house.post(f"{DEVELOPMENT}/stop")
    house.pass_time(30)

    assert stopped["status"] == "stopped"
    shown = card(house)
    assert shown["deployment"] is None
    assert shown["next_due_at"] is None
    assert [(each["id"], each["state"]) for each in shown["strip"]] == [(waiting["id"], "cancelled")]


@pytest.mark.parametrize("verb", ["pause", "resume", "run", "stop"])
def test_where_nothing_is_deployed_there_is_nothing_to_do(house: Installation, verb: str) -> None:
    house.create()

    error = house.refused(409, "POST", f"{DEVELOPMENT}/{verb}", {})

    assert error["message"] == "“Health check” is not deployed to Development. Deploy it there first."


def test_an_instant_without_a_zone_means_utc(house: Installation) -> None:
    made = house.deployed(schedules=[{"trigger": {"kind": "once", "at": "2026-11-22T12:30:00"}}])

    assert made["schedules"][0]["next_due_at"] == "2026-11-22T12:30:00Z"


def test_a_container_gets_what_the_deployment_says_and_so_it_is_promoted(house: Installation) -> None:
    house.create()
    house.build()
    wanted = {"cpus": 0.5, "memory_bytes": 64 * 1024 * 1024, "processes": 20, "network": "none"}

    assert house.deploy(container=wanted)["container"] == wanted
    values = {"configuration": {}, "source": "development", "target": "production"}
    assert house.post(f"{COMPONENT}/promotions", values)["container"] == wanted


@pytest.mark.parametrize(
    ("field", "value"),
    [("cpus", 0), ("memory_bytes", 1024), ("processes", 0), ("network", "host"), ("network", "container:other")],
)
def test_what_no_container_may_have_is_refused(house: Installation, field: str, value: object) -> None:
    house.create()
    house.build()
    body = {"environment": "development", "configuration": CONFIGURATION, "container": {field: value}}
    assert list(house.fields(f"{COMPONENT}/deployments", body)) == [f"container.{field}"]
