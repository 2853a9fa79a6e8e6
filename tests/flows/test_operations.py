"""Edits of a flow: each changes exactly the text it must, or is refused with a reason."""

import pytest

from clockhouse.flows import changes
from clockhouse.flows.changes import RefusedError
from clockhouse.flows.operations import (
    AddBranch,
    AddImports,
    Declare,
    Delete,
    Duplicate,
    Extract,
    Insert,
    Move,
    Operation,
    RemoveBranch,
    Replace,
    SetField,
    SetNote,
    SwitchOff,
    SwitchOn,
    Undeclare,
    edit,
)
from clockhouse.kit.declared import Setting

TASK = """\
import logging

from clockhouse.kit import TaskConfig, run, setting


class Config(TaskConfig):
    name: str = setting("Who")


def main(config: Config) -> None:
    print(config.name)


if __name__ == "__main__":
    run(main)
"""


def edited(text: str, operation: Operation) -> str:
    return changes.apply(text, edit(text, operation).changes)


def refusal(text: str, operation: Operation) -> str:
    with pytest.raises(RefusedError) as refused:
        edit(text, operation)
    return str(refused.value)


def test_what_is_half_typed_is_not_duplicated():
    assert refusal('""A task."""\nsend()\n', Duplicate((0,))) == (
        "This step is not Python yet. Finish it in the code first."
    )
    assert edited('""A task."""\nsend()\n', Duplicate((1,))) == '""A task."""\nsend()\nsend()\n'


