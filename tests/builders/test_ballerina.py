"""Ballerina projects: what they ask for, how they are built with a stand-in for `bal`, how they get Config.toml."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support.ballerina import STAND_IN, stand_in
from tests.support.docker import Engine, OwnedBuilder, OwnedRuntime

from clockhouse.builders import ballerina_image, ballerina_project, configurables
from clockhouse.builders.ballerina import BallerinaBuilder
from clockhouse.builders.ballerina_project import Project
from clockhouse.builders.base import Builder, Built, Event, Failed, Line, Order, Problem, Step
from clockhouse.builders.configurables import Configurable
from clockhouse.builders.python import PythonBuilder
from clockhouse.kit import Secret, config_toml, declared
from clockhouse.model.recipe import Recipe
from clockhouse.runtimes.base import Lines, Work
from clockhouse.task.clock import SystemClock

TOML = '[package]\norg = "team"\nname = "report"\nversion = "1.2.0"\ndistribution = "2201.13.1"\n'
MAIN = """
import ballerina/io;

# Where to look,
# in full.
configurable string url = ?;
configurable int port = 9090; // configurable int no = 1;
configurable decimal rate = 1.5d;
configurable boolean dry = false;
configurable string[] words = ["a", "b\\n\\u{e9}"];
configurable string? maybe = ();
configurable "low"|"high" level = "low";
configurable LogLevel logs = WARN;
@display {label: "Key", kind: "password"}
configurable string opener = ?;
configurable string apiToken = "";
configurable map<string> more = {"x": "y"};
configurable DB & readonly db = ?;
configurable int[] big = [0x1F, -2];
configurable float computed = compute(1);
configurable byte small = 7;
configurable 'record 'type = ?;

enum LogLevel { INFO, WARN = "warning" }
public type DB record {|
    # The host.
    string host;
    int port = 3306;
    string user?;
    Pool pool;
    string password;
    *Extra;
|};
type Extra record { boolean tls = true; };
type Pool record { int size = 5; int...; };
type 'record record {| int a; |};

