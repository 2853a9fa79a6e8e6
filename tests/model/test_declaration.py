"""A clockhouse.yaml: what it says, what is wrong with it and where, and that what is written is read as the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.errors import Invalid
from clockhouse.model import declaration_writing as writing
from clockhouse.model import yaml_text
from clockhouse.model.alert import DidNotHappen, Failures, NoSuccess, RunsLonger, StartsLate, Wish
from clockhouse.model.declaration import DeclaredAlert
from clockhouse.model.declaration_reading import MOST_CHARACTERS, Unreadable, read
from clockhouse.model.deployment import Container, Limits
from clockhouse.model.recipe import Recipe
from clockhouse.model.schedule import Terms
from clockhouse.model.source import SourceKind
from clockhouse.task import (
    Backoff,
    CatchUp,
    CatchUpMode,
    CronTrigger,
    DateTrigger,
    Excluding,
    IntervalTrigger,
    Jittered,
    Overlap,
    PublicHolidays,
    Retry,
)

NOW = datetime(2026, 11, 22, 8, 0, 30, tzinfo=UTC)
KEY = "shop/report"
CHRISTMAS = date(2026, 12, 25)

WHOLE = """\
build:
  kind: python
  python: "3.12"
  time_out: 20m
environments:
  development:
    schedules:
      - every: 10m
    configuration:
      url: https://shop.test
      tries: 3
  production:
    schedules:
      - cron: 0 8 * * 1-5
        zone: Asia/Colombo
        overlap: buffer_one
        catch_up: {mode: last, within: 1h, after_pause: true}
        jitter: 90s
        excluding: [{country: LK}, {dates: [2026-12-25]}]
        end_after_failures: 5
    time_out: 5m
    retry: {attempts: 3, delay: 10s, backoff: exponential, longest_delay: 5m}
    at_once: 1
    container: {memory_mib: 512, network: none}
    alerts:
      - {when: 3 failures in a row, tell: [desk, ops]}
      - {when: no success for 1d, tell: ops, tell_when_over: false}
