"""The tree of statements: equal to Python's own on source that compiles, and whole on source that does not."""

import pytest
from tests.flows.oracle import differences

from clockhouse.flows.blocks import Block
from clockhouse.flows.reading import read


def outline(block: Block, text: str) -> list[object]:
    """The first words of the statements, blocks as lists."""
    found: list[object] = []
    for item in block.items:
        found.append(text[item.start : item.clauses[0].end if item.clauses else item.end])
        for clause in item.clauses:
            if clause is not item.clauses[0]:
                found.append(text[clause.start : clause.end])
            found.append(outline(clause.block, text))
    return found


def shape(text: str) -> list[object]:
    return outline(read(text).root, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "# only a comment",
        "x = 1",
        "\ufeffx = 1\n",
        "if a: b; c\nelse: d\n",
        "x = 1; y = 2;\n",
        "if a:\n\tb\n\tif c:\n\t\td\n",
        "if a:\r\n    b\r\nelse:\r\n    c\r\n",
        "def f():\r  return 1\r",
        "x = (1,\n2,\n)\ny = 2\n",
        "x = 1 + \\\n2\ny = 3\n",
        "\fdef f():\n    \f  pass\n",
        "é = 'ü'; ä = '𝄞'; z = 1\n",
        "while (x := f()): g()\n",
        "if x := 1: pass\n",
        "for x in lambda: 1, lambda y: 2: pass\n",
        "with a as b, c: pass\n",
        "@a\n@b(c)\n# why\nclass D: pass\n",
        "@lambda f: f\ndef g(): pass\n",
        "async def f():\n    async for x in y: pass\n    async with z: pass\n    await w\n",
        "match x:\n    case [1, *_] if y: pass\n    # between\n    case _:\n        pass\n",
        "match = 1\ncase = match\nmatch (x)\n",
        "x = f'{a[\"b\"]}: {c:>{d}} {{}}'\ny = f'''{\n e}'''\n",
        "x = rb'\\'' + Rb'''\n#'''\n",
        "try: a\nexcept* E: b\nelse: c\nfinally: d\n",
        "def f():\n    '''doc'''\n    # last\n\n# outside\n",
        "x = '''\nif a:\n''' if b else {c: d for e in f}\n",
        "if a:\n    b\n  # odd\n    c\n",
        "class A:\n    x: int = 1\n    def f(self): return {1: 2}[1:2]\n",
    ],
)
def test_statements_are_where_python_has_them(text: str) -> None:
    assert differences(read(text)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = f(1,\ny = 2\n", ["x = f(1,", "y = 2"]),
        ("x = 'abc\ny = 2\n", ["x = 'abc", "y = 2"]),
        ('x = """abc\ny = 2\n', ['x = """abc', "y = 2"]),
        ("if x\n    a\nb\n", ["if x", ["a"], "b"]),
        ("if x:\nb\n", ["if x:", [], "b"]),
        ("fo\n    a\nb\n", ["fo", ["a"], "b"]),
        ("def f(\n    return a\nb\n", ["def f(", ["return a"], "b"]),
        ("def f(:\n    a\nb\n", ["def f(:", ["a"], "b"]),
        ("else:\n    a\nb\n", ["else:", ["a"], "b"]),
        ("try:\n    a\nexc\n    b\nfinally:\n    c\n", ["try:", ["a"], "exc", ["b"], "finally:", ["c"]]),
        ("@dec\nx = 1\n", ["@dec", "x = 1"]),
        ("x = )\ny\n", ["x = )", "y"]),
        ("x = 1 \\\ny = 1\n", ["x = 1", "y = 1"]),
        ("if a:\n    b\n  c\nd\n", ["if a:", ["b"], "c", "d"]),
        (
            "match x:\n    case 1:\n        a\n    cas\n        b\nc\n",
            ["match x:", ["case 1:", ["a"], "cas", ["b"]], "c"],
        ),
        ("x = f'{a\ny = 1\n", ["x = f'{a", "y = 1"]),
    ],
)
def test_a_half_typed_statement_leaves_the_others_where_they_are(text: str, expected: list[object]) -> None:
    tree = read(text)

    assert not tree.is_valid
    assert outline(tree.root, text) == expected


def test_known_starts_keep_an_open_string_from_taking_in_what_follows() -> None:
    before = 'a = 1\nb = """one"""\nc = """two"""\n'
    after = 'a = """\nb = """one"""\nc = """two"""\n'
    starts = [line.full_start + 2 for line in read(before).lines[1:]]

    assert outline(read(after, starts).root, after) == ['a = """', 'b = """one"""', 'c = """two"""']


def test_a_comment_right_above_belongs_to_its_statement_and_a_free_one_to_its_block() -> None:
    tree = read("# free\n\n# note\nx = 1\n\nif x:\n    # inside\n\n    y\n    # last\n")

    free, first, branch = tree.root.items
    assert free.is_comment
    assert first.note == (8, 14)
    assert [item.is_comment for item in branch.clauses[0].block.items] == [True, False, True]


def test_a_statement_that_is_switched_off_is_no_note_of_the_next() -> None:
    tree = read("# off: if a:\n# off|     b\n# off: c\n# why\nd\n")

    assert [(item.is_comment, tree.text[item.start : item.end]) for item in tree.root.items] == [
        (True, "# off: if a:\n# off|     b"),
        (True, "# off: c"),
        (False, "d"),
    ]
    assert tree.root.items[2].note is not None


def test_the_unit_of_indentation_and_the_line_break_are_the_sources_own() -> None:
    tree = read("if a:\r\n\tb\r\n\tif c:\r\n\t\td\r\n")

    assert (tree.unit, tree.newline) == ("\t", "\r\n")