@pytest.mark.parametrize(
    ("text", "operation", "expected"),
    [
        ("", Insert((), 0, "a"), "a\n"),
        ("a", Insert((), 1, "b"), "a\nb"),
        ("a\nb\n", Insert((), 1, "x"), "a\nx\nb\n"),
        ("a\r\nb\r\n", Insert((), 1, "if x:\n    y"), "a\r\nif x:\r\n    y\r\nb\r\n"),
        ("if a:\n\tb\n", Insert((0, 0), 1, "c"), "if a:\n\tb\n\tc\n"),
        ("if a:\n    pass\n", Insert((0, 0), 0, "c"), "if a:\n    c\n"),
        ("if a: pass\n", Insert((0, 0), 0, "c"), "if a:\n    c\n"),
        ("if a: b; c  # why\n", Insert((0, 0), 2, "d"), "if a:\n    b\n    c  # why\n    d\n"),
        ("if a: b; c\n", Insert((0, 0), 1, "d"), "if a:\n    b\n    d\n    c\n"),
        ("a; b\n", Insert((), 1, "c"), "a\nc\nb\n"),
        ('"""doc"""\nfrom __future__ import x\na\n', Insert((), 0, "b"), '"""doc"""\nfrom __future__ import x\nb\na\n'),
        ("# note\na\n", Insert((), 0, "b"), "b\n# note\na\n"),
        ("# free\n\na\n", Insert((), 1, "b"), "# free\n\nb\na\n"),
        ("\ufeffa\n", Insert((), 0, "b"), "\ufeffb\na\n"),
        ("a\n", Insert((), 0, "# words"), "# words\n\na\n"),
        ("a\n\n\nb\n", Insert((), 1, "def f():\n    pass"), "a\n\n\ndef f():\n    pass\n\n\nb\n"),
        ("def f(): ...\n", Insert((), 1, "x"), "def f(): ...\n\n\nx\n"),
        ("def f(): ...", Insert((), 1, "x"), "def f(): ...\n\n\nx"),
        ("def f(): ...\n\n\na\n", Insert((), 1, "x"), "def f(): ...\n\n\nx\na\n"),
        ("class A: ...\n\n\n# n\na\n", Insert((), 1, "x"), "class A: ...\n\n\nx\n# n\na\n"),
        ("def f(): ...\na\n", Insert((), 1, "x"), "def f(): ...\n\n\nx\na\n"),
        ("class A: 1\r\n\r\n\r\nclass B: 2", Insert((), 1, "x"), "class A: 1\r\n\r\n\r\nx\r\n\r\n\r\nclass B: 2"),
        ("def f(): ...\n", Insert((), 0, "x"), "x\n\n\ndef f(): ...\n"),
        ("a\n\ndef f(): ...\n", Insert((), 1, "x"), "a\nx\n\n\ndef f(): ...\n"),
        ("a\n\n\n\ndef f(): ...\n", Insert((), 1, "x"), "a\nx\n\n\n\ndef f(): ...\n"),
        ("class A:\n    def f(self): ...\n", Insert((0, 0), 1, "x = 1"), "class A:\n    def f(self): ...\n    x = 1\n"),
        ("if a:\n    b\n", Insert((0, 0), 0, 's = """x\ny"""'), 'if a:\n    s = """x\ny"""\n    b\n'),
        ("a\nb\nc\n", Delete((1,)), "a\nc\n"),
        ("a\n# note\nb\nc\n", Delete((1,), 2), "a\n"),
        ("if a:\n    b\n", Delete((0, 0, 0)), "if a:\n    pass\n"),
        ("if a:\n    # n\n    b\n    c\n", Delete((0, 0, 0), 2), "if a:\n    pass\n"),
        ("if a: b; c\n", Delete((0, 0, 0)), "if a: c\n"),
        ("if a: b; c\n", Delete((0, 0, 1)), "if a: b\n"),
        ("if a: b\n", Delete((0, 0, 0)), "if a: pass\n"),
        ("a; b; c\n", Delete((1,)), "a; c\n"),
        ("a; b\n", Delete((0,), 2), ""),
        ("a\nif b:\n    c\n", Move((0,), (1, 0), 1), "if b:\n    c\n    a\n"),
        ("if b:\n    c\n    # why\n    d\na\n", Move((0, 0, 1), (), 2), "if b:\n    c\na\n# why\nd\n"),
        ("if b:\n    if c:\n        d\n", Move((0, 0, 0), (), 0), "if c:\n    d\nif b:\n    pass\n"),
        ("if a: b; c\n", Move((0, 0, 1), (0, 0), 0), "if a: c; b\n"),
        ("a\nb\nc\n", Move((0,), (), 3, 2), "c\na\nb\n"),
        ("a\nb\n", Move((0,), (), 1), "a\nb\n"),
        ("if a:\n    b\nc\n", Duplicate((0,)), "if a:\n    b\nif a:\n    b\nc\n"),
        ("if a:\n    b\nc\n", Duplicate((0, 0, 0), 1, (), 2), "if a:\n    b\nc\nb\n"),
        ("# n\na  # t\nb\n", Replace((0,), "c"), "# n\nc  # t\nb\n"),
        ("if a:\n    b\n", Replace((0, 0, 0), "for x in y:\n    z"), "if a:\n    for x in y:\n        z\n"),
        ("a\nb\n", Replace((0,), "  "), "b\n"),
        ("a\n", SetNote((0,), "why\nand how"), "# why\n# and how\na\n"),
        ("if a:\n    # why\n    b\n", SetNote((0, 0, 0), ""), "if a:\n    b\n"),
        ("# a\n\nb\n", SetNote((0,), "c"), "# c\n\nb\n"),
        ("if a:\n    b\nc\n", AddBranch((0,), "else"), "if a:\n    b\nelse:\n    pass\nc\n"),
        ("if a:\n    b\nelse:\n    c\n", AddBranch((0,), "elif d"), "if a:\n    b\nelif d:\n    pass\nelse:\n    c\n"),
        ("try: a\nfinally: b", AddBranch((0,), "except E as e:"), "try: a\nexcept E as e:\n    pass\nfinally: b"),
        ("match a:\n case 1:\n  b\n", AddBranch((0,), "case _"), "match a:\n case 1:\n  b\n case _:\n  pass\n"),
        (
            "match a:\n    case 1: b\n    # else\n    case _: c\n",
            AddBranch((0,), "case 2"),
            "match a:\n    case 1: b\n    case 2:\n        pass\n    # else\n    case _: c\n",
        ),
        ("if a:\n    b\nelif c:\n    d\n# n\nelse:\n    e\n", RemoveBranch((0,), 2), "if a:\n    b\nelif c:\n    d\n"),
        ("match a:\n    case 1: b\n    case _: c\n", RemoveBranch((0,), 0), "match a:\n    case _: c\n"),
        ("if a:\n    b\n\n    c\nd\n", SwitchOff((0,)), "# off: if a:\n# off|     b\n# off|\n# off|     c\nd\n"),
        ("if a:\n    b\n", SwitchOff((0, 0, 0)), "if a:\n    # off: b\n    pass\n"),
        ("if a:\n    # off: b\n    pass\n", SwitchOn((0, 0, 0)), "if a:\n    b\n"),
    ],
)  # fmt: skip
def test_an_edit_changes_what_it_must(text: str, operation: Operation, expected: str) -> None:
    assert edited(text, operation) == expected


