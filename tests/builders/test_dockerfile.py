"""Images from Dockerfiles: what is sent to the Engine, what is refused, and what a hostile Dockerfile comes to."""

from __future__ import annotations

import asyncio
import io
import sys
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.docker import OwnedBuilder
from tests.support.waiting import eventually

from clockhouse.builders import dockerfile_context, dockerfile_text
from clockhouse.builders.base import Built, Failed, Line, Order, Problem, Setting, Step
from clockhouse.builders.dockerfile_context import Context
from clockhouse.builders.dockerfile_ignore import Ignored
from clockhouse.model.recipe import Recipe

USER = "USER 10001\n"


@pytest.mark.parametrize(
    ("rules", "left_out", "kept"),
    [
        ("# comment\n\n*.md\n", ["README.md"], ["docs/README.md", "README.mdx"]),
        ("**/*.md", ["README.md", "docs/deep/README.md"], ["md"]),
        ("*.md\n!README.md", ["CHANGES.md"], ["README.md"]),
        ("*.md\n!README*.md\nREADME-secret.md", ["README-secret.md", "x.md"], ["README.md"]),
        ("!README.md\n*.md", ["README.md"], []),
        ("*/temp*", ["somedir/temporary.txt", "somedir/temp"], ["temp", "a/b/temp"]),
        ("*/*/temp*", ["a/b/temporary.txt"], ["a/temp"]),
        ("temp?", ["tempa", "tempb"], ["temp", "temp/a", "tempab"]),
        ("/node_modules/", ["node_modules", "node_modules/x/y.js"], ["lib/node_modules"]),
        ("node_modules\n!node_modules/keep", ["node_modules/x"], ["node_modules/keep", "node_modules/keep/a"]),
        ("**/node_modules", ["node_modules/x", "lib/deep/node_modules/x"], ["node_modules.txt"]),
        ("docs/**", ["docs/a", "docs/a/b"], ["docs"]),
        ("a/**/z", ["a/z", "a/b/c/z"], ["z", "b/a/z"]),
        ("./src/../lib", ["lib/x"], ["src/x"]),
        ("file[0-9].txt", ["file1.txt"], ["filea.txt", "file10.txt"]),
        ("file[^0-9].txt", ["filea.txt"], ["file1.txt"]),
        ("a\\*b", ["a*b"], ["axb"]),
        ("a.b", ["a.b"], ["axb"]),
        ("*", ["anything", "deep/er"], []),
        ("*\n!Dockerfile", ["anything"], ["Dockerfile"]),
        ("file[0", ["file[0"], ["file0"]),
        ("file[z-a]", [], ["filez"]),
        ("!", [], ["x"]),
        ("\ufeff  spaced  ", ["spaced"], []),
        ("logs**", ["logs", "logs.txt", "logs/of/today"], ["log", "x/logs"]),
        pytest.param("*a" * 60 + "b", ["a" * 60 + "b"], ["a" * 250], id="many stars"),
        pytest.param("**/a/" * 60 + "b", ["a/" * 60 + "b"], ["a/" * 250 + "a"], id="many directories"),
    ],
)
def test_what_dockerignore_leaves_out(rules, left_out, kept):
    ignored = Ignored(rules)

    assert [path for path in left_out if not ignored.leaves_out(path)] == []
    assert [path for path in kept if ignored.leaves_out(path)] == []


def test_a_huge_dockerignore_is_refused(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / ".dockerignore").write_text("x\n" * 300_000)

    found, _ = packed(tmp_path)

    assert isinstance(found, Problem)
    assert found.path == ".dockerignore"


def packed(source: Path, at_most_bytes: int = 1_000_000) -> tuple[Context | Problem, dict[str, tarfile.TarInfo]]:
    into = io.BytesIO()
    found = dockerfile_context.pack(source, "Dockerfile", into, at_most_bytes=at_most_bytes)
    if isinstance(found, Problem):
        return found, {}
    with tarfile.open(fileobj=into) as archive:
        return found, {entry.name: entry for entry in archive}


