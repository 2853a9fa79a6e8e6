"""What is particular to Python builds."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from tests.builders.test_confine import can_confine

from clockhouse.builders import seal
from clockhouse.builders.base import Built, Event, Failed, Line, Order, Step
from clockhouse.builders.python import PythonBuilder
from clockhouse.model.recipe import Recipe
from clockhouse.task.clock import SystemClock

CONFIGURED = """
from clockhouse.kit import TaskConfig, run, setting

class Config(TaskConfig):
    url: str = setting("What to call")

def main(config: Config) -> None:
    print("calling", config.url)

if __name__ == "__main__":
    run(main)
"""

# A build back-end inside the source: it needs no index, and can show what a build's processes see.
BACKEND = """
import json, os, zipfile
from pathlib import Path

def get_requires_for_build_wheel(config_settings=None):
    return []

def build_wheel(folder, config_settings=None, metadata_directory=None):
    return build(folder, "local_part.py", "def say():\\n    print('said')\\n")

def build_editable(folder, config_settings=None, metadata_directory=None):
    return build(folder, "local_part.pth", os.getcwd())

def build(folder, path, content):
    Path({seen!r}).write_text(json.dumps(dict(os.environ)))
    name = "local_part-1.5-py3-none-any.whl"
    info = "local_part-1.5.dist-info"
    with zipfile.ZipFile(Path(folder) / name, "w") as wheel:
        wheel.writestr(path, content)
        wheel.writestr(f"{{info}}/METADATA", "Metadata-Version: 2.1\\nName: Local_Part\\nVersion: 1.5\\n")
        wheel.writestr(f"{{info}}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{{info}}/entry_points.txt", "[console_scripts]\\nsay = local_part:say\\n")
        wheel.writestr(f"{{info}}/RECORD", "")
    return name

get_requires_for_build_editable = get_requires_for_build_wheel
"""
BUILD_SYSTEM = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
PROJECT = '[project]\nname = "broken"\nversion = "1"\n'


SEEN = "seen.json"


def local_part(more: str = "") -> dict[str, str]:
    """A dependency below `part/` that is built without an index and leaves its environment in the file SEEN."""
    return {"part/pyproject.toml": BUILD_SYSTEM, "part/backend.py": BACKEND.format(seen=SEEN) + more}


def build(
    folder: Path,
    files: Mapping[str, str],
    *,
    name: str = "one",
    time_out: timedelta = timedelta(minutes=5),
    private: Path | None = None,
    recipe: Recipe = Recipe(),
) -> list[Event]:
    def check_out(source: Path) -> None:
        for path, text in files.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_text(text)

    async def collect() -> list[Event]:
        builder = PythonBuilder(SystemClock(), folder / "cache", private=private, time_out=time_out)
        return [event async for event in builder.build(Order(name, check_out, folder / "artifacts" / name, recipe))]

    return asyncio.run(collect())


def run(artifact: Path, *command: str, **environment: str) -> str:
    done = subprocess.run(
        [artifact / "environment" / "bin" / command[0], *command[1:]],
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.slow
def test_a_built_task_runs_with_the_kit_and_without_the_server(tmp_path: Path) -> None:
    outcome = build(tmp_path, {"main.py": CONFIGURED})[-1]
    assert isinstance(outcome, Built)
    assert [setting.name for setting in outcome.settings] == ["url"]
    artifact = tmp_path / "artifacts" / "one"
    assert run(artifact, "python", "-I", str(artifact / "source/main.py"), TASK_URL="there") == "calling there\n"
    listing = "import clockhouse, os; print(os.listdir(clockhouse.__path__[0]))"
    ours = run(artifact, "python", "-I", "-c", listing)
    assert "kit" in ours
    assert "builders" not in ours
    assert "api" not in ours


@pytest.mark.slow
@pytest.mark.parametrize("requirement", ["./part", "-e ./part"])
def test_dependencies_work_where_the_artifact_ends_up(tmp_path: Path, requirement: str) -> None:
    files = {"main.py": "import local_part\nlocal_part.say()\n", "requirements.txt": f"{requirement}\n"}
    events = build(tmp_path, files | local_part())
    assert isinstance(events[-1], Built)
    artifact = tmp_path / "artifacts" / "one"
    assert run(artifact, "python", str(artifact / "source/main.py")) == "said\n"
    assert run(artifact, "say") == "said\n"
    packages = next((artifact / "environment" / "lib").glob("*/site-packages"))
    assert seal.installed(packages) == ["local-part==1.5"]


@pytest.mark.slow
def test_a_build_sees_nothing_of_the_server_but_how_to_reach_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOCKHOUSE_TOKEN", "hidden")
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "77")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    build(tmp_path, {"main.py": "", "requirements.txt": "./part\n"} | local_part())
    environment = json.loads((tmp_path / "artifacts/one/source/part" / SEEN).read_text())
    assert environment["UV_HTTP_TIMEOUT"] == "77"
    assert environment["https_proxy"] == "http://127.0.0.1:9"
    assert "CLOCKHOUSE_TOKEN" not in environment
    assert environment["HOME"].startswith(str(tmp_path / "artifacts"))
    assert not Path(environment["HOME"]).exists()


@pytest.mark.slow
def test_the_log_of_dependencies_tells_no_path_of_the_server(tmp_path: Path) -> None:
    events = build(tmp_path, {"main.py": "", "requirements.txt": "./part\n"} | local_part())
    lines = [event.text for event in events if isinstance(event, Line) and event.step == "Dependencies"]
    assert any("local-part==1.5" in line for line in lines)
    assert not [line for line in lines if str(tmp_path) in line]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["dependency", "project"])
def test_a_back_end_cannot_touch_what_other_builds_use_nor_see_what_is_private(tmp_path: Path, form: str) -> None:
    if not can_confine():
        pytest.skip("this system has no Landlock")
    (tmp_path / "cache").mkdir()
    (tmp_path / "secret.key").write_text("sealed")
    spy = f"""
