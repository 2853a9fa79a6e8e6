"""The flow model: which step a statement is, what its form edits, and what is left of it while it is half typed."""

import pytest

from clockhouse.flows import model, nodes, wire
from clockhouse.flows.nodes import Model, Node, Note, Problem
from clockhouse.flows.reading import read

HEAD = """\
import asyncio
import logging
import time
import httpx
from urllib.request import urlopen
from clockhouse.connectors import github, http
from clockhouse.kit import TaskConfig, data_mapper, setting
log = logging.getLogger(__name__)
gh = github.Client(token="t")
web = http.Client()
@data_mapper
def to_message(a): return a
def local(a): return a
"""


def described(text: str) -> Model:
    return model.describe(read(text))


def last(text: str) -> Node:
    return described(HEAD + text).body.nodes[-1]


def fields(node: Node, text: str) -> dict[str, str]:
    return {each.name: (HEAD + text)[slice(*each.span)] for each in nodes.all_fields(node)}


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("x = 1", "variable", {"target": "x", "value": "1"}),
        ("x: int = 1", "variable", {"target": "x", "type": "int", "value": "1"}),
        ("x: int", "variable", {"target": "x", "type": "int"}),
        ("a.b = 1", "assign", {"target": "a.b", "value": "1"}),
        ("a = b = c, d", "assign", {"target0": "a", "target1": "b", "value": "c, d"}),
        ("x += f(1)", "assign", {"target": "x", "value": "f(1)"}),
        ("f(1, *b, k=2, **m)", "call", {"function": "f", "arg0": "1", "arg1": "*b", "k": "2", "**": "**m"}),
        ("x = await f(y for y in z)", "call", {"result": "x", "function": "f", "arg0": "y for y in z"}),
        ("local(1)", "call", {"function": "local", "arg0": "1"}),
        ("m: str = to_message(1)", "data_map_call", {"result": "m", "type": "str", "arg0": "1"}),
        ("n = gh.count_issues('a', state='b')", "connector_call", {"result": "n", "arg0": "'a'", "state": "'b'"}),
        ("c = github.Client(token=t)", "connection", {"result": "c", "function": "github.Client", "token": "t"}),
        ("r = web.get('/a')", "http_call", {"result": "r", "arg0": "'/a'"}),
        ("r = httpx.post(url, json=x)", "http_call", {"result": "r", "arg0": "url", "json": "x"}),
        ("r = urlopen(url)", "http_call", {"result": "r", "arg0": "url"}),
        ("log.info('%s', x)", "log", {"function": "log.info", "arg0": "'%s'", "arg1": "x"}),
        ("print(x)", "log", {"arg0": "x"}),
        ("print()", "call", {"function": "print"}),
        ("time.sleep(5)", "wait", {"arg0": "5"}),
        ("await asyncio.sleep(5)", "wait", {"arg0": "5"}),
        ("if a: b\nelif c: d\nelse: e", "if", {"condition": "c"}),
        ("for a, b in c: d", "foreach", {"item": "a, b", "collection": "c"}),
        ("while a: b", "while", {"condition": "a"}),
        ("with a as b, c: d", "with", {"resource0": "a", "as0": "b", "resource1": "c"}),
        ("try: a\nexcept (E, F) as g: b\nfinally: c", "try", {"type": "(E, F)", "as": "g"}),
        ("match a:\n    case [b, *_] if c: d", "match", {"subject": "a", "pattern": "[b, *_]", "guard": "c"}),
        ("def f(a, *, b: int = (1)) -> A: pass", "function", {"parameters": "a, *, b: int = (1)", "returns": "A"}),
        ("async def f(): pass", "function", {"name": "f", "parameters": ""}),
        ("class A(B, metaclass=C): pass", "class", {"name": "A", "bases": "B, metaclass=C"}),
        ("class Config(TaskConfig): pass", "config", {"name": "Config"}),
        ("return a", "return", {"value": "a"}),
        ("return", "return", {}),
        ("raise A from b", "raise", {"error": "A", "cause": "b"}),
        ("assert a, b", "check", {"condition": "a", "message": "b"}),
        ("break", "break", {}),
        ("continue", "continue", {}),
        ("pass", "pass", {}),
        ("import a.b as c", "import", {}),
        ("# words", "comment", {}),
        ("# off: f(1)", "comment", {}),
        ("del a, b[0]", "delete", {"target0": "a", "target1": "b[0]"}),
        ("await a", "wait", {"value": "a"}),
        ("...", "pass", {}),
        ("global a", "code", {}),
        ("a", "code", {}),
        ("yield a", "yield", {"value": "a"}),
        ("yield from a", "yield", {"value": "a"}),
        ("x = = 1", "code", {}),
    ],
)  # fmt: skip
def test_a_statement_is_a_step_with_fields(text: str, kind: str, expected: dict[str, str]) -> None:
    node = last(text + "\n")

    found = fields(node, text)
    assert node.kind == kind
    assert {name: found.get(name) for name in expected} == expected
    assert expected or not found