def test_the_context_is_the_source_without_what_is_ignored(tmp_path):
    for path in ("Dockerfile", "lib/a", "lib/b", "secret/key", ".git/config"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    (tmp_path / ".dockerignore").write_text("*\n!lib\nlib/b\n")
    (tmp_path / "lib" / "out").symlink_to("/etc")

    found, entries = packed(tmp_path)

    assert sorted(entries) == [".dockerignore", "Dockerfile", "lib", "lib/a", "lib/out"]
    assert entries["lib/out"].issym()
    assert found == Context(5, len("*\n!lib\nlib/b\n") + len("Dockerfile") + len("lib/a"))


def test_a_huge_context_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2_000_000)

    found, _ = packed(tmp_path)

    assert isinstance(found, Problem)
    assert "more than 1 MB" in found.message
    assert ".dockerignore" in found.message


def test_instructions_are_counted_as_the_engine_counts_them():
    text = "# escape=`\n\nFROM a\nRUN one `\n  # not a part\n  two\n\ncopy x y\n"

    assert [(one.line, one.text) for one in dockerfile_text.instructions(text)] == [
        (3, "FROM a"),
        (4, "RUN one `"),
        (8, "copy x y"),
    ]


@pytest.mark.parametrize(
    ("said", "step", "message", "line"),
    [
        ("dockerfile parse error line 2: unknown instruction: BAKE", None, "Unknown instruction: BAKE", 2),
        ("Dockerfile parse error on line 1: no", None, "can't be read: No.", 1),
        ("The command '/bin/sh -c x' returned a non-zero code: 3", 2, "exit code 3: oh no", 2),
        ("COPY failed: no source files were specified", 1, "COPY failed: no source files were specified.", 1),
        ("something else", None, "Something else.", None),
        ("something else", 99, "Something else.", None),
    ],
)
def test_a_failure_is_explained_with_its_line(said, step, message, line):
    found = dockerfile_text.problem(said, "FROM a\nRUN x\n", "Dockerfile", step, "oh no")

    assert message in found.message
    assert found.line == line
    assert found.excerpt == (None if line is None else ["FROM a", "RUN x"][line - 1])


def test_labels_declare_settings():
    found = dockerfile_text.settings(
        {
            "maintainer": "Anna",
            "clockhouse.setting.url": "text Address to check",
            "clockhouse.setting.token": "secret",
            "clockhouse.setting.count": "integer? How many",
        }
    )

    assert found == (
        Setting("count", "integer", required=False, description="How many"),
        Setting("token", "secret"),
        Setting("url", "text", description="Address to check"),
    )


@pytest.mark.parametrize("label", [{"clockhouse.setting.Url": "text"}, {"clockhouse.setting.url": "string Address"}])
def test_a_label_that_declares_nothing_is_explained(label):
    found = dockerfile_text.settings(label)

    assert isinstance(found, Problem)
    assert 'clockhouse.setting.url="text Address to check"' in found.message


@pytest.fixture
def build(docker_engine, busybox, tmp_path):
    """Builds a Dockerfile, its base put in front, with files beside it; all that was told."""

    def build(text, files=(), recipe=Recipe(), **settings):
        def check_out(folder):
            folder.mkdir(parents=True)
            for path, content in {"Dockerfile": f"FROM {busybox}\n{text}", **dict(files)}.items():
                (folder / path).write_text(content)

        async def collect():
            order = Order("one", check_out, tmp_path / "artifacts" / "one", recipe)
            return [event async for event in OwnedBuilder(docker_engine, **settings).build(order)]

        events = asyncio.run(collect())
        if isinstance(events[-1], Failed):
            assert list((tmp_path / "artifacts").iterdir()) == []
            assert docker_engine.ask(lambda docker: docker.image("clockhouse-build:one")) is None
        eventually(lambda: docker_engine.left() == [])  # the Engine ends by itself what a build left early
        return events

    return build


def lines(events):
    return [event.text for event in events if isinstance(event, Line)]


