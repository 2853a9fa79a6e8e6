"""A pattern that a value could keep busy for long is told from one that is safe."""

import re

import pytest

from clockhouse.kit.patterns import LONGEST, is_slow


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a*)*b",
        "(a|a)*b",
        "(a|ab)*c",
        "(a?a?)*b",
        "((a?){10}){10}b",
        "([a-z]+,?)*;",
        "(,a*a*)*;",
        "(a*()a*,)*;",
        "(-.+)*;",
        "(?i:A[a-z]+)*;",
        ".*.*.*.*b",
        "a?" * 40 + "b",
        r"(\w+\s?)*!",
        "(?=(a+)+b)a",
        "(x)?(?(1)a+|a+)+b",
    ],
)
def test_a_pattern_with_too_many_ways_is_slow(pattern):
    assert is_slow(pattern)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("https?://.+", "https://" + "a" * (LONGEST - 8)),
        ("[a-z0-9]+(-[a-z0-9]+)*", "a-" * (LONGEST // 2)),
        (r"(\w+\.)+\w+", "a." * (LONGEST // 2)),
        (r"[^@]+@[^@]+\.[^@]+", "." * (LONGEST - 1) + "@"),
        (r"(\d{1,3}\.){3}\d{1,3}", "1.2.3.x"),
        (r"\d+\.\d+\.\d+\.\d+", "1" * LONGEST),
        ("(GET|POST|PUT)(,(GET|POST|PUT))*", "GET," * (LONGEST // 4)),
        ("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "0" * LONGEST),
        (r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?", "2024-02-29 "),
        ("(ab)*", "ab" * (LONGEST // 2 - 1) + "a"),
        ("", "a"),
    ],
)
def test_a_pattern_of_parts_that_are_told_apart_is_not(pattern, value):
    assert not is_slow(pattern)
    assert re.fullmatch(pattern, value) is None or pattern.startswith("https")
