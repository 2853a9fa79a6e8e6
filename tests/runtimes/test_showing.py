"""Values as short texts, and where a task failed: bounded, and without its secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from clockhouse.kit import Secret
from clockhouse.runtimes import showing
from clockhouse.runtimes.showing import MOST_RECORD, MOST_TEXT, Shower

SECRET = 'tea & "cake"/42'


@dataclass
class Order:
    number: int
    password: str = "open sesame"


class Loud:
    def __repr__(self):
        raise ValueError("no")


def test_common_values_read_as_python_writes_them():
    show = Shower().text
    assert show({"a": [1, 2.5, None], "b": ("x",)}) == "{'a': [1, 2.5, None], 'b': ('x',)}"
    assert show(set()) == "set()"
    assert show(b"ab") == "b'ab'"


def test_long_values_are_cut_and_counted():
    show = Shower().text
    assert len(show("x" * 1_000_000)) <= MOST_TEXT
    assert show(list(range(1000))).endswith("19, … 980 more]")
    assert show(10**6000) == "a number of 19932 bits"


def test_what_cannot_say_what_it_is_harms_nobody():
    endless = []
    endless.append(endless)
    assert "cannot say" in Shower().text(Loud())
    assert Shower().text(endless) == "[[[[…]]]]"


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"before {SECRET} after",
        {"x": [SECRET]},
        {SECRET: 1},
        SECRET.encode(),
        json.dumps({"key": SECRET}),
        "https://x.example/?q=tea%20%26%20%22cake%22%2F42",
        "x" * (MOST_TEXT - 5) + SECRET,
        Secret(SECRET),
        Loud,
    ],
)
def test_no_part_of_a_secret_is_shown(value):
    shown = Shower([SECRET]).text(value)
    assert "tea" not in shown
    assert "cake" not in shown


def test_what_is_called_a_secret_is_hidden():
    assert Shower().text(Order(7)) == "Order(number=7, password=****)"
    assert Shower().text({"api_key": "abc", "tokens": 5}) == "{'api_key': ****, 'tokens': 5}"


def _failing(folder, text):
    path = f"{folder}/main.py"
    code = compile(text, path, "exec")
    try:
        exec(code, {"__name__": "__main__", "fail": _fail})
    except Exception as error:
        return error
    raise AssertionError


def _fail():
    raise ValueError(f"code {SECRET}")


def test_a_failure_tells_the_frames_of_the_tasks_own_files():
    error = _failing("/srv/task", "def ask(x):\n    y = [x]\n    fail()\n\nask(3)\n")
    found = showing.failure(error, "/srv/task", Shower([SECRET]))
    assert found["error"] == "ValueError: code ****"
    assert [(frame["path"], frame["line"], frame["function"]) for frame in found["frames"]] == [
        ("main.py", 5, ""),
        ("main.py", 3, "ask"),
    ]
    assert found["frames"][1]["variables"] == [
        {"name": "x", "type": "int", "text": "3"},
        {"name": "y", "type": "list", "text": "[3]"},
    ]


def test_a_failure_elsewhere_than_in_the_task_is_not_told():
    assert showing.failure(_failing("/srv/task", "fail()"), "/srv/other", Shower()) is None


def test_a_record_stays_below_what_a_line_holds():
    names = "".join(f"name_{number} = {'é' * 400!r}\n" for number in range(40))
    error = _failing("/srv/task", f"{names}fail()")
    found = showing.failure(error, "/srv/task", Shower())
    assert 10 < len(found["frames"][0]["variables"]) < 40
    assert len(showing.written(found)) <= MOST_RECORD