@pytest.mark.docker
@pytest.mark.slow
class TestOnAnEngine:
    def test_each_instruction_is_a_step_with_its_log(self, build):
        events = build(f"RUN echo one; echo two >&2\n{USER}")

        steps = [event.name for event in events if isinstance(event, Step) and event.took_s is None]
        assert steps[2:5] == ["1/3 FROM local/busybox:1", "2/3 RUN echo one; echo two >&2", "3/3 USER 10001"]
        told = [event.text for event in events if isinstance(event, Line) and event.step == steps[3]]
        assert set(told[-2:]) == {"one", "two"}  # the Engine keeps no order between the two streams
        assert isinstance(events[-1], Built)
        assert events[-1].image == f"sha256:{events[-1].digest}"
        assert events[-1].kind == "dockerfile"

    def test_arguments_reach_the_build(self, build):
        recipe = Recipe(arguments={"WHERE": "here"})

        assert "from here" in lines(build(f"ARG WHERE\nRUN echo from $WHERE\n{USER}", recipe=recipe))

    def test_settings_come_from_the_labels(self, build):
        built = build(f'LABEL clockhouse.setting.url="text Address"\n{USER}')[-1]

        assert built.settings == (Setting("url", "text", description="Address"),)

    def test_an_image_that_would_run_as_root_is_refused_with_the_line_to_add(self, build):
        failed = build("RUN true\n")[-1]

        assert "`USER 10001`" in failed.problem.message
        assert (failed.problem.path, failed.problem.line) == ("Dockerfile", 2)

    def test_root_may_be_allowed(self, build):
        assert build("", allow_root=True)[-1].allows_root

    def test_root_may_be_allowed_of_one_component(self, build):
        assert build("", recipe=Recipe(allow_root=True))[-1].allows_root

    @pytest.mark.parametrize("user", ["boss", "1000", "linked"])
    def test_root_is_known_by_what_the_image_calls_it(self, build, user):
        users = {"users": f"nobody:x:65534:65534::/:\n{user}:x:0:0::/:\n"}

        link = "RUN mkdir -p /etc && ln -sf ../usr/lib/users /etc/passwd"

        failed = build(f"COPY users /usr/lib/users\n{link}\nUSER {user}\n", users)[-1]

        assert "would run as root" in failed.problem.message

    def test_a_source_without_a_dockerfile_says_so(self, build):
        failed = build(USER, recipe=Recipe(dockerfile="deploy/Dockerfile"))[-1]

        assert "There is no deploy/Dockerfile in the source." in failed.problem.message

    def test_a_base_that_cannot_be_had_is_said_with_its_line(self, build):
        failed = build("FROM local/nowhere:7\n")[-1]

        assert (failed.problem.path, failed.problem.line) == ("Dockerfile", 2)
        assert "local/nowhere" in failed.problem.message or "registry" in failed.problem.message.lower()

    def test_what_is_outside_of_the_context_cannot_be_copied(self, build):
        failed = build(f"COPY ../../etc/passwd /stolen\n{USER}")[-1]

        assert failed.problem.line == 2
        assert "COPY failed" in failed.problem.message

    def test_a_build_that_floods_its_log_is_bounded(self, build):
        events = build(f"RUN seq 100000\n{USER}")

        assert isinstance(events[-1], Built)
        assert 19_000 < len(lines(events)) <= 20_010
        assert any("more lines were not kept" in text for text in lines(events))

    def test_what_a_command_writes_is_no_step(self, build):
        events = build(f'RUN for n in 7 2 9; do echo "Step $n/3 : mine"; sleep 0.1; done\n{USER}')

        assert [event.name for event in events if isinstance(event, Step) and event.took_s is None][2:5] == [
            "1/3 FROM local/busybox:1",
            """2/3 RUN for n in 7 2 9; do echo "Step $n/3 : mine"; sleep 0.1; done""",
            "3/3 USER 10001",
        ]
        assert "Step 9/3 : mine" in lines(events)

    def test_a_build_that_never_ends_is_ended(self, build):
        failed = build("RUN while :; do sleep 1; done\n", time_out=timedelta(seconds=2))[-1]

        assert "took longer than" in failed.problem.message

    def test_a_huge_source_is_not_sent(self, build):
        failed = build(USER, {"huge": "x" * 20_000}, context_bytes=10_000)[-1]

        assert ".dockerignore" in failed.problem.message

    def test_a_scan_sees_the_image_and_may_refuse_it(self, build):
        script = "import sys; print('looked at', sys.argv[1][:7], flush=True); sys.exit('2 holes')"

        events = build(USER, scan=(sys.executable, "-c", script))

        assert "looked at sha256:" in lines(events)
        assert events[-1].problem.message == "The scan refuses the image: 2 holes"

    def test_a_scan_may_let_it_pass(self, build):
        assert isinstance(build(USER, scan=(sys.executable, "-c", ""))[-1], Built)

    def test_a_scan_that_does_not_start_is_said(self, build):
        failed = build(USER, scan=("/no/such/scanner",))[-1]

        assert "/no/such/scanner does not start" in failed.problem.message
