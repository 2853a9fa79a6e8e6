"""Lists of what has a name are in the order in which people look for it, whichever database keeps it."""

from __future__ import annotations

from clockhouse.model.actor import SYSTEM
from clockhouse.model.person import Kind
from clockhouse.store import components, people, projects

NAMES = ["Zoo", "apples", "Report 10", "Apples", "report 9"]
SORTED = ["apples", "Apples", "report 9", "Report 10", "Zoo"]


def test_names_are_sorted_as_people_do(ledger):
    with ledger.database.begin() as tx:
        shelf = projects.add(tx, slug="shelf", name="shelf", description="")
        for slug, name in enumerate(NAMES):
            components.add(tx, shelf, slug=f"c{slug}", name=name, description="", template="")
            projects.add(tx, slug=f"p{slug}", name=name, description="")
            people.add(tx, name=name, login=f"l{slug}", kind=Kind.PERSON, by=SYSTEM)

    with ledger.database.read() as tx:
        assert [each.name for each in components.of_project(tx, shelf)] == SORTED
        assert [each.name for each, _ in projects.every(tx)] == [*SORTED[:4], "shelf", "Shop", "Zoo"]
        assert [each.name for each in people.every(tx)] == SORTED