@pytest.mark.parametrize(
    ("text", "operation", "expected"),
    [
        ("x = 1  # t\n", SetField((0,), "value", " f(2) "), "x = f(2)  # t\n"),
        ("if a: b\nelif c: d\n", SetField((0,), "condition", "e and f", branch=1), "if a: b\nelif e and f: d\n"),
        ("match a:\n    case 1: b\n", SetField((0,), "pattern", "[*_]", branch=0), "match a:\n    case [*_]: b\n"),
        ("match a:\n    case (1): b\n", SetField((0,), "guard", "c", branch=0), "match a:\n    case (1) if c: b\n"),
        ("match a:\n    case 1 if c: b\n", SetField((0,), "guard", None, branch=0), "match a:\n    case 1: b\n"),
        ("x = 1\n", SetField((0,), "type", "int"), "x: int = 1\n"),
        ("x: int = 1\n", SetField((0,), "type", None), "x = 1\n"),
        ("x: int\n", SetField((0,), "value", "2"), "x: int = 2\n"),
        ("x: int = (2)\n", SetField((0,), "value", None), "x: int\n"),
        ("return\n", SetField((0,), "value", "a, b"), "return a, b\n"),
        ("return a\n", SetField((0,), "value", None), "return\n"),
        ("raise A\n", SetField((0,), "cause", "b"), "raise A from b\n"),
        ("raise (A) from b\n", SetField((0,), "cause", None), "raise (A)\n"),
        ("assert a, b\n", SetField((0,), "message", None), "assert a\n"),
        ("f(a)\n", SetField((0,), "result", "x"), "x = f(a)\n"),
        ("x = await (f(a))\n", SetField((0,), "result", None), "await (f(a))\n"),
        ("f()\n", SetField((0,), "k", "1"), "f(k=1)\n"),
        ("f(a)\n", SetField((0,), "k", "1"), "f(a, k=1)\n"),
        ("f(\n    a,\n    b,\n)\n", SetField((0,), "k", "1"), "f(\n    a,\n    b,\n    k=1,\n)\n"),
        ("f(k=1)\n", SetField((0,), "arg0", "a"), "f(a, k=1)\n"),
        ("f((a), b, k=(1))\n", SetField((0,), "arg0", None), "f(b, k=(1))\n"),
        ("f((a), b, k=(1))\n", SetField((0,), "k", None), "f((a), b)\n"),
        ("f(a,)\n", SetField((0,), "arg0", None), "f()\n"),
        ("f(x for x in y)\n", SetField((0,), "arg0", None), "f()\n"),
        ("def f(): pass\n", SetField((0,), "returns", "int"), "def f() -> int: pass\n"),
        ("def f() -> (int): pass\n", SetField((0,), "returns", None), "def f(): pass\n"),
        ("def f(): pass\n", SetField((0,), "parameters", "a, b=1"), "def f(a, b=1): pass\n"),
        ("def f(): pass\n", SetField((0,), "name", "g"), "def g(): pass\n"),
        ("class A: pass\n", SetField((0,), "bases", "B"), "class A(B): pass\n"),
        ("try: a\nexcept: b\n", SetField((0,), "type", "E", branch=1), "try: a\nexcept E: b\n"),
        ("try: a\nexcept E: b\n", SetField((0,), "as", "e", branch=1), "try: a\nexcept E as e: b\n"),
        ("try: a\nexcept E as e: b\n", SetField((0,), "as", None, branch=1), "try: a\nexcept E: b\n"),
        ("with a, b: c\n", SetField((0,), "as0", "x"), "with a as x, b: c\n"),
        ("with a as x: c\n", SetField((0,), "as0", None), "with a: c\n"),
    ],
)  # fmt: skip
def test_a_field_is_set_added_and_taken_away(text: str, operation: SetField, expected: str) -> None:
    assert edited(text, operation) == expected


@pytest.mark.parametrize(
    ("text", "operation", "reason"),
    [
        ("x = 1\n", SetField((0,), "value", "f("), "'(' was never closed"),
        ("x = 1\n", SetField((0,), "value", ""), "Something must stand here"),
        ("x = 1\n", SetField((0,), "value", "1\ny = 2"), "invalid syntax"),
        ("x = 1\n", SetField((0,), "value", "1 +\n2"), "could not read the result"),
        ("x = 1\n", SetField((0,), "value", "1 # y"), "more than the field"),
        ("f(a)\n", SetField((0,), "arg0", "a, b"), "more than fits"),
        ("f(a)\n", SetField((0,), "arg1", "b, c"), "more than the field"),
        ("f(a)\n", SetField((0,), "function", None), "can't do without"),
        ("def f(): pass\n", SetField((0,), "name", "class"), "a word of Python"),
        ("pass\n", SetField((0,), "value", "1"), "has no field"),
        ("if a: b\n", Insert((0, 0), 0, "x ="), "not Python"),
        ("a\n", Insert((), 0, " \n"), "nothing to insert"),
        ("if a:\n    b\n", Move((0,), (0, 0), 0), "can't go into itself"),
        ("if a: b\n", SwitchOff((0, 0, 0)), "line of its own"),
        ("a\n", SwitchOn((0,)), "not switched off"),
        ("try: a\nfinally: b\n", RemoveBranch((0,), 1), "needs an except or a finally"),
        ("for a in b: c\n", AddBranch((0,), "finally"), "can't have such a branch"),
        ("if a: b\nelse: c\n", AddBranch((0,), "else"), "has its else already"),
        ("from x import a\n", AddImports(("f()",)), "neither an import"),
    ],
)
def test_an_edit_that_would_break_something_is_refused(text: str, operation: Operation, reason: str) -> None:
    assert reason.lower() in refusal(text, operation).lower()


