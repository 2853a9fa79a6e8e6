"""What people write: read, or refused with how to write it."""

from __future__ import annotations

import io

import pytest
import typer

from clockhouse.cli import values
from clockhouse.cli.values import Ref


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10s", 10),
        ("5m", 300),
        ("2h", 7200),
        ("1d", 86_400),
        ("500ms", 0.5),
        ("90", 90),
        ("1.5", 1.5),
        (".5h", 1800),
        (" 3 min ", 180),
        ("0.1s", 0.1),
    ],
)
def test_a_duration_is_seconds(text: str, seconds: float) -> None:
    assert values.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "10x", "-5s", "1h30m", "nan", "inf", "1e3"])
def test_what_is_no_duration_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="500ms, 10s, 5m, 2h or 1d"):
        values.duration(text)


def test_a_component_is_named_with_its_project() -> None:
    assert values.ref("example/health-check") == Ref("example", "health-check")
    assert values.ref("a/b").path == "/projects/a/components/b"


@pytest.mark.parametrize("text", ["", "a", "a/", "/b", "a/b/c", "A/b", "a/../b", "a b/c", "a/b?x", "../a"])
def test_what_is_no_component_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="PROJECT/COMPONENT"):
        values.ref(text)


def test_a_value_may_hold_equal_signs_and_be_empty() -> None:
    assert values.assignments(["url=http://x?a=b", "note="]) == {"url": "http://x?a=b", "note": ""}


@pytest.mark.parametrize("text", ["url", "=x", " =x"])
def test_a_value_without_a_name_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="name=value"):
        values.assignments([text])


def test_a_secret_comes_from_its_variable_or_from_a_line_of_standard_input() -> None:
    given = values.secrets(
        ["token", "key", "word"],
        variables={"CLOCKHOUSE_SECRET_KEY": " as it is "},
        stream=io.StringIO("first \r\nsecond"),
    )
    assert given == {"token": "first ", "key": " as it is ", "word": "second"}


def test_a_secret_without_a_value_says_where_to_put_it() -> None:
    with pytest.raises(typer.BadParameter, match="CLOCKHOUSE_SECRET_TOKEN") as refused:
        values.secrets(["token"], variables={}, stream=io.StringIO(""), option="--token")
    assert refused.value.param_hint == "--token"