"""


def test_a_whole_file_is_read():
    found = read(WHOLE)

    assert found.build == {"kind": SourceKind.PYTHON, "python": "3.12", "time_out": timedelta(minutes=20)}
    assert found.of("development").configuration == {"url": "https://shop.test", "tries": 3}
    assert found.of("elsewhere").schedules is None
    assert found.of("development").alerts is None
    assert found.of("production").alerts == (
        DeclaredAlert(Failures(3), ("desk", "ops")),
        DeclaredAlert(NoSuccess(timedelta(days=1)), ("ops",), tells_end=False),
    )
    production = found.of("production")
    assert production.limits_beside(Limits()) == Limits(
        timedelta(minutes=5),
        Retry(3, timedelta(seconds=10), Backoff.EXPONENTIAL, timedelta(minutes=5)),
        1,
        Container(memory_bytes=512 * 1024 * 1024, network="none"),
    )
    assert production.schedules is not None
    [schedule] = production.schedules
    colombo = CronTrigger("0 8 * * 1-5", zone="Asia/Colombo", key=KEY)
    left_out = Excluding(
        Excluding(colombo, PublicHolidays("LK"), "Asia/Colombo"),
        frozenset({CHRISTMAS}),
        "Asia/Colombo",
    )
    assert schedule.terms(NOW, KEY) == Terms(
        Jittered(left_out, timedelta(seconds=90), KEY),
        Overlap.BUFFER_ONE,
        CatchUp(CatchUpMode.LAST, timedelta(hours=1)),
        end_after_failures=5,
        after_pause=True,
    )


def test_an_interval_without_a_start_is_never_due_at_once_and_is_the_same_schedule_later():
    [schedule] = read("environments: {development: {schedules: [{every: 10m}]}}").of("development").schedules or ()

    terms = schedule.terms(NOW, KEY)

    assert terms.trigger.next_after(NOW) == NOW + timedelta(minutes=10)
    assert schedule.is_met_by(terms, KEY)
    assert schedule.is_met_by(schedule.terms(NOW + timedelta(days=3), KEY), KEY)
    assert not schedule.is_met_by(Terms(IntervalTrigger(timedelta(minutes=11), NOW)), KEY)
    assert not schedule.is_met_by(Terms(terms.trigger, Overlap.ALLOW), KEY)


IN_A = "environments:\n  a:\n"


@pytest.mark.parametrize(
    ("text", "place", "line", "sentence"),
    [
        (f"{IN_A}    schedules:\n      - cron: 0 25 * * *\n", "environments.a.schedules.0.cron", 4, "25"),
        (f"{IN_A}    shedules: []\n", "environments.a.shedules", 3, "There is no “shedules”"),
        (f"{IN_A}    time_out: soon\n", "environments.a.time_out", 3, "Write a duration"),
        (f"{IN_A}    schedules:\n      - overlap: skip\n", "environments.a.schedules.0", 4, "one of cron, every"),
        (f"{IN_A}    schedules:\n      - {{every: 1h, zone: UTC}}\n", "environments.a.schedules.0.zone", 4, "Only a"),
        (f"{IN_A}    retry:\n      attempts: 0\n", "environments.a.retry.attempts", 4, "1"),
        (
            f"{IN_A}    schedules:\n    - every: 1h\n      catch_up: all\n",
            "environments.a.schedules.0.catch_up",
            5,
            "several executions at once",
        ),
        (f"{IN_A}    configuration:\n      x: {{y: 1}}\n", "environments.a.configuration.x", 4, "Write text"),
        ("build:\n  python: 3.12\n", "build.python", 2, "in quotes"),
        ("build:\n  dockerfile: ../Dockerfile\n", "build.dockerfile", 2, "within the source"),
        ("build:\n  kind: cobol\n", "build.kind", 2, "python"),
        ("alerts: []\n", "alerts", 1, "below the environment"),
        ("tasks: []\n", "tasks", 1, "There is no “tasks”"),
        (f"{IN_A}    alerts: {{when: a failure}}\n", "environments.a.alerts", 3, "Write a list"),
        (f"{IN_A}    alerts:\n      - tell: ops\n", "environments.a.alerts.0.when", 4, "Write one of: a failure"),
        (
            f"{IN_A}    alerts:\n      - when: it rains\n        tell: a\n",
            "environments.a.alerts.0.when",
            4,
            "it rains",
        ),
        (f"{IN_A}    alerts:\n      - when: a failure\n", "environments.a.alerts.0.tell", 4, "Write which channels"),
        (
            f"{IN_A}    alerts:\n    - when: a failure\n      tell: []\n",
            "environments.a.alerts.0.tell",
            5,
            "Write which",
        ),
        (
            f"{IN_A}    alerts:\n    - when: a failure\n      tell:\n      - ops\n      - On call\n",
            "environments.a.alerts.0.tell.1",
            7,
            "name of a channel",
        ),
        (
            f"{IN_A}    alerts:\n    - {{when: a failure, tell: ops, tell_when_over: maybe}}\n",
            "environments.a.alerts.0.tell_when_over",
            4,
            "true or false",
        ),
        (
            f"{IN_A}    alerts:\n    - {{when: a failure, tell: ops}}\n    - {{when: 1 failure, tell: [ops]}}\n",
            "environments.a.alerts.1",
            5,
            "said above",
        ),
        ("- 1\n", "", 1, "build, environments"),
        ("build: [\n", "", 2, "not YAML"),
        ("build: {python: '3.12'}\nbuild: {}\n", "", 2, "twice"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_line(text, place, line, sentence):
    with pytest.raises(Unreadable) as error:
        read(text)

    assert error.value.line == line
    assert sentence in error.value.fields[place]
    assert error.value.fields[place].startswith(f"Line {line}: ")
    assert isinstance(error.value, Invalid)


def test_every_fault_is_told_at_once():
    with pytest.raises(Unreadable) as error:
        read("build: {kind: cobol}\nenvironments: {a: {at_once: many}, b: {time_out: []}}\n")

    assert set(error.value.fields) == {"build.kind", "environments.a.at_once", "environments.b.time_out"}


def test_an_empty_file_says_nothing():
    assert read("") == read("# nothing yet\n") == read("build:\nenvironments:\n")


@pytest.mark.parametrize(
    "text",
    [
        "x" * (MOST_CHARACTERS + 1),
        "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]\n"
        "e: [*c,*c,*c,*c,*c,*c]\n",
        "a: !!python/object/apply:os.system [ls]",
        "[" * 3000,
        "a: &a [*a]",
        "{[1, 2]: 3}",
        "a: \x00",
    ],
)
def test_a_hostile_file_is_a_sentence(text):
    with pytest.raises(Unreadable):
        read(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, text) for text in ("yes", "08:30", "2026-12-25", "0x1f", "1_000", ".inf", "nUlL", "0 8 * * *")),
        ("007", 7),
        ("1.50", 1.5),
        ("true", True),
        ("~", None),
        ("'true'", "true"),
    ],
)
def test_what_is_not_a_number_or_a_word_is_text(text, value):
    assert yaml_text.read(f"a: {text}\n").value == {"a": value}


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
VALUES = st.one_of(TEXT, st.integers(-(10**12), 10**12), st.booleans(), st.none())
VALUES |= st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.dictionaries(TEXT, st.one_of(VALUES, st.lists(VALUES, max_size=3), st.dictionaries(TEXT, VALUES, max_size=3)))
)
def test_values_that_are_written_are_read_as_the_same(value):
    assert yaml_text.read(yaml_text.write(value)).value == value


LENGTHS = st.integers(1, 10_000_000).map(lambda seconds: timedelta(seconds=seconds))
STARTS = st.integers(946_684_800, 4_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
PLAIN = st.one_of(
    st.builds(IntervalTrigger, LENGTHS, STARTS),
    st.builds(DateTrigger, STARTS),
    st.builds(
        CronTrigger,
        st.sampled_from(["0 8 * * *", "*/5 * * * 1-5", "H H * * *", "30 2 * * sun"]),
        zone=st.sampled_from(["UTC", "Asia/Colombo", "Europe/Berlin"]),
        gap=st.sampled_from(["after", "skip"]),
        fold=st.sampled_from(["first", "both"]),
        key=st.just(KEY),
    ),
)
TRIGGERS = PLAIN | st.builds(Jittered, PLAIN, LENGTHS, st.just(KEY))
TRIGGERS |= PLAIN.map(lambda each: Excluding(each, frozenset({CHRISTMAS}), "Europe/Berlin"))


@given(
    trigger=TRIGGERS,
    overlap=st.sampled_from([Overlap.ALLOW, Overlap.BUFFER_ALL]),
    catch_up=st.builds(CatchUp, st.sampled_from(list(CatchUpMode)), st.none() | LENGTHS),
    failures=st.none() | st.integers(1, 100),
    count=st.none() | st.integers(1, 100),
    after_pause=st.booleans(),
)
def test_a_schedule_that_is_written_is_met_by_itself(trigger, overlap, catch_up, failures, count, after_pause):
    terms = Terms(trigger, overlap, catch_up, failures, count, after_pause)

    written = yaml_text.write({"environments": {"a": {"schedules": writing.schedules_from([terms])}}})

    [schedule] = read(written).of("a").schedules or ()
    assert schedule.is_met_by(terms, KEY)
    assert schedule.terms(NOW, KEY) == terms


@given(
    time_out=st.none() | LENGTHS.filter(lambda length: length < timedelta(days=30)),
    attempts=st.integers(1, 100),
    delay=st.integers(0, 10_000),
    backoff=st.sampled_from(list(Backoff)),
    longest=st.none() | st.integers(10_000, 20_000),
    at_once=st.none() | st.integers(1, 1000),
    memory=st.none() | st.integers(16, 4096),
)
def test_limits_that_are_written_are_read_as_the_same(time_out, attempts, delay, backoff, longest, at_once, memory):
    cap = None if longest is None else timedelta(seconds=longest)
    container = Container(memory_bytes=None if memory is None else memory * 1024 * 1024)
    limits = Limits(time_out, Retry(attempts, timedelta(seconds=delay), backoff, cap), at_once, container)

    written = yaml_text.write({"environments": {"a": writing.limits_from(limits)}})

    assert read(written).of("a").limits_beside(Limits()) == limits


LIMITED = st.sampled_from([RunsLonger, StartsLate, NoSuccess])
CONDITIONS = st.one_of(
    st.integers(1, 1000).map(Failures),
    st.just(DidNotHappen()),
    st.builds(lambda kind, limit: kind(limit), LIMITED, LENGTHS),
)
NAMES = st.lists(st.sampled_from(["ops", "desk", "on-call"]), min_size=1, unique=True).map(
    lambda names: tuple(sorted(names))
)


@given(CONDITIONS, NAMES, st.booleans())
def test_an_alert_that_is_written_is_read_as_the_same(condition, channels, tells_end):
    wish = Wish(condition, channels, "report", "production", tells_end)

    text = yaml_text.write({"environments": {"production": {"alerts": [writing.alert_from(wish)]}}})

    [alert] = read(text).of("production").alerts
    assert alert.wish("report", "production") == wish


def test_a_recipe_that_is_written_is_read_as_the_same():
    recipe = Recipe(
        SourceKind.DOCKERFILE, "", "docker/Dockerfile", {"VERSION": "2"}, python="3.12", time_out=timedelta(hours=1)
    )

    assert read(yaml_text.write({"build": writing.build_from(recipe)})).build == {
        "kind": recipe.kind,
        "dockerfile": recipe.dockerfile,
        "arguments": recipe.arguments,
        "python": recipe.python,
        "time_out": recipe.time_out,
    }


@pytest.mark.parametrize("text", [r'environments: {"a\0b": {}}', 'build:\n  python: "\\ud800"'])
def test_what_no_database_can_hold_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(Unreadable, match="character here that is none") as refused:
        read(text)

    assert refused.value.line == text.count("\n") + 1
