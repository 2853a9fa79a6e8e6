"""The order in which people look for names."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from clockhouse.model import order


def test_case_and_accents_are_last_and_numbers_count() -> None:
    mixed = ["report 9", "Z", "A", "10 a", "Ärzte", "b", "Report 10", "a", "Arztes", "Report", "2 a"]
    wanted = ["2 a", "10 a", "a", "A", "Ärzte", "Arztes", "b", "Report", "report 9", "Report 10", "Z"]
    assert sorted(mixed, key=order.of_name) == wanted


@given(st.lists(st.text()))
def test_the_same_names_are_always_in_the_same_order(names: list[str]) -> None:
    turned = [*reversed(names)]
    assert sorted(names, key=order.of_name) == sorted(turned, key=order.of_name)


@example("ß", "ss")
@given(st.text(), st.text())
def test_only_the_same_name_is_in_the_same_place(one: str, other: str) -> None:
    assert (order.of_name(one) == order.of_name(other)) == (one == other)