def test_a_string_at_the_start_is_a_description_and_elsewhere_code() -> None:
    found = described('# c\n\n"""doc"""\n"""no doc"""\ndef f():\n    "doc"\n    "no doc"\n').body.nodes

    assert [node.kind for node in found] == ["comment", "doc", "code", "function"]
    assert [node.kind for node in found[3].branches[0].steps.nodes] == ["doc", "code"]


def test_what_is_known_beside_the_fields() -> None:
    call = last("r = await gh.issues.get(1)\n").facts
    assert (call.connection, call.connector, call.operation, call.is_awaited) == (
        "gh",
        "clockhouse.connectors.github.Client",
        "issues.get",
        True,
    )
    assert last("log.warning('x')\n").facts.level == "warning"
    assert last("httpx.get('x')\n").facts.method == "get"
    assert last("to_message(1)\n").facts.function == "to_message"
    assert last("# off: f(1)\n").facts.is_off
    assert last("if __name__ == '__main__':\n    run(main)\n").facts.is_start
    main = last("@a\n@b.c(1)\nasync def main(config: Config): pass\n").facts
    assert (main.is_entry, main.is_async, main.decorators) == (True, True, ("@a", "@b.c(1)"))


def test_a_connection_is_known_by_a_with_statement_and_by_a_parameters_type() -> None:
    found = last("def f(a: github.Client):\n    with http.Client() as b:\n        a.x()\n        b.get('/')\n")

    (inside,) = found.branches[0].steps.nodes
    assert [node.kind for node in inside.branches[0].steps.nodes] == ["connector_call", "http_call"]


def test_the_configuration_has_settings() -> None:
    found = last("class Config(TaskConfig):\n    a: str = setting('A')\n    b: int = 1\n    def f(self): x: int = 1\n")

    steps = found.branches[0].steps.nodes
    assert [(node.kind, node.facts.name) for node in steps] == [("setting", "a"), ("setting", "b"), ("function", "f")]
    assert steps[2].branches[0].steps.nodes[0].kind == "variable"


def test_qualified_names_and_folding() -> None:
    text = "class A:\n    def f(self):\n        def g(): x\n        y\n    def h(self): z\ndef k(): w\n"

    whole = {node.facts.qualname: node for node in nodes.walk(described(text).body) if node.facts.qualname}
    assert list(whole) == ["A", "A.f", "A.f.g", "A.h", "k"]
    open_only = model.describe(read(text), unfolded="A.f").body
    folded = {node.facts.qualname: node.facts.is_folded for node in nodes.walk(open_only) if node.facts.qualname}
    assert folded == {"A": False, "A.f": False, "A.f.g": False, "A.h": True, "k": True}


def test_notes_are_read_without_their_marks() -> None:
    node = last("# why\n#  and how\nx = 1  # here\n")

    assert node.note == Note((len(HEAD), len(HEAD) + 16), "why\nand how")
    assert node.trailing == Note((len(HEAD) + 24, len(HEAD) + 30), "here")


def test_a_node_by_its_path_is_the_one_in_the_model() -> None:
    text = "def f():\n    match x:\n        case 1:\n            if a: b\n            else: c\n"
    whole = next(node for node in nodes.walk(described(text).body) if node.kind == "if")

    assert model.node_of(read(text), whole.path) == whole
    with pytest.raises(LookupError):
        model.node_of(read(text), (0, 0, 7))


def test_ranges_on_the_wire_count_as_a_browser_does() -> None:
    text = "x = '𝄞𝄞'\ny = '𝄞' + z\n"

    found = wire.model(described(text), text)

    units = text.encode("utf-16-le")

    def at(span: list[int]) -> str:
        return units[2 * span[0] : 2 * span[1]].decode("utf-16-le")

    second = found["body"]["nodes"][1]
    assert at(second["range"]) == "y = '𝄞' + z"
    assert [at(each["range"]) for each in second["fields"]] == [each["text"] for each in second["fields"]]
    assert found["anchors"] == [0, 11]


def test_the_wire_leaves_out_what_there_is_not() -> None:
    found = wire.model(described("x = 1\n"), "x = 1\n")["body"]["nodes"][0]

    assert sorted(found) == ["branches", "fields", "full", "kind", "label", "path", "range"]


def test_a_half_typed_source_says_what_is_wrong_and_where() -> None:
    text = "x = 1\nif x\n    y\n"
    found = described(text)

    assert not found.is_valid
    assert found.anchors == ()
    assert found.problem == Problem("expected ':'", 10, 2)
    assert [node.problem for node in found.body.nodes] == [None, "':' is missing"]
    assert [text[slice(*each.span)] for each in found.body.nodes[0].fields] == ["x", "1"]
