"""What is put into a source takes no name away from what is there, and uses what is there already."""

import ast
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockhouse.flows import palette
from clockhouse.flows.operations import Duplicate, Insert, Operation, Rename, edit

BY_KEY = {template.key: template for template in palette.TEMPLATES}


def placed(key: str, block: tuple[int, ...] = (), index: int = 0) -> Insert:
    template = BY_KEY[key]
    return Insert(block, index, template.code, template.needs, is_fresh=template.is_fresh)


def test_a_second_data_mapper_does_not_replace_the_first() -> None:
    text = ""
    for _ in range(3):
        text = edit(text, placed("data_mapper", (), 9)).text

    names = [each.name for each in ast.parse(text).body if isinstance(each, ast.FunctionDef)]
    assert names == ["to_output", "to_output_2", "to_output_3"]


def test_a_variable_is_new_to_its_function_and_to_the_module() -> None:
    text = "value = 1\n\n\ndef main():\n    item = 2\n    for each in []:\n        pass\n\n\ndef other(answer): ...\n"

    text = edit(text, placed("variable", (1, 0), 1)).text
    text = edit(text, placed("foreach", (1, 0, 2, 0), 0)).text

    assert '    value_2 = ""\n' in text
    assert "        for item_2 in []:\n" in text
    assert "    answer = web.get(" in edit(text, placed("http_get", (1, 0), 0)).text


def test_the_name_of_a_failure_is_a_name_too() -> None:
    text = "def main():\n    try:\n        pass\n    except OSError as error:\n        raise\n"

    new = edit(text, placed("try", (0, 0, 0, 0), 0)).text

    assert "        except Exception as error_2:\n" in new
    assert "except OSError as reason:\n" in edit(text, Rename((0, 0, 0), "as", "reason", branch=1)).text


@pytest.mark.parametrize(
    ("text", "key", "lines"),
    [
        ("from time import time\n\n\ndef main():\n    pass\n", "wait", ["import time as time_2", "time_2.sleep(1)"]),
        ("def main(time):\n    pass\n", "wait", ["import time as time_2", "time_2.sleep(1)"]),
        ("import time as t\n\n\ndef main():\n    pass\n", "wait", ["t.sleep(1)"]),
        (
            "import logging\n\nlogger = logging.getLogger()\n\n\ndef main():\n    pass\n",
            "log_info",
            ['logger.info("")'],
        ),
        ("log = structlog.get_logger()\n\n\ndef main():\n    pass\n", "log_info", ['log.info("")']),
        ("def log(): ...\n\n\ndef main():\n    pass\n", "log_info", ["log_2 = logging.getLogger(__name__)"]),
        ("def main():\n    import time\n", "wait", ["time.sleep(1)"]),
        ("def main():\n    time = 1\n", "wait", ["import time as time_2", "time_2.sleep(1)"]),
        ("web = flask.Flask()\n\n\ndef main():\n    pass\n", "http_get", ["web_2 = http.Client()"]),
        (
            "from clockhouse.connectors.http import Client\n\napi = Client('x')\n\n\ndef main():\n    pass\n",
            "http_get",
            ["answer = api.get('https://example.com', check=False)"],
        ),
    ],
)  # fmt: skip
def test_what_is_needed_goes_by_the_name_that_it_has(text: str, key: str, lines: list[str]) -> None:
    place = next(number for number, each in enumerate(ast.parse(text).body) if getattr(each, "name", "") == "main")

    new = edit(text, placed(key, (place, 0), 0)).text

    added = Counter(map(str.strip, ast.unparse(ast.parse(new)).splitlines()))
    added -= Counter(map(str.strip, ast.unparse(ast.parse(text)).splitlines()))
    written = {ast.unparse(ast.parse(line)) for line in lines}
    assert written <= set(added)
    assert key != "wait" or set(added) <= {*written, ""}, "and nothing else"


@pytest.mark.parametrize(
    ("text", "operation", "second"),
    [
        ("def f(n):\n    return f(n - 1)\n", Duplicate((0,)), "def f_2(n):\n    return f_2(n - 1)\n"),
        ("def f_2(): ...\n", Duplicate((0,)), "def f_3(): ...\n"),
        ("class A: ...\n", Insert((), 1, "class A:\n    a: A"), "class A_2:\n    a: A_2\n"),
        ("@overload\ndef f(): ...\n", Duplicate((0,)), "@overload\ndef f(): ...\n"),
        ("x = 1\n", Insert((), 1, "x = x + 1"), "x = x + 1\n"),
        ("x = 1\n", placed("assign", (), 1), "x = 1\nvalue = None\n"),
        ("value = 1\n", placed("assign", (), 1), "value = None\n"),
        ("value = 1\nb = (\n", placed("variable", (), 0), 'value_2 = ""\nvalue = 1\nb = (\n'),
    ],
)
def test_what_is_somebodys_own_keeps_its_names_unless_it_would_hide_a_definition(
    text: str, operation: Operation, second: str
) -> None:
    assert edit(text, operation).text.endswith(second)


TASK = "import time\n\nvalue = 1\n\n\ndef main(item):\n    time.sleep(value)\n    print(item)\n\n\ndef log(): ...\n"
_INSERTS = [each.key for each in palette.TEMPLATES if each.key not in ("assign", "comment", "code")]


@settings(max_examples=40)
@given(steps=st.lists(st.tuples(st.sampled_from(_INSERTS), st.booleans(), st.integers(0, 9)), max_size=5))
def test_no_insert_gives_a_name_that_means_something_there(steps: list[tuple[str, bool, int]]) -> None:
    text = TASK
    for key, is_inside, index in steps:
        before, main = _given(text), _main(text)
        block = (main, 0) if is_inside and BY_KEY[key].where != "module" else ()
        text = edit(text, placed(key, block, index)).text
        again = {name for name, count in _given(text).items() if before[name] and count > before[name]}
        assert not again, (key, text)


def _main(text: str) -> int:
    return next(number for number, each in enumerate(ast.parse(text).body) if getattr(each, "name", "") == "main")


def _given(text: str) -> Counter[str]:
    """How often each name is given, but for fields of types, and parameters of the functions that are put in."""
    found: Counter[str] = Counter()
    for each in ast.walk(ast.parse(text)):
        match each:
            case ast.Name(id=name, ctx=ast.Store()) | ast.ExceptHandler(name=str(name)):
                found[name] += 1
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] += 1
            case ast.alias(name=name, asname=other):
                found[other or name] += 1
            case ast.AnnAssign(target=ast.Name(id=name)):
                found[name] -= 1
    return found