@pytest.mark.parametrize(
    "operation", [Delete((7,)), Delete((0, 0, 0)), Delete(()), Insert((0,), 0, "a"), Delete((0,), 9)]
)
def test_a_path_that_leads_nowhere_is_an_error(operation: Operation) -> None:
    with pytest.raises(LookupError):
        edit("a\nb\n", operation)


def test_half_typed_source_can_be_edited_beside_what_is_half_typed() -> None:
    text = "if a\n    b\nc = f(1)\nd\n"

    assert edited(text, Delete((0, 0, 0))) == "if a\n    pass\nc = f(1)\nd\n"
    assert edited(text, SetField((1,), "arg0", "2")) == "if a\n    b\nc = f(2)\nd\n"
    assert edited(text, Insert((0, 0), 1, "x")) == "if a\n    b\n    x\nc = f(1)\nd\n"
    assert "not Python yet" in refusal("a b\n", SetField((0,), "value", "1"))


def test_what_was_switched_off_comes_back_as_it_was() -> None:
    text = "def f():\n\n    # n\n    @a\n    def g():\n        x = '''\n  y\n\n'''\n        return x  \n    z\n"

    off = edited(text, SwitchOff((0, 0, 0), 2))

    assert "pass" in off
    back = edited(edited(off, SwitchOn((0, 0, 1))), SwitchOn((0, 0, 1)))
    assert back == text


@pytest.mark.parametrize(
    ("text", "needs", "expected"),
    [
        ("a\n", ["import time"], "import time\n\na\n"),
        ("", ["import time"], "import time\n"),
        ('"""doc"""\na\n', ["import time"], '"""doc"""\n\nimport time\n\na\n'),
        ("#!/bin/python\na\n", ["import time"], "#!/bin/python\nimport time\n\na\n"),
        ("import os\na\n", ["import time"], "import os\nimport time\na\n"),
        ("import os\n\n\na\n", ["import os", "from b import c"], "import os\n\nfrom b import c\n\n\na\n"),
        ("import os\nimport sys\n\n\na\n", ["import re"], "import os\nimport re\nimport sys\n\n\na\n"),
        (
            "from clockhouse.kit import run\n\nrun()\n",
            ["import httpx", "import time", "from clockhouse.kit import Secret"],
            "import time\n\nimport httpx\n\nfrom clockhouse.kit import Secret, run\n\nrun()\n",
        ),
        (
            "import os\nfrom clients import a\n",
            ["import httpx"],
            "import os\n\nimport httpx\n\nfrom clients import a\n",
        ),
        ("#!/bin/python\nimport os\n", ["import abc"], "#!/bin/python\nimport abc\nimport os\n"),
        ("import os; import sys\na\n", ["import abc"], "import os; import sys\nimport abc\na\n"),
        ("from b import (\n    c,\n)\n", ["from b import d as e"], "from b import (\n    c, d as e,\n)\n"),
        ("from b import c  # n\n", ["from b import d", "from b import e"], "from b import c, d, e  # n\n"),
        ("import logging\n\nlog = logging.getLogger()\n", ["log = logging.getLogger(__name__)"], None),
        ("import a\n\n\nb\n", ["import c", "d = c.e()"], "import a\nimport c\n\nd = c.e()\n\n\nb\n"),
        ("import a", ["import c"], "import a\nimport c"),
    ],
)
def test_imports_are_added_where_they_are_missing(text: str, needs: list[str], expected: str | None) -> None:
    assert edited(text, AddImports(tuple(needs))) == (text if expected is None else expected)


def test_a_step_brings_what_it_needs() -> None:
    text = "import os\n\n\ndef main():\n    pass\n"
    needs = ("import logging", "log = logging.getLogger(__name__)")

    made = edit(text, Insert((1, 0), 0, 'log.info("hello")', needs))

    new = changes.apply(text, made.changes)
    assert new == (
        'import logging\nimport os\n\nlog = logging.getLogger(__name__)\n\n\ndef main():\n    log.info("hello")\n'
    )
    assert made.select is not None
    assert new[made.select :].startswith("log.info")


