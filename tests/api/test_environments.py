"""How long an environment keeps what has ended."""

from __future__ import annotations

import pytest
from tests.support.api import V1, Installation

PRODUCTION = f"{V1}/environments/production/retention"


def test_an_environment_keeps_a_month_unless_told_otherwise(house: Installation) -> None:
    assert house.get(PRODUCTION) == {"days": 30, "last": 100}

    assert house.post(PRODUCTION, {"days": None, "last": 0}) == {"days": None, "last": 0}

    assert house.get(PRODUCTION) == {"days": None, "last": 0}
    assert house.get(f"{V1}/environments/development/retention") == {"days": 30, "last": 100}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"days", "last"}),
        ({"days": 0, "last": -1}, {"days", "last"}),
        ({"days": 36_501, "last": 1}, {"days"}),
        ({"days": "long", "last": 1}, {"days"}),
    ],
)
def test_a_retention_is_refused_field_by_field(house: Installation, body: object, fields: set[str]) -> None:
    assert set(house.fields(PRODUCTION, body)) == fields


def test_an_environment_says_how_many_run_at_once(house: Installation) -> None:
    assert [each["at_once"] for each in house.get(f"{V1}/environments")] == [None, None]

    assert house.post(f"{V1}/environments/production/limit", {"at_once": 8})["at_once"] == 8

    assert [each["at_once"] for each in house.get(f"{V1}/environments")] == [None, 8]
    assert house.post(f"{V1}/environments/production/limit", {"at_once": None})["at_once"] is None


def test_a_limit_that_is_none_is_refused(house: Installation) -> None:
    assert set(house.fields(f"{V1}/environments/production/limit", {"at_once": 0})) == {"at_once"}
    assert set(house.fields(f"{V1}/environments/production/limit", {})) == {"at_once"}
