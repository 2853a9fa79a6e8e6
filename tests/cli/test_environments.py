"""Environments as the command line changes them."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Run
from tests.cli.standin import StandIn


@pytest.mark.parametrize(
    ("option", "is_production", "roles", "said"),
    [
        (
            "--production",
            True,
            {"naming": 1, "others": 2},
            "staging counts as production.\n"
            "Roles that name it, and count for production now: 1.\n"
            "Roles that are not for production, and not good there any more: 2.\n",
        ),
        (
            "--no-production",
            False,
            {"naming": 0, "others": 2},
            "staging does not count as production.\nRoles that are not for production, and good there now, too: 2.\n",
        ),
        ("--production", True, None, "staging counts as production.\n"),
    ],
)
def test_a_mark_tells_how_many_roles_it_changes(
    run: Run, stand_in: StandIn, option: str, is_production: bool, roles: object, said: str
) -> None:
    stand_in.says("PATCH", "/environments/staging", {"slug": "staging", "is_production": is_production, "roles": roles})

    assert run("environment", "mark", "staging", option).out == said
