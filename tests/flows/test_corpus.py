"""More than five hundred real files: the tree is Python's own, and the model covers it to the byte."""

from collections import Counter

import pytest
from tests.flows import corpus
from tests.flows.oracle import differences

from clockhouse.flows import changes, model, nodes
from clockhouse.flows.changes import Change
from clockhouse.flows.reading import read

FILES = 520


@pytest.mark.slow
def test_real_files_are_read_as_python_reads_them_and_shown_whole() -> None:
    kinds: Counter[str] = Counter()
    compiled = 0
    for source in corpus.sample(FILES):
        tree = read(source.text)
        if not tree.is_valid:
            continue
        compiled += 1
        assert differences(tree) == [], source.name
        found = list(nodes.walk(model.describe(tree).body))
        assert not [node.label for node in found if node.problem], source.name
        kinds.update(node.kind for node in found)
        starts = [node.span[0] for node in found]
        assert starts == sorted(set(starts)), source.name
        again = [Change(start, end, source.text[start:end]) for start, end in _spans(found)]
        assert changes.apply(source.text, changes.ordered(again)).encode(source.encoding) == source.raw
    assert compiled >= 500
    assert kinds["code"] <= 0.015 * kinds.total()


def _spans(found: list[nodes.Node]) -> list[nodes.Span]:
    """Those of all fields, without the ones inside of others."""
    apart: list[nodes.Span] = []
    for node in found:
        for field in nodes.all_fields(node):
            if not node.span[0] <= field.span[0] <= field.span[1] <= node.full[1]:
                raise AssertionError(f"{field.name} of {node.label} stands outside of it")
    for span in sorted({field.span for node in found for field in nodes.all_fields(node)}):
        if not apart or span[0] >= apart[-1][1]:
            apart.append(span)
    return apart