public function main() returns error? {
    io:println(string `${url} configurable int z = 1;`);
    record {| int a; |} r = {a: 1};
}
service /x on new http:Listener(9090) { resource function get y() returns string { return "configurable"; } }
"""
WANTED = {
    # name: type, required, default
    "url": ("text", True, None),
    "port": ("integer", False, 9090),
    "rate": ("number", False, 1.5),
    "dry": ("flag", False, False),
    "words": ("list", False, ["a", "b\né"]),
    "maybe": ("text", False, None),
    "level": ("choice", False, "low"),
    "logs": ("choice", False, "warning"),
    "opener": ("secret", True, None),
    "apiToken": ("secret", False, None),
    "more": ("text", False, None),
    "db_host": ("text", True, None),
    "db_port": ("integer", False, 3306),
    "db_user": ("text", False, None),
    "db_pool_size": ("integer", False, 5),
    "db_password": ("secret", True, None),
    "db_tls": ("flag", False, True),
    "big": ("list", False, [31, -2]),
    "computed": ("number", False, None),
    "small": ("integer", False, 7),
    "type_a": ("integer", True, None),
}
FILES = {"Ballerina.toml": TOML, "main.bal": MAIN}


def read(text: str, **more: str) -> list[Configurable]:
    found = configurables.read({"main.bal": text, **{path.replace("__", "/"): each for path, each in more.items()}})
    assert not isinstance(found, Problem), found
    return found


def test_configurable_variables_are_read_with_types_defaults_and_documentation() -> None:
    source = ballerina_project.task(Project("team", "report", "1", None), read(MAIN))
    assert isinstance(source, str)
    told = declared.read(source)
    assert told.problems == ()
    settings = {each.name: each for each in told.settings}
    assert {name: (each.type, each.required, each.default) for name, each in settings.items()} == WANTED
    assert settings["url"].description == "Where to look, in full."
    assert settings["db_host"].description == "The host."
    assert settings["level"].choices == ("low", "high")
    assert settings["logs"].choices == ("INFO", "warning")
    assert settings["words"].item_type == "text"
    assert (settings["small"].minimum, settings["small"].maximum) == (0, 255)
    assert settings["more"].description == "As JSON."


def test_modules_have_their_own_and_tests_none() -> None:
    sources = {
        "main.bal": "configurable int a = 1;",
        "modules/sub/sub.bal": "configurable int b = ?;",
        "tests/main_test.bal": "configurable int no = ?;",
        "modules/sub/tests/x.bal": "configurable int no = ?;",
    }
    found = configurables.read(sources)
    assert not isinstance(found, Problem)
    assert [(each.module, ballerina_project.name_of(each)) for each in found] == [("", "a"), ("sub", "sub_b")]


def test_what_is_not_ballerina_names_its_line() -> None:
    found = configurables.read({"main.bal": "\nconfigurable int = 5;\n"})
    assert isinstance(found, Problem)
    assert (found.path, found.line, found.excerpt) == ("main.bal", 2, "configurable int = 5;")


@pytest.mark.parametrize(
    "text",
    [
        "type A A; configurable A a = ?;",
        "type A record { A inner; int x; }; configurable A a = ?;",
        "type A record { *A; int x = 1; }; configurable A a = ?;",
        "type A record { A a; A b; A c; }; configurable A a = ?;",
        "configurable int[][] a = [[1]]; configurable table<map<int>> key(id) t = ?; configurable json j = null;",
        "configurable (int|string)? a = (); configurable readonly & map<anydata> m = {};",
        "function f() { if x { } else { } } configurable int a = 1;",
        "# a comment without a declaration",
        'configurable int a = let int b = 5 in b; configurable string s = "{" + "}";',
    ],
)
def test_odd_but_lawful_sources_are_read_to_an_end(text: str) -> None:
    found = read(text)
    assert isinstance(ballerina_project.task(Project("o", "p", "1", None), found), str)


def test_two_values_of_one_name_are_a_problem() -> None:
    found = read("configurable int a_b = 1; configurable record {| int b; |} a = ?;")
    assert isinstance(ballerina_project.task(Project("o", "p", "1", None), found), Problem)


def test_config_toml_is_what_ballerina_reads() -> None:
    places = {
        "url": ("team/report", ("url",), "text"),
        "rate": ("team/report", ("rate",), "number"),
        "whole": ("team/report", ("whole",), "number"),
        "tiny": ("team/report", ("tiny",), "number"),
        "words": ("team/report", ("words",), "list"),
        "port": ("team/report", ("db", "port"), "integer"),
        "size": ("team/report", ("db", "pool", "size"), "integer"),
        "more": ("team/report", ("more",), "json"),
        "none": ("team/report", ("none",), "text"),
        "sub": ("team/report.sub", ("on",), "flag"),
    }
    values: dict[str, Any] = {
        "url": 'a "quoted" \\ line\n\x01é',
        "rate": 1.5,
        "whole": 3,
        "tiny": 1e-9,
        "words": ["x", 'y"'],
        "port": 5432,
        "size": 7,
        "more": '{"k": [1, {"z z": true}], "n": null}',
        "none": None,
        "sub": True,
    }
    text = config_toml.config_toml(values, places)
    assert "[team.report]\n" in text
    assert "[team.report.db.pool]\nsize = 7\n" in text
    assert tomllib.loads(text) == {
        "team": {
            "report": {
                "url": values["url"],
                "rate": 1.5,
                "whole": 3.0,
                "tiny": 1e-9,
                "words": ["x", 'y"'],
                "more": {"k": [1, {"z z": True}]},
                "db": {"port": 5432, "pool": {"size": 7}},
                "sub": {"on": True},
            }
        }
    }
    with pytest.raises(ValueError, match="more is not valid JSON"):
        config_toml.config_toml({"more": "{"}, places)


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (None, "There is no Ballerina.toml"),
        ("= x", "cannot be read"),
        ("[package]\nname = 'x'\n", "a org of letters"),
        ("[package]\norg = 'a'\nname = '../x'\n", "a name of letters"),
        ("package = 5", "a table [package]"),
    ],
)
def test_a_wrong_ballerina_toml_is_explained(tmp_path: Path, toml: str | None, told: str) -> None:
    if toml is not None:
        (tmp_path / "Ballerina.toml").write_text(toml)
    found = ballerina_project.read_project(tmp_path)
    assert isinstance(found, Problem)
    assert told in found.message


def build(
    folder: Path, files: Mapping[str, str], *, path: str, name: str = "one", images: Builder | None = None
) -> list[Event]:
    def check_out(source: Path) -> None:
        for file, text in files.items():
            (source / file).parent.mkdir(parents=True, exist_ok=True)
            (source / file).write_text(text)

    async def collect() -> list[Event]:
        clock = SystemClock()
        builder = BallerinaBuilder(clock, PythonBuilder(clock, folder / "cache"), images=images, path=path)
        return [event async for event in builder.build(Order(name, check_out, folder / "artifacts" / name))]

    return asyncio.run(collect())


@pytest.mark.slow
def test_a_project_is_built_with_the_tool_and_started_with_its_configuration(tmp_path: Path) -> None:
    tools = stand_in(tmp_path / "tools")
    path = f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin"
    events = build(tmp_path, FILES, path=path)
    assert isinstance(events[-1], Built), events[-1]
    steps = list(dict.fromkeys(event.name for event in events if isinstance(event, Step)))
    assert steps == ["Check out", "Read the code", "Build", "Environment", "Kit", "Compile", "Seal"]
    lines = [event.text for event in events if isinstance(event, Line)]
    assert {"configuration opener: secret", "configuration apiToken: secret, optional"} <= set(lines)
    assert "team/report 1.2.0" in lines
    assert "Ballerina 2201.13.1 (stand-in)" in lines
    assert [each.name for each in events[-1].settings] == list(WANTED)
    assert sorted(each.name for each in (tmp_path / "artifacts").iterdir()) == ["one"]

    work = tmp_path / "work"
    work.mkdir()
    given = {"TASK_URL": "here", "TASK_OPENER": "k", "TASK_DB_HOST": "h", "TASK_DB_PASSWORD": "p", "TASK_TYPE_A": "1"}
    artifact = tmp_path / "artifacts/one"
    done = subprocess.run(
        [artifact / "environment/bin/python", artifact / "source/main.py"],
        cwd=work,
        env={"PATH": "/usr/bin:/bin", **given},  # the tool that built it is known without
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("stand-in runs program.jar\n")
    assert "it sees TASK_ variables" not in done.stdout
    config = tomllib.loads((work / "Config.toml").read_text())["team"]["report"]
    assert config["db"] == {"host": "h", "port": 3306, "password": "p", "tls": True, "pool": {"size": 5}}
    assert (config["url"], config["opener"], config["logs"], config["type"]) == ("here", "k", "warning", {"a": 1})
    assert "computed" not in config
    assert (work / "Config.toml").stat().st_mode & 0o077 == 0

    again = build(tmp_path, FILES, path=path, name="two")[-1]
    assert isinstance(again, Built)
    assert again.digest == events[-1].digest
    other = build(tmp_path, {**FILES, "main.bal": MAIN + "// more\n"}, path=path, name="three")[-1]
    assert isinstance(other, Built)
    assert other.digest != again.digest


@pytest.mark.slow
def test_without_the_tool_the_build_says_what_to_install(tmp_path: Path) -> None:
    events = build(tmp_path, FILES, path=str(tmp_path))
    assert isinstance(events[-1], Failed)
    assert "Install Ballerina 2201.13.1" in events[-1].problem.message
    assert list((tmp_path / "artifacts").iterdir()) == []


@pytest.mark.slow
def test_an_error_of_the_compiler_is_pinned_to_its_line(tmp_path: Path) -> None:
    tools = stand_in(tmp_path / "tools")
    files = {"Ballerina.toml": TOML, "main.bal": "function main() {\n    BROKEN();\n}\n"}
    failed = build(tmp_path, files, path=f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin")[-1]
    assert isinstance(failed, Failed)
    assert failed.problem.message == "Ballerina cannot build this: undefined symbol 'BROKEN'."
    assert (failed.problem.path, failed.problem.line, failed.problem.excerpt) == ("main.bal", 2, "    BROKEN();")


def test_the_dockerfile_of_a_builder_image_is_exact(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    plan = ballerina_image.planner("local/ballerina:{version}")(tmp_path, Recipe())

    assert plan.text.splitlines() == [
        "FROM local/ballerina:2201.13.1 AS build",
        "USER 0",
        "WORKDIR /build",
        "COPY . .",
        "RUN bal build",
        "FROM local/ballerina:2201.13.1",
        "COPY --from=build /build/target/bin/report.jar /app/program.jar",
        "USER 10001",
        "WORKDIR /tmp",
        'ENTRYPOINT ["bal", "run", "/app/program.jar"]',
    ]
    assert [each.name for each in plan.settings] == list(WANTED)
    assert plan.base == "local/ballerina:2201.13.1"
    assert "install Ballerina 2201.13.1 on the server" in plan.otherwise


@pytest.mark.docker
@pytest.mark.slow
class TestWithoutTheTool:
    """In an image with a stand-in for it, on an Engine."""

    @pytest.fixture
    def image(self, docker_engine: Engine, busybox: str) -> str:
        name = "local/ballerina:2201.13.1"
        programs = " ".join(["sed", "grep", "mkdir", "date", "basename"])
        linked = f"RUN for name in {programs}; do ln -sf busybox /bin/$name; done"
        stand = f"FROM {busybox}\n{linked}\nCOPY --chmod=755 bal /bin/bal\n".replace(" --chmod=755", "")
        docker_engine.build({"Dockerfile": stand + "RUN chmod 755 /bin/bal\n", "bal": STAND_IN}, name)
        return name

    def test_it_is_built_in_an_image_and_gets_its_configuration_in_memory(
        self, docker_engine: Engine, image: str, python_image: str, tmp_path: Path
    ) -> None:
        images = OwnedBuilder(docker_engine, ballerina_image.planner("local/ballerina:{version}"))
        events = build(tmp_path, FILES, path=str(tmp_path), images=images)
        built = events[-1]
        assert isinstance(built, Built), [event for event in events if isinstance(event, Line)]
        assert built.kind == "ballerina"
        given = {"TASK_URL": "here", "TASK_DB_HOST": "h", "TASK_TYPE_A": "1", "CLOCKHOUSE_DUE_AT": "now"}
        secrets = {"TASK_OPENER": Secret("k"), "TASK_DB_PASSWORD": Secret("p")}
        work = Work("e1", tmp_path / "artifacts/one", built.entry, given, secrets)

        async def run() -> list[Any]:
            runtime = OwnedRuntime(docker_engine, python_image)
            try:
                return [event async for event in runtime.run(work)]
            finally:
                await runtime.close()

        lines = [text for event in asyncio.run(run()) if isinstance(event, Lines) for text in event.texts]
        assert lines[0] == "stand-in runs program.jar"
        assert "it sees TASK_ variables" not in lines
        config = tomllib.loads("\n".join(lines[1:]))["team"]["report"]
        assert (config["url"], config["db"]["host"], config["type"]) == ("here", "h", {"a": 1})
        assert docker_engine.left() == []

    def test_an_error_of_the_compiler_is_pinned_to_its_line(
        self, docker_engine: Engine, image: str, tmp_path: Path
    ) -> None:
        files = {"Ballerina.toml": TOML, "main.bal": "function main() {\n    BROKEN();\n}\n"}
        images = OwnedBuilder(docker_engine, ballerina_image.planner(image))
        failed = build(tmp_path, files, path=str(tmp_path), images=images)[-1]
        assert isinstance(failed, Failed)
        assert failed.problem.message == "Ballerina cannot build this: undefined symbol 'BROKEN'."
        assert (failed.problem.path, failed.problem.line) == ("main.bal", 2)
