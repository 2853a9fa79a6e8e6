"""Drafts that are run over HTTP: real child processes, and the values of their statements."""

from __future__ import annotations

import json
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from tests.api.conftest import Installation
from tests.builders.test_confine import can_confine
from tests.runtimes import artifacts
from tests.support.api import COMPONENT, V1, application

from clockhouse.api.streams import Streams
from clockhouse.builders import draft
from clockhouse.builders.base import Failed, Problem
from clockhouse.builders.python import PythonBuilder
from clockhouse.control import trials
from clockhouse.engine.trials import Trials
from clockhouse.errors import Forbidden, Unavailable
from clockhouse.model.actor import Actor, Role, of_installation
from clockhouse.model.environment import Plane
from clockhouse.model.recipe import Recipe
from clockhouse.model.source import SourceKind
from clockhouse.runtimes.process import ProcessRuntime
from clockhouse.store import components, recipes
from clockhouse.store.tables.environments import environments
from clockhouse.task.clock import SystemClock

TASK = """\
from clockhouse.kit import Secret, TaskConfig, run, setting


class Config(TaskConfig):
    url: str = setting("Where")
    key: Secret = setting("With")


def main(config: Config) -> None:
    word = config.url.upper()
    print(word, config.key.reveal())


run(main)
"""
SIMPLE = "print('saved')\n"
ENDLESS = "import threading\nthreading.Event().wait()\n"


class NoBuilder:
    """Makes no environment."""

    async def build(self, _order):
        yield Failed(Problem("There is no index here."))


@pytest.fixture
def bench(house: Installation):
    """The health check with a build on this machine, in a house where drafts are run."""
    house.create(source=SIMPLE)
    number = house.build()
    artifacts.make(house.folder / "artifacts" / house.build_id(number), {"main.py": SIMPLE})
    with running(house, NoBuilder()):
        yield house


@contextmanager
def running(house, builder):
    """A bench of this house, on which drafts are run."""

    async def made():
        drafts, folder = house.folder / "drafts", house.folder / "trials"
        confined = draft.confined([house.folder], shared=folder)
        runtime = ProcessRuntime(SystemClock(), folder, confined=confined)
        return Trials(runtime, builder, SystemClock(), folder=folder, environments=drafts)

    portal = house.inside._portal
    found = portal.call(made)
    application().state.parts = replace(house.parts, bench=found, artifacts=house.folder / "artifacts")
    yield
    portal.call(found.close)


def head(house):
    return house.get(f"{COMPONENT}/commits")[0]["sha"]


def begun(house, text=None, **wish):
    changes = {} if text is None else {"main.py": text}
    return house.post(f"{COMPONENT}/trials", {"base": head(house), "changes": changes, **wish})


def told(house, trial):
    """All that a trial tells, to its end: the lines, the newest note of each line, and the end."""
    answer = house.client.get(f"{V1}/trials/{trial['id']}/events")
    assert answer.is_success, answer.text
    news = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
    notes = {note["line"]: note for each in news for note in each["notes"]}
    lines = [(line["stream"], line["text"]) for each in news for line in each["lines"]]
    return lines, notes, news[-1]["end"]


def test_what_is_not_saved_is_run_and_tells_its_values(bench):
    trial = begun(bench, "total = 0\nfor n in [1, 2]:\n    total += n\nprint(total)\n")
    lines, notes, end = told(bench, trial)
    assert trial["build"] == 1
    assert lines == [("stdout", "3")]
    assert (notes[3]["begun"], notes[3]["text"]) == (2, "3")
    assert end["end"] == "succeeded"
    assert head(bench) == bench.get(f"{COMPONENT}/commits")[0]["sha"]


@pytest.mark.slow
def test_without_a_build_an_environment_is_made_once_for_all_that_need_the_same(house):
    house.create(source=SIMPLE)
    with running(house, PythonBuilder(SystemClock(), house.folder / "cache")):
        lines, _, end = told(house, begun(house, "import clockhouse.kit\nprint('here')\n"))
        assert end["end"] == "succeeded", (lines, end)
        assert ("stdout", "here") in lines
        assert any(stream == "build" for stream, _ in lines)
        assert told(house, begun(house, "print('again')\n"))[0] == [("stdout", "again")]
    assert len(list((house.folder / "drafts").iterdir())) == 1


def test_modules_of_the_draft_tell_their_values_too(bench):
    changes = {
        "main.py": "import lib.text\nprint(lib.text.twice('a'))\n",
        "lib/text.py": "def twice(x):\n    return x * 2\n",
    }
    trial = bench.post(f"{COMPONENT}/trials", {"base": head(bench), "changes": {**changes, "lib/__init__.py": ""}})
    answer = bench.client.get(f"{V1}/trials/{trial['id']}/events").text
    news = [json.loads(line[6:]) for line in answer.splitlines() if line.startswith("data: {")]
    notes = {(note["path"], note["line"]): note["text"] for each in news for note in each["notes"]}
    assert notes[("lib/text.py", 2)] == "'aa'"
    assert notes[("main.py", 2)] == "None"


