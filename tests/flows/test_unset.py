"""Names that nothing sets where they are used: said when it is certain, and only then."""

import ast

import pytest
from tests.flows import corpus

from clockhouse.flows import model, nodes, unset
from clockhouse.flows.operations import Delete, Move, SwitchOff, edit
from clockhouse.flows.reading import read

TASK = """\
def main() -> None:
    since = "é"
    for item in since:
        print(item, since)
    total = 1
    print(total)
"""


def warnings(text: str) -> dict[str, str]:
    found = nodes.walk(model.describe(read(text)).body)
    return {node.label: node.warning for node in found if node.warning is not None}


def test_a_step_whose_variable_is_taken_away_is_warned_of() -> None:
    assert warnings(TASK) == {}
    nothing = "since is used here, but nothing sets it."
    gone = {"for item in since": nothing, "print(item, since)": nothing}
    assert warnings(edit(TASK, Delete((0, 0, 0))).text) == gone
    assert warnings(edit(TASK, SwitchOff((0, 0, 0))).text) == gone
    below = "total is used here, but it is set only further below."
    assert warnings(edit(TASK, Move((0, 0, 2), (0, 0), 4)).text) == {"print(total)": below}


@pytest.mark.parametrize(
    "text",
    [
        "from x import *\nprint(a)\n",
        "exec(b)\nprint(a)\n",
        "def f():\n    print(a)\na = 1\n",
        "def f():\n    while b():\n        if c:\n            print(a)\n        a = 1\ndef b(): c\nc = 1\n",
        "def f():\n    global a\n    a = 1\ndef g():\n    print(a)\n",
        "print([a for a in [] if a], {b: c for b, c in []}, (lambda d: d))\n",
        "def f(x):\n    print(y := x, y)\n",
        "match 1:\n    case {'a': b, **c}: print(b, c)\n    case [d, *e]: print(d, e)\n",
        "class A:\n    b = 1\n    c = b\n    def d(self) -> 'E':\n        return self.c, __class__\n",
        "try:\n    import a\nexcept ImportError as error:\n    print(error, __file__)\n",
        "try:\n    unicode\nexcept NameError:\n    unicode = str\n",
        "a: b = 1\n",
        "def f(a, *b, c=1, **d):\n    with a as e, b as (g, h):\n        return c, d, e, g, h\n",
    ],
)
def test_what_may_be_set_is_not_warned_of(text: str) -> None:
    assert list(unset.find(ast.parse(text))) == []


@pytest.mark.parametrize(
    "text", ["def f():\n    return a\n", "print(a)\na = 1\n", "def f(b=a):\n    a = 1\n", "[b for b in a]\n"]
)
def test_what_is_set_nowhere_before_is_warned_of(text: str) -> None:
    assert [each.message.partition(" ")[0] for each in unset.find(ast.parse(text))] == ["a"]


def test_real_files_have_no_warnings() -> None:
    for source in corpus.sample(120):
        module = read(source.text).module
        found = [] if module is None else [each.message for each in unset.find(module)]
        assert found == [] or "/tests/" in source.name or "/test/" in source.name, source.name