def test_a_setting_is_declared_changed_and_taken_away() -> None:
    token = Setting("token", "secret", description="The token")
    text = edited(TASK, Declare(token))
    assert 'name: str = setting("Who")\n    token: Secret = setting("The token")\n' in text
    assert "import Secret, TaskConfig, run, setting\n" in text

    number = Setting("count", "integer", required=False, default=3, description="How many", minimum=1, maximum=9)
    text = edited(text, Declare(number, was="name"))
    assert '    count: int = setting("How many", default=3, minimum=1, maximum=9)\n' in text
    assert "print(config.count)" in text

    text = edited(edited(text, Undeclare("count")), Undeclare("token"))
    assert "class Config(TaskConfig):\n    pass\n" in text


def test_a_first_setting_makes_the_configuration() -> None:
    text = "def main():\n    pass\n"
    choice = Setting("kind", "choice", choices=("a", "b"), description="Which", required=False, default="a")

    assert edited(text, Declare(choice)) == (
        "from typing import Literal\n\nfrom clockhouse.kit import TaskConfig, setting\n\n\n"
        'class Config(TaskConfig):\n    kind: Literal["a", "b"] = setting("Which", default="a")\n\n\n'
        "def main(config: Config):\n    pass\n"
    )


def test_a_setting_that_is_wrong_is_refused() -> None:
    assert "already" in refusal(TASK, Declare(Setting("name", "text", description="Again")))
    assert "no setting" in refusal(TASK, Undeclare("other"))
    assert "no function main" in refusal("a\n", Declare(Setting("x", "text", description="X")))


EXTRACTED = """\
def main(config):
    total = 0
    for item in config.items:
        # add it up
        price = item.price * config.rate
        total += price
    print(total)


def add(item, config, total):
    # add it up
    price = item.price * config.rate
    total += price
    return total
"""


def test_steps_are_extracted_with_what_they_read_and_give() -> None:
    text = (
        "def main(config):\n    total = 0\n    for item in config.items:\n        # add it up\n"
        "        price = item.price * config.rate\n        total += price\n    print(total)\n"
    )

    assert edited(text, Extract((0, 0, 1, 0, 0), "add", 2)) == EXTRACTED.replace(
        "        # add it up\n        price = item.price * config.rate\n        total += price\n",
        "        total = add(item, config, total)\n",
        1,
    )


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("def f(a):\n    return a + 1\n", (0, 0, 0), "def f(a):\n    return g(a)\n\n\ndef g(a):\n    return a + 1\n"),
        (
            "async def f(a):\n    b = await a\n    use(b)\n",
            (0, 0, 0),
            "async def f(a):\n    b = await g(a)\n    use(b)\n\n\nasync def g(a):\n    b = await a\n    return b\n",
        ),
        (  # what is written only sometimes is taken, too
            "def f(a):\n    x = 0\n    if a:\n        x = 1\n    use(x)\n",
            (0, 0, 1),
            "def f(a):\n    x = 0\n    x = g(a, x)\n    use(x)\n\n\n"
            "def g(a, x):\n    if a:\n        x = 1\n    return x\n",
        ),
        (  # what the next turn of a loop reads is given back
            "def f(a):\n    x = 0\n    for b in a:\n        use(x)\n        x = b\n",
            (0, 0, 1, 0, 1),
            "def f(a):\n    x = 0\n    for b in a:\n        use(x)\n        x = g(b)\n\n\n"
            "def g(b):\n    x = b\n    return x\n",
        ),
        ("a = 1\nb = a\n", (1,), "a = 1\n\n\ndef g():\n    b = a\n\n\ng()\n"),
    ],
)
def test_other_extractions(text: str, path: tuple[int, ...], expected: str) -> None:
    assert edited(text, Extract(path, "g")) == expected


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ("def f():\n    for a in b:\n        if a: break\n", (0, 0, 0, 0, 0), "break"),
        ("def f():\n    if a:\n        return 1\n    b\n", (0, 0, 0), "return among"),
        ("def f():\n    yield 1\n", (0, 0, 0), "yield"),
        ("def f():\n    a\ndef g(): pass\n", (0, 0, 0), "already"),
        ("def f(:\n    a\n", (0, 0, 0), "half typed"),
    ],
)
def test_what_can_not_leave_its_function_stays(text: str, path: tuple[int, ...], reason: str) -> None:
    assert reason in refusal(text, Extract(path, "g"))