def test_without_changes_the_commit_itself_is_run(bench):
    assert told(bench, begun(bench))[0] == [("stdout", "saved")]


def test_nothing_of_it_is_left(bench):
    told(bench, begun(bench))
    assert list((bench.folder / "trials").iterdir()) == []
    assert bench.get(f"{V1}/executions")["items"] == []


def test_values_that_are_typed_in_reach_it_and_secrets_are_masked(bench):
    configuration = {"url": "http://shop", "key": "hush-hush"}
    lines, notes, end = told(bench, begun(bench, TASK, configuration=configuration))
    assert end["end"] == "succeeded", end
    assert lines == [("stdout", "HTTP://SHOP ****")]
    assert "hush" not in str(notes)


def test_values_that_are_missing_are_refused_by_their_names(bench):
    body = {"base": head(bench), "changes": {"main.py": TASK}, "configuration": {"url": "x"}}
    assert bench.fields(f"{COMPONENT}/trials", body) == {"configuration.key": "This has no default: give a value."}
    assert list((bench.folder / "trials").iterdir()) == []


def test_values_that_are_deployed_are_taken_and_their_secrets_are_not_told(bench):
    bench.save({"main.py": TASK})
    number = bench.build()
    artifacts.make(bench.folder / "artifacts" / bench.build_id(number), {"main.py": TASK})
    bench.deploy(configuration={"url": "http://there", "key": "deployed-secret"})
    lines, _, end = told(bench, begun(bench, take_from="development"))
    assert end["end"] == "succeeded", end
    assert lines == [("stdout", "HTTP://THERE ****")]


def test_code_that_nobody_has_looked_at_gets_nothing_of_where_somebody_has_to(bench):
    bench.save({"main.py": TASK})
    bench.build()
    bench.deploy("production", configuration={"url": "http://there", "key": "deployed-secret"})
    bench.put(f"{V1}/environments/production/approval", {"role": "operator"})
    body = {"base": head(bench), "changes": {}, "take_from": "production"}
    refused = bench.refused(409, "POST", f"{COMPONENT}/trials", body)
    assert "has to be approved" in refused["message"]
    assert list((bench.folder / "trials").iterdir()) == []


def test_a_failure_tells_where_and_with_which_values(bench):
    _, _, end = told(bench, begun(bench, "def share(parts):\n    return 1 / parts\n\nshare(0)\n"))
    assert end["end"] == "failed"
    assert "ZeroDivisionError" in end["sentence"]
    innermost = end["failure"]["frames"][-1]
    assert (innermost["path"], innermost["line"], innermost["function"]) == ("main.py", 2, "share")
    assert innermost["variables"] == [{"name": "parts", "type": "int", "text": "0"}]


def test_a_mistake_in_the_code_is_told_before_it_runs(bench):
    body = {"base": head(bench), "changes": {"main.py": "x = (\n"}}
    error = bench.refused(422, "POST", f"{COMPONENT}/trials", body)
    assert error["message"].startswith("main.py:1: Python can't read this")


def test_it_ends_at_its_time_out(bench):
    endless = "import threading\nthreading.Event().wait()\n"
    _, _, end = told(bench, begun(bench, endless, time_out_s=0.2))
    assert (end["end"], end["sentence"][:14]) == ("timed_out", "It took longer")


def test_it_can_be_stopped_and_another_one_takes_its_place(bench):
    endless = "import threading\nthreading.Event().wait()\n"
    first, second = begun(bench, endless), begun(bench, endless)
    assert told(bench, first)[2]["sentence"] == "You started another run."
    bench.post(f"{V1}/trials/{second['id']}/stop")
    assert told(bench, second)[2]["end"] == "stopped"


def test_other_requirements_need_an_environment_of_their_own(bench):
    trial = bench.post(f"{COMPONENT}/trials", {"base": head(bench), "changes": {"requirements.txt": "six\n"}})
    assert trial["build"] is None
    assert told(bench, trial)[2] == {
        "end": "not_started",
        "sentence": "There is no index here.",
        "took_s": None,
        "exit_code": None,
        "failure": None,
    }


READING = """\
import pathlib, socket
data = pathlib.Path({data!r})
for path in (data / "token", data / "artifacts", data):
    try:
        print(path.name, path.read_text() if path.is_file() else list(path.iterdir()))
    except OSError as error:
        print(error.strerror)
try:
    pathlib.Path(__import__("sys").prefix, "mine").write_text("x")
except OSError as error:
    print(error.strerror)
pathlib.Path("own").write_text("x")
pathlib.Path({beside!r}).write_text("x")
socket.create_server(("127.0.0.1", 0)).close()
"""


@pytest.mark.skipif(not can_confine(), reason="this system has no Landlock")
def test_a_draft_sees_nothing_of_the_data_directory_and_leaves_its_environment_as_it_is(bench, tmp_path_factory):
    (bench.folder / "token").write_text("of the administrator")
    beside = tmp_path_factory.mktemp("beside")
    text = READING.format(data=str(bench.folder), beside=str(beside / "file"))
    lines, _, end = told(bench, begun(bench, text))
    assert end["end"] == "succeeded", end
    assert [line for _, line in lines] == ["Permission denied"] * 4
    assert (beside / "file").exists()