read = lambda: open({str(tmp_path / "secret.key")!r}).read()
for attempt in (read, lambda: open({str(tmp_path / "cache/x")!r}, "w")):
    try:
        attempt()
    except OSError:
        continue
    raise SystemExit("It is not confined.")
"""
    if form == "dependency":
        files = {"main.py": "", "requirements.txt": "./part\n"} | local_part(spy)
    else:
        files = {"pyproject.toml": f'{BUILD_SYSTEM}{PROJECT}[project.scripts]\nbroken = "local_part:say"\n'}
        files |= {"backend.py": BACKEND.format(seen=SEEN) + spy}
    events = build(tmp_path, files, private=tmp_path)
    assert isinstance(events[-1], Built), [event for event in events if isinstance(event, Line)]


@pytest.mark.slow
def test_the_python_that_was_chosen_comes_before_what_the_project_asks(tmp_path: Path) -> None:
    failed = build(tmp_path, {"main.py": "", ".python-version": "3.11"}, recipe=Recipe(python="3.99"))[-1]
    assert isinstance(failed, Failed)
    assert failed.problem.message.startswith("The build settings ask for Python 3.99, and none like it")
    assert failed.problem.path is None


@pytest.mark.slow
def test_a_back_end_that_fails_is_told_with_its_requirement(tmp_path: Path) -> None:
    files = {"main.py": "", "requirements.txt": "# ours\n./part\n", "part/pyproject.toml": f"{BUILD_SYSTEM}{PROJECT}"}
    files["part/backend.py"] = "raise RuntimeError('this back-end is broken')\n"
    events = build(tmp_path, files)
    outcome = events[-1]
    assert isinstance(outcome, Failed)
    assert (outcome.problem.path, outcome.problem.line) == ("requirements.txt", 2)
    assert "this back-end is broken" in outcome.problem.message
    assert any("this back-end is broken" in event.text for event in events if isinstance(event, Line))


def test_a_task_without_dependencies_has_no_such_step(tmp_path: Path) -> None:
    events = build(tmp_path, {"main.py": "x = = 1\n"})
    assert {event.name for event in events if isinstance(event, Step)} == {"Check out", "Read the code"}


def test_a_build_that_takes_too_long_fails_with_a_sentence(tmp_path: Path) -> None:
    outcome = build(tmp_path, {"main.py": ""}, time_out=timedelta(0))[-1]
    assert isinstance(outcome, Failed)
    assert "took longer than" in outcome.problem.message
    assert os.listdir(tmp_path / "artifacts") == []


def test_a_cache_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    outcome = build(tmp_path, {"main.py": ""})[-1]
    assert isinstance(outcome, Failed)
    assert str(tmp_path / "cache") in outcome.problem.message


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    def check_out(source: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(source))

    async def collect() -> list[Event]:
        builder = PythonBuilder(SystemClock(), tmp_path / "cache")
        return [event async for event in builder.build(Order("one", check_out, tmp_path / "artifacts" / "one"))]

    outcome = asyncio.run(collect())[-1]
    assert isinstance(outcome, Failed)
    assert outcome.problem.message.startswith("The disk is full")
    assert os.listdir(tmp_path / "artifacts") == []


@pytest.mark.slow
def test_code_that_does_not_compile_in_a_later_step_does_not_fail_the_build(tmp_path: Path) -> None:
    assert isinstance(build(tmp_path, {"main.py": "return 3\n"})[-1], Built)


@pytest.mark.slow
def test_nothing_of_the_task_runs_while_it_is_built(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    spy = f"open({str(trace)!r}, 'w')\n"
    files = {"main.py": spy, "sitecustomize.py": spy, "compileall.py": spy, "conftest.py": spy, "uv.py": spy}
    assert isinstance(build(tmp_path, files)[-1], Built)
    assert not trace.exists()


@pytest.mark.slow
def test_a_small_package_is_installed_from_the_index(tmp_path: Path) -> None:
    events = build(tmp_path, {"main.py": "import six\nprint(six.__version__)\n", "requirements.txt": "six==1.17.0\n"})
    assert isinstance(events[-1], Built), events
    artifact = tmp_path / "artifacts" / "one"
    assert run(artifact, "python", str(artifact / "source/main.py")) == "1.17.0\n"


def test_the_digest_depends_on_where_links_lead(tmp_path: Path) -> None:
    told = set()
    for name, target in (("one", "jobs"), ("other", "flows"), ("file", "jobs/main.py")):
        source = tmp_path / name
        for folder in ("jobs", "flows"):
            (source / folder).mkdir(parents=True)
            (source / folder / "main.py").write_text("")
        (source / "link").symlink_to(target)
        told.add(seal.digest(source, []))
    assert len(told) == 3


def test_the_digest_depends_on_files_packages_and_their_names_and_on_nothing_else(tmp_path: Path) -> None:
    def told(name: str, files: Mapping[str, str], packages: list[str]) -> str:
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
        return seal.digest(tmp_path / name, packages)

    plain = told("a", {"main.py": "x", "b/c": ""}, ["six==1", "idna==2"])
    assert told("b", {"b/c": "", "main.py": "x", "__pycache__/main.pyc": "?"}, ["idna==2", "six==1"]) == plain
    others = [
        told("c", {"main.py": "y", "b/c": ""}, ["six==1", "idna==2"]),
        told("d", {"main.py": "x", "b/d": ""}, ["six==1", "idna==2"]),
        told("e", {"main.py": "x", "b/c": ""}, ["six==1", "idna==3"]),
        told("f", {"main.py": "x", "b/c": ""}, ["six==1"]),
    ]
    assert len({plain, *others}) == 5


def test_the_record_tells_the_build_again(tmp_path: Path) -> None:
    assert seal.read(tmp_path / "missing") is None
    with pytest.raises(ValueError):
        seal.read(tmp_path)
    (tmp_path / seal.RECORD).write_text('{"digest": 3}')
    with pytest.raises(ValueError):
        seal.read(tmp_path)
