"""Identifiers and slugs."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.errors import Invalid
from clockhouse.model import identifier

INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(INSTANTS, st.integers(1, 10**9))
def test_identifiers_are_sorted_by_the_millisecond_they_were_made_in(instant, later_ms):
    first, second = identifier.new(instant), identifier.new(instant + timedelta(milliseconds=later_ms))
    assert first < second
    assert len(first) == len(second) == 26


def test_identifiers_of_one_instant_differ():
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert len({identifier.new(now) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Ärger & Söhne", "aerger-soehne"),
        ("A\u0308rger", "aerger"),
        ("Café élan, Łódź", "cafe-elan-lodz"),
        ("Health check", "health-check"),
        ("  A  --  b!", "a-b"),
        ("Straße 7", "strasse-7"),
    ],
)
def test_a_slug_is_what_an_address_can_hold_of_a_name(name, slug):
    assert identifier.slug(name) == slug


@given(st.text(max_size=200))
def test_a_slug_is_one_or_the_name_is_refused(name):
    with suppress(Invalid):
        assert identifier.is_slug(identifier.slug(name))


@pytest.mark.parametrize("name", ["", " ", "!?", "日本", "世界"])
def test_a_name_of_which_nothing_is_left_is_refused(name):
    with pytest.raises(Invalid) as refused:
        identifier.slug(name)
    assert set(refused.value.fields) == {"name"}


@pytest.mark.parametrize("text", ["", "-a", "a-", "a--b", "A", "a b", "ä", "a\n", "a" * 61])
def test_what_is_no_slug(text):
    assert not identifier.is_slug(text)
