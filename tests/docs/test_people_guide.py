"""The guide to people says of each role what it may, and that is what the code gives."""

from __future__ import annotations

import re

from tests.support.generated import ROOT

from clockhouse.model.actor import Grant, Permission, Role

GUIDE = ROOT / "docs" / "guides" / "people.md"


def test_the_table_of_roles_is_what_roles_give() -> None:
    rows = [line.strip("|").split("|") for line in GUIDE.read_text("utf-8").splitlines() if line.startswith("|")]
    roles = [Role(cell.strip().lower()) for cell in rows[0][1:]]
    told = {}
    for row in rows[2:]:
        named = re.search(r"\(`(\w+)`\)", row[0])
        if named:
            told[named.group(1)] = {role for role, cell in zip(roles, row[1:], strict=True) if cell.strip() == "yes"}

    given = {str(each): {role for role in Role if Grant(role).gives(each)} for each in Permission}
    assert told == given
