"""A configuration class checks what it is given, and says the same of its settings as its source does."""

import importlib.util
import subprocess
import sys
import typing

import pytest

from clockhouse.kit import Secret, TaskConfig, declared, setting
from clockhouse.kit.declared import Setting


class Config(TaskConfig):
    url: str = setting("Address", pattern="https?://.+")
    timeout_s: float = setting("Seconds", default=5, minimum=1, maximum=60)
    count: int = setting("How many", default=3, choices=[1, 3])
    words: list[str] = setting("Words", default=["a"])
    token: Secret | None = setting("Token")
    mode: typing.Literal["fast", "safe"] = setting("Mode", default="safe")


def test_defaults_are_filled_in():
    config = Config(url="http://x")

    assert (config.timeout_s, config.count, config.words, config.token, config.mode) == (5.0, 3, ["a"], None, "safe")
    assert type(config.timeout_s) is float


def test_a_configuration_shows_no_secret():
    config = Config(url="http://x", token=Secret("hunter2"))

    assert "hunter2" not in f"{config} {config!r} {config.token} {config.token!r} {config.token:>20}"
    assert repr(config).startswith("Config(url='http://x'")
    assert config.token is not None
    assert config.token.reveal() == "hunter2"


def test_a_secret_does_not_join_text():
    with pytest.raises(TypeError):
        "Bearer " + Secret("hunter2")  # type: ignore[operator]


def test_a_default_list_is_not_shared():
    one, other = Config(url="http://x"), Config(url="http://x")
    one.words.append("b")

    assert other.words == ["a"]


def test_equal_values_make_equal_configurations_that_do_not_change():
    assert Config(url="http://x") == Config(url="http://x") != Config(url="http://y")
    with pytest.raises(AttributeError):
        Config(url="http://x").url = "http://y"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "error", "part"),
    [
        ({}, TypeError, "no value for url"),
        ({"url": "http://x", "colour": 1}, TypeError, "no setting colour"),
        ({"url": 5}, TypeError, "url must be text, not int"),
        ({"url": "ftp://x"}, ValueError, "url must match the pattern"),
        ({"url": "http://x", "timeout_s": 0.5}, ValueError, "at least 1"),
        ({"url": "http://x", "timeout_s": "5"}, TypeError, "must be a number, not str"),
        ({"url": "http://x", "count": True}, TypeError, "whole number, not bool"),
        ({"url": "http://x", "count": 2}, ValueError, "1 or 3"),
        ({"url": "http://x", "words": "ab"}, TypeError, "a list of texts, not str"),
        ({"url": "http://x", "words": [1]}, TypeError, "must be text, not int"),
        ({"url": "http://x", "token": "hunter2"}, TypeError, "must be a Secret, not str"),
        ({"url": "http://x", "mode": "slow"}, ValueError, '"fast" or "safe"'),
        ({"url": None}, TypeError, "not None"),
    ],
)
def test_what_does_not_fit_is_refused(given, error, part):
    with pytest.raises(error, match=part):
        Config(**given)


FIELDS = [
    'x: str = setting("a")',
    'x: str = setting("a", default="b", example="c", pattern="b+")',
    'x: "int" = setting("a", minimum=1, maximum=9, default=3)',
    "x: float",
    "x: int = 5",
    'x: float = setting("a", default=5)',
    'x: bool = setting("a", default=True)',
    'x: Secret = setting("a")',
    'x: Secret | None = setting("a", default=None)',
    'x: typing.Optional[int] = setting("a")',
    'x: typing.Union[None, str] = setting("a")',
    'x: list[int] = setting("a", default=[1, 2], choices=[1, 2, 3])',
    'x: typing.List[str] = setting("a")',
    'x: Literal["a", "b"] = setting("a", default="a")',
    'x: Literal[1, 2] | None = setting("a")',
    "x: typing.ClassVar[int] = 5",
    'x: str = setting("a", default=...)',
    'x: str = setting(description="a")',
    # and what neither takes
    "x = setting('a')",
    "x: dict[str, int] = setting('a')",
    "x: list[list[int]] = setting('a')",
    "x: list[Secret] = setting('a')",
    "x: list = setting('a')",
    "x: int | str = setting('a')",
    "x: Secret = setting('a', default=Secret('b'))",
    "x: Secret = 'b'",
    "x: str | None = setting('a', default='b')",
    "x: int = setting('a', default='b')",
    "x: int = setting('a', default=True)",
    "x: int = setting('a', default=3, maximum=2)",
    "x: int = setting('a', minimum=3, maximum=2)",
    "x: int = setting('a', minimum='3')",
    "x: str = setting('a', minimum=3)",
    "x: str = setting('a', pattern='(')",
    "x: str = setting('a', pattern=5)",
    "x: int = setting('a', pattern='5')",
    "x: str = setting('a', choices='abc')",
    "x: str = setting('a', choices=[])",
    "x: str = setting('a', choices=[1])",
    "x: bool = setting('a', choices=[True])",
    "x: Literal['a', 1] = setting('a')",
    "x: Literal[None] = setting('a')",
    "x: Literal['a'] = setting('a', choices=['a'])",
    "x: Literal['a'] = setting('a', default='b')",
    "x: list[str] = setting('a', default=('a',))",
    "x: str = setting(5)",
    "x: str = setting()",
    "x: str = setting('a', 'b')",
    "x: str = setting('a', colour='b')",
    "x: str = setting('a', example=object())",
    "_x: str = setting('a')",
]


@pytest.mark.parametrize("lazily", [False, True], ids=["plain", "annotations as text"])
@pytest.mark.parametrize("field", FIELDS)
def test_the_source_and_the_running_class_agree(field, lazily, tmp_path, monkeypatch):
    head = "from __future__ import annotations\n" if lazily else ""
    head += "import typing\nfrom typing import Literal\nfrom clockhouse.kit import Secret, TaskConfig, setting\n"
    source = f"{head}class Config(TaskConfig):\n    {field}\n"

    read = declared.read(source)

    try:
        running = loaded(source, tmp_path, monkeypatch).Config.__settings__
    except TypeError:
        assert read.settings == ()
        assert len(read.problems) == 1
    else:
        assert read.problems == ()
        names = [name for name in Setting.__dataclass_fields__ if name != "line"]
        static = [{name: getattr(one, name) for name in names} for one in read.settings]
        assert static == [{name: getattr(one, name) for name in names} for one in running.values()]


def loaded(source, folder, monkeypatch):
    path = folder / "task_under_test.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, path.stem, module)
    spec.loader.exec_module(module)
    return module


def test_the_kit_loads_nothing_heavy():
    heavy = {"typing", "logging", "dataclasses", "json", "re", "asyncio", "ast", "inspect"}
    command = "import sys; before = set(sys.modules); import clockhouse.kit; print(*set(sys.modules) - before)"

    run = subprocess.run(
        [sys.executable, "-S", "-c", command], capture_output=True, text=True, env={"PYTHONPATH": "src"}
    )

    assert "clockhouse.kit" in run.stdout.split(), run.stderr
    assert heavy & set(run.stdout.split()) == set()
