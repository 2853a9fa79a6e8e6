"""Ready images: what image.toml says, what is refused, and what is pinned."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.docker import OwnedBuilder

from clockhouse.builders import ready_image
from clockhouse.builders.base import Built, Failed, Line, Order, Setting, Step
from clockhouse.builders.making import Stopped
from clockhouse.model import image
from clockhouse.model.recipe import Recipe

NOWHERE = "127.0.0.1:1/reports:1.4"
DIGEST = f"@sha256:{'a' * 64}"


def planned(folder, text):
    (folder / "image.toml").write_text(text)
    return ready_image.plan(folder, Recipe())


@pytest.mark.parametrize("reference", ["busybox", "team/reports:1.4", NOWHERE, f"registry.example.org/a/b{DIGEST}"])
def test_a_reference_is_taken_as_it_is_written(tmp_path, reference):
    assert planned(tmp_path, image.source(reference)["image.toml"]).text == f"FROM {reference}\n"


@pytest.mark.parametrize(
    "reference",
    ["", "Reports", "a b", "a\nRUN rm -rf /", "-a", "a:", "a@sha256:12", "a" * 401, "--platform=x", "a:b:c"],
)
def test_what_names_no_image_is_refused(tmp_path, reference):
    assert image.fault(reference)
    quoted = reference.replace("\n", "\\n")
    with pytest.raises(Stopped) as stopped:
        planned(tmp_path, f'# one\nimage = "{quoted}"\n')
    assert (stopped.value.problem.path, stopped.value.problem.line) == ("image.toml", 2)
    assert "names no image" in stopped.value.problem.message


def test_command_user_and_settings_are_its_own(tmp_path):
    plan = planned(
        tmp_path,
        'image = "a:1"\ncommand = ["say", "\\"$HOME\\""]\nuser = "10001:5"\n[settings]\nurl = "text? Address"\n',
    )

    assert plan.text == 'FROM a:1\nUSER 10001:5\nCMD ["say", "\\"$HOME\\""]\n'
    assert plan.settings == (Setting("url", "text", required=False, description="Address"),)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('command = "say"', "list of texts"),
        ("command = [1]", "list of texts"),
        ('user = "a\\nRUN x"', "a name or a number"),
        ("user = 5", "a name or a number"),
        ("[settings]\nurl = 1", "texts by name"),
        ('[settings]\nurl = "address"', "declares no setting"),
        ('tag = "1"', "'tag'"),
        ("= 1", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path, line, said):
    with pytest.raises(Stopped) as stopped:
        planned(tmp_path, f'image = "a:1"\n{line}\n')
    assert stopped.value.problem.path == "image.toml"
    assert said in stopped.value.problem.message


@pytest.mark.parametrize(
    ("reference", "moves"), [("a", True), ("a:latest", True), ("a:1", False), (f"a{DIGEST}", False)]
)
def test_what_has_no_tag_of_its_own_is_fetched_at_each_build(reference, moves):
    assert image.moves(reference) is moves


@pytest.fixture
def build(docker_engine, tmp_path):
    def build(text, **settings):
        def check_out(folder):
            folder.mkdir(parents=True)
            (folder / "image.toml").write_text(text)

        async def collect():
            order = Order("ready", check_out, tmp_path / "artifacts" / "ready")
            builder = OwnedBuilder(docker_engine, ready_image.plan, **settings)
            return [event async for event in builder.build(order)]

        return asyncio.run(collect())

    return build


@pytest.mark.docker
@pytest.mark.slow
class TestOnAnEngine:
    def test_an_image_that_is_there_is_pinned_by_its_id(self, build, busybox, docker_engine):
        labelled = f"FROM {busybox}\nUSER 10001\nLABEL clockhouse.setting.url=text\n"
        docker_engine.build({"Dockerfile": labelled}, "a/ready:1")

        events = build('image = "a/ready:1"\n[settings]\ntoken = "secret"\n')

        built = events[-1]
        assert isinstance(built, Built), built
        assert built.image == docker_engine.ask(lambda docker: docker.image("a/ready:1"))["Id"]
        assert built.settings == (Setting("url", "text"), Setting("token", "secret"))
        assert [step.name for step in events if isinstance(step, Step) and step.took_s is None] == [
            "Check out",
            "Fetch",
            "1/1 FROM a/ready:1",
            "Check",
            "Seal",
        ]

    def test_one_that_would_run_as_root_is_refused_with_the_line_to_add(self, build, busybox):
        failed = build(f'image = "{busybox}"\n')[-1]
        assert 'Add the line `user = "10001"` to image.toml.' in failed.problem.message
        assert isinstance(build(f'image = "{busybox}"\nuser = "10001"\n')[-1], Built)

    def test_one_that_is_nowhere_is_told(self, build):
        failed = build(f'image = "{NOWHERE}"\n')[-1]
        assert isinstance(failed, Failed)
        said = f"The image {NOWHERE} is not on the Docker Engine, and cannot be fetched:"
        assert failed.problem.message.startswith(said)
        assert failed.problem.path == "image.toml"

    def test_one_that_moves_and_cannot_be_fetched_is_taken_as_it_is_there(self, build, busybox, docker_engine):
        name = "127.0.0.1:1/moving"
        docker_engine.build({"Dockerfile": f"FROM {busybox}\nUSER 10001\n"}, name)

        events = build(f'image = "{name}"\n')

        assert isinstance(events[-1], Built), events[-1]
        assert any("so what the Engine has is taken" in event.text for event in events if isinstance(event, Line))
