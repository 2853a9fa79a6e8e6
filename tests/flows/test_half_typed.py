"""How much of a flow stays while one statement is half typed, and what the oddest of sources do."""

import random

import pytest
from tests.flows import corpus

from clockhouse.flows import expressions, model, nodes, wire
from clockhouse.flows.blocks import Block, Tree, walk
from clockhouse.flows.reading import TOO_DEEP, read

FILES = 30
CUTS = 6
Placed = dict[int, tuple[str, int]]  # the word of each statement by its place, and the place of the one around it


def placed(block: Block, around: int = -1) -> Placed:
    found: Placed = {}
    for item in block.items:
        if item.is_comment:
            continue
        is_case = item.word == "case"
        if not is_case:
            found[item.proper] = (item.word, around)
        for clause in item.clauses:
            found |= placed(clause.block, around if is_case else item.proper)
    return found


def cuts(tree: Tree, choose: random.Random) -> list[tuple[int, int, int]]:
    """Statements and headers: where each starts, where it is cut off, and where it ended."""
    code = [item for item, _ in walk(tree.root) if not item.is_comment and item.word != "case"]
    found = []
    for item in choose.sample(code, min(CUTS, len(code))):
        end = item.clauses[0].end if item.clauses else item.end
        if end - item.proper >= 2:
            found.append((item.proper, choose.randrange(item.proper + 1, end), end))
    return found


def kept(tree: Tree, cut: tuple[int, int, int], *, anchored: bool) -> tuple[int, int] | None:
    """How many of the other statements are where they were, and how many there are; None when this is a program."""
    start, at, end = cut
    text, gone = tree.text[:at] + tree.text[end:], end - at
    anchors = [line.full_start - gone for line in tree.lines if line.full_start > end] if anchored else []
    before = [line.full_start for line in tree.lines if line.full_start <= start] if anchored else []
    after = read(text, [*before, *anchors])
    if after.is_valid:
        return None

    def moved(place: int) -> int:
        return place - gone if place >= end else place

    wanted = {
        moved(place): (word, moved(around))
        for place, (word, around) in placed(tree.root).items()
        if place != start and not at <= place < end
    }
    found = placed(after.root)
    return sum(found.get(place) == each for place, each in wanted.items()), len(wanted)


@pytest.mark.slow
def test_a_half_typed_statement_leaves_hardly_any_other_elsewhere() -> None:
    counts: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for source in corpus.sample(FILES, seed=13):
        tree = read(source.text)
        if not tree.is_valid:
            continue
        choose = random.Random(source.name)
        for cut in cuts(tree, choose):
            for anchored, found in counts.items():
                counted = kept(tree, cut, anchored=anchored)
                if counted is not None:
                    found.append(counted)
    assert len(counts[True]) > FILES
    assert _share(counts[True]) >= 0.999
    assert _share(counts[False]) >= 0.97


def _share(counted: list[tuple[int, int]]) -> float:
    return sum(kept for kept, _ in counted) / sum(every for _, every in counted)


@pytest.mark.parametrize("typed", ["e", "el", "elif", "elif b", "elif b:", "elif b:\n        pass"])
def test_a_branch_being_typed_does_not_cut_off_those_below(typed: str) -> None:
    text = f"def f():\n    if a:\n        b\n    {typed}\n    else:\n        c\n    d\n"

    (function,) = model.describe(read(text)).body.nodes

    step, after = function.branches[0].steps.nodes
    assert after.label == "d"
    assert [branch.label for branch in step.branches][::2] == ["if", "else"]


def test_a_header_being_typed_keeps_its_branches() -> None:
    (step,) = model.describe(read("tr\n    a\nexcept E:\n    b\nfinally:\n    c\n")).body.nodes

    assert [branch.label for branch in step.branches] == ["?", "except", "finally"]


def test_typing_a_task_never_loses_another_step() -> None:
    text = (
        'import time\n\n\ndef main(config):\n    a = f(config.x)\n    if a:\n        b("one")\n    else:\n'
        "        c('''two''')\n    for d in e:\n        g(d)\n    return h\n"
    )
    typed = 'x = call("""text""", [1, {2: f\'{3}\'}])'
    at = text.index("    if a:")
    starts = [line.full_start for line in read(text).lines]
    for letters in range(1, len(typed) + 1):
        line = "    " + typed[:letters] + "\n"
        new = text[:at] + line + text[at:]
        anchors = [start if start < at else start + len(line) for start in starts]
        labels = [node.label for node in nodes.walk(model.describe(read(new, anchors)).body)]
        assert labels == [
            *("import time", "def main(config)", "a = f(config.x)", typed[:letters].strip(), "if a", 'b("one")'),
            *("c('''two''')", "for d in e", "g(d)", "return h"),
        ]


HOSTILE = {
    "open brackets": "(" * 100_000,
    "brackets and lines": "(\n" * 10_000,
    "minus signs": "x=" + "-" * 100_000 + "1",
    "attributes": "x=a" + ".b" * 50_000,
    "formatted strings inside each other": "x=" + 'f"{' * 300 + "1" + '}"' * 300,
    "formatted strings left open": 'x = f"""{\n' * 2_000,
    "strings left open by turns": "x = \"\"\"\ny = '''\n" * 3_000,
    "95 levels": "".join("    " * level + "if x:\n" for level in range(95)) + "    " * 95 + "pass\n",
    "1,000 levels": "".join(" " * level + "if x:\n" for level in range(1_000)) + " " * 1_000 + "pass\n",
    "elif": "if x: pass\n" + "elif x: pass\n" * 3_000,
    "a megabyte in a string": 'x="""' + "a" * 1_000_000 + '"""',
    "a megabyte on a line": "x = [" + "1, " * 150_000 + "]\n",
    "a string left open": 'x="""' + 'a"' * 400_000,
    "statements on a line": "a=1;" * 10_000,
    "statements on a line with letters of all kinds": "a='é𝄞';" * 5_000,
    "backslashes": "\\\n" * 20_000,
    "lines that end in nothing": "\r" * 50_000,
    "form feeds": "\f\f  x = 1\n\fy = 2\n",
    "a null byte": "x=1\0\ny = 2\n",
    "half a letter": 'x="\ud800"\n',
    "a mark at the start": "\ufeff\ufeffx = 1\n",
    "decorators": "@a\n" * 10_000,
    "comments": "# c\n" * 50_000,
    "semicolons": ";" * 100_000,
    "colons": "if " + ":" * 100_000,
    "lambdas": "if " + "lambda: " * 20_000 + "0: pass\n",
    "tabs and spaces": "if a:\n\tb\n        c\n    d\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_oddest_source_is_shown(text: str) -> None:
    """Each takes a second or so; one that needed the square of its length would take minutes."""
    found = model.describe(read(text))
    wire.model(found, text)

    assert found.is_valid or found.problem is not None


def test_what_python_gives_up_on_says_so() -> None:
    found = model.describe(read("x=" + "-" * 100_000 + "1"))

    assert found.problem is not None
    assert found.problem.message in (TOO_DEEP, "too many nested parentheses") or "recursion" in found.problem.message


@pytest.mark.parametrize(
    ("text", "after"), [("answer.status ==", "=="), ("a and", "and"), ("answer.", "."), ("x if y else", "else")]
)
def test_half_an_expression_is_told_what_is_missing(text: str, after: str) -> None:
    assert expressions.fault(text, "expression") == f"Something is missing after “{after}”."
