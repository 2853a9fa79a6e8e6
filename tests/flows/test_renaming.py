"""A name is changed wherever it means the same, and nowhere else."""

import pytest

from clockhouse.flows.changes import RefusedError
from clockhouse.flows.operations import Rename, edit

TEXT = """\
total = 1


def add(items, *, start=total):
    total = start
    for item in items:
        total += item
    words = [total for item in items if item]
    def inner():
        return total + f(lambda item: item)
    print(f"{total} of", items.total)
    return total


class Sum:
    add = 3

    def run(self):
        return add([total])


add([1], start=total)
"""


def renamed(operation: Rename, text: str = TEXT) -> str:
    return edit(text, operation).text


def test_a_variable_of_a_function_in_it_and_what_is_in_it() -> None:
    new = renamed(Rename((1, 0, 0), "target", "sum_"))

    assert "    sum_ = start\n" in new
    assert "        sum_ += item\n    words = [sum_ for item in items if item]\n" in new
    assert "return sum_ + f(lambda item: item)\n" in new
    assert 'print(f"{sum_} of", items.total)\n    return sum_\n' in new
    assert new.count("total") == 5


def test_a_variable_of_the_module_where_no_other_hides_it() -> None:
    new = renamed(Rename((0,), "target", "first"))

    assert new.startswith("first = 1\n")
    assert "start=first):\n    total = start" in new
    assert "add([first])" in new
    assert new.endswith("add([1], start=first)\n")


def test_a_loops_variable_is_not_that_of_a_comprehension() -> None:
    new = renamed(Rename((1, 0, 1), "item", "each"))

    assert "for each in items:\n        total += each\n    words = [total for item in items if item]" in new


def test_a_function_and_its_calls() -> None:
    new = renamed(Rename((1,), "name", "sum_up"))

    assert "def sum_up(" in new
    assert "    add = 3\n" in new
    assert "return sum_up([total])" in new
    assert new.endswith("sum_up([1], start=total)\n")


@pytest.mark.parametrize(
    ("text", "operation", "reason"),
    [
        (TEXT, Rename((0,), "target", "items"), "already"),
        (TEXT, Rename((0,), "target", "for"), "word of Python"),
        (TEXT, Rename((0,), "value", "x"), "no name"),
        (TEXT, Rename((0,), "other", "x"), "no name"),
        ("def main(): pass\n", Rename((0,), "name", "x"), "calls it by this name"),
        ("import a\na = 1\n", Rename((1,), "target", "x"), "given by an import"),
        ("def f():\n    global a\n    a = 1\n", Rename((0, 0, 1), "target", "x"), "global"),
        ("a = (\n", Rename((0,), "target", "x"), "no name"),
        ("a = 1\nb = (\n", Rename((0,), "target", "x"), "half typed"),
    ],
)
def test_what_can_not_be_renamed_keeps_its_name(text: str, operation: Rename, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        edit(text, operation)
