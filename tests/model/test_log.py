"""What a line says of its level."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.model.log import level_of, without_level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("INFO Healthy", "info"),
        ("WARNING slow", "warning"),
        ("[ERROR] no answer", "error"),
        ("  <debug>: x", "debug"),
        ("error: it broke", "error"),
        ("CRITICAL", "error"),
        ('{"msg": "x", "level": "warn"}', "warning"),
        ("time=12:00 level=error msg=x", "error"),
        ("Traceback (most recent call last):", "error"),
        ("info about the shop", None),
        ("Error handling is on", None),
        ("the error is gone", None),
        ("INFORMATION", None),
        ("levels=error", None),
        ("", None),
    ],
)
def test_the_level_is_what_the_line_itself_says(text, level):
    assert level_of(text) == level


@given(st.text(max_size=400))
def test_any_text_has_a_level_or_none(text):
    assert level_of(text) in {"debug", "info", "warning", "error", None}


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("ERROR Unhealthy: no answer", "Unhealthy: no answer"),
        ("[WARN] slow", "slow"),
        ("CRITICAL: down", "down"),
        ("ValueError: no", "ValueError: no"),
        ("  error in a sentence ", "error in a sentence"),
        ("", ""),
    ],
)
def test_a_line_without_its_level_is_what_it_says(text, rest):
    assert without_level(text) == rest