def test_a_server_may_run_no_drafts(bench):
    application().state.parts = replace(application().state.parts, bench=None)
    sentence = bench.refused(503, "POST", f"{COMPONENT}/trials", {"base": head(bench)})["message"]
    assert "--no-trials" in sentence


def test_what_is_not_python_is_refused(bench):
    body = {"base": head(bench), "changes": {"Dockerfile": "FROM scratch\n"}}
    assert "Only Python" in bench.refused(409, "POST", f"{COMPONENT}/trials", body)["message"]


@pytest.mark.parametrize("path", ["../outside.py", "/etc/passwd", ".git/config"])
def test_a_path_that_leads_out_is_refused(bench, path):
    bench.refused(422, "POST", f"{COMPONENT}/trials", {"base": head(bench), "changes": {path: "x"}})


def test_a_run_that_is_not_known_is_told_clearly(bench):
    assert "started again" in bench.refused(404, "GET", f"{V1}/trials/unknown/events")["message"]


def test_the_drafts_folder_is_the_servers_own(bench):
    trial = begun(bench, ENDLESS)
    [folder] = (bench.folder / "trials").iterdir()
    assert not stat.S_IMODE(os.stat(folder).st_mode) & 0o077
    bench.post(f"{V1}/trials/{trial['id']}/stop")
    told(bench, trial)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DEVELOPER])
@pytest.mark.parametrize("take_from", [None, "development"])
def test_who_may_not_deploy_runs_no_drafts(bench, role, take_from):
    actor = Actor("a1", "Ann", of_installation(role))
    wish = trials.Wish(head(bench), {}, take_from=take_from)
    with pytest.raises(Forbidden):
        trials.begin(application().state.parts, actor, "shop", "health-check", wish)


def test_four_run_at_once_and_the_next_is_refused_before_it_is_checked_out(bench):
    parts = application().state.parts
    people = [Actor(f"a{number}", f"Ann {number}", of_installation(Role.ADMIN)) for number in range(5)]
    wish = trials.Wish(head(bench), {"main.py": ENDLESS})

    def tried(actor):
        try:
            return trials.begin(parts, actor, "shop", "health-check", wish)
        except Unavailable:
            return None

    with ThreadPoolExecutor(5) as threads:
        begun = list(threads.map(tried, people))
    assert [each is None for each in begun].count(True) == 1
    assert len(list((bench.folder / "trials").iterdir())) == 4
    left_out = people[begun.index(None)]
    with pytest.raises(Unavailable):
        parts.bench.folder(left_out.id)
    there = next(actor for actor in people if actor is not left_out)
    assert trials.begin(parts, there, "shop", "health-check", wish)  # in the place of their own


@pytest.mark.slow
def test_one_begins_when_the_former_one_of_its_owner_is_over(bench):
    slow = "import signal, threading\nsignal.signal(15, lambda *_: None)\nprint('ready')\nthreading.Event().wait(1.5)\n"
    first = application().state.parts.bench.find(begun(bench, slow)["id"])
    changed = threading.Event()
    with first.listening(changed.set):
        while not any(line.text == "ready" for line in first.seen(0).lines):
            assert changed.wait(20)
            changed.clear()
    second = begun(bench, "print('second')\n")
    assert told(bench, second)[2]["end"] == "succeeded"
    assert first.ended is not None


def test_the_build_settings_choose_what_a_draft_is_and_its_python(bench):
    with bench.database.begin() as tx:
        component = components.get(tx, "shop", "health-check")
        recipes.change(tx, component, Recipe(kind=SourceKind.PYTHON, python="3.99"))
    trial = bench.post(f"{COMPONENT}/trials", {"base": head(bench), "changes": {"Dockerfile": "FROM scratch\n"}})
    assert trial["build"] is None
    assert "no index" in told(bench, trial)[2]["sentence"]


def test_a_build_whose_environment_a_draft_uses_is_held(bench):
    trial = begun(bench, ENDLESS)
    [artifact] = (bench.folder / "artifacts").iterdir()
    found = application().state.parts.bench
    assert found.is_used(artifact)
    bench.post(f"{V1}/trials/{trial['id']}/stop")
    told(bench, trial)
    assert not found.is_used(artifact)


def test_who_looks_on_is_told_that_the_server_stops(bench):
    application().state.streams.close()
    try:
        trial = begun(bench, "import threading\nthreading.Event().wait()\n")
        assert "server was stopped" in told(bench, trial)[2]["sentence"]
    finally:
        application().state.streams = Streams()


@pytest.mark.parametrize(("plane", "words"), [(Plane.AGENTS, "on its agents"), (Plane.DOCKER, "in containers")])
def test_drafts_stay_away_from_a_server_that_the_first_environment_stays_away_from(bench, plane, words):
    with bench.database.begin() as tx:
        tx.execute(environments.update().values(data_plane=str(plane)))
    error = bench.refused(409, "POST", f"{COMPONENT}/trials", {"base": head(bench)})
    assert words in error["message"]
