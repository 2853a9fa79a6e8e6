"""Values as short texts, and where a task failed: bounded, and without its secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.kit import Secret
from clockhouse.runtimes import showing
from clockhouse.runtimes.showing import LOOKED_AT, MOST_RECORD, MOST_TEXT, Shower

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


@given(
    secret=st.text(alphabet="ab'\"é", min_size=4, max_size=40),
    lengths=st.lists(st.integers(0, 90), max_size=30),
    most=st.integers(5, 400),
)
def test_however_a_text_is_cut_no_beginning_of_a_secret_is_left(secret, lengths, most):
    text = "".join(f"{secret}{'-' * length}" for length in lengths)
    shown = Shower([secret]).cut(text, most)
    assert set(shown) <= set("-*…")
    assert len(shown) <= most


@pytest.mark.parametrize("text", [f"{SECRET} " * 40, f"{'x' * (LOOKED_AT - 5)}{SECRET}", SECRET * 2000])
def test_a_secret_that_occurs_often_or_late_is_shown_nowhere(text):
    for value in (text, text.encode(), bytearray(text.encode()), [text], Carrying(text)):
        shown = Shower([SECRET]).text(value)
        assert "cake" not in shown
        assert "te" not in shown


class Carrying:
    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"<{self.value!r} {[self.value]}>"


@pytest.mark.parametrize("secret", ["mañana-9", 'it\'s "mañana"', "пароль-7", "\udcff-wörd"])
def test_a_secret_that_is_not_ascii_is_masked_in_bytes_too(secret):
    data = secret.encode("utf-8", "surrogateescape")
    for value in (data, {"x": data}, Carrying(data), Carrying(b"'\"" + data), data.decode("latin-1")):
        shown = Shower([secret]).text(value)
        assert "****" in shown
        assert "ana" not in shown
        assert "\\x" not in shown


class Ending:
    def __repr__(self):
        raise SystemExit(3)


class Breaking(dict):
    def items(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize("value", [Ending(), [Ending()], Breaking(a=1)])
def test_what_ends_the_task_when_asked_what_it_is_ends_nothing(value):
    assert "cannot say" in Shower().text(value)


class Endless:
    def __repr__(self):
        while True:
            try:
                while True:
                    pass
            except Exception:  # a task's own, as it may be
                continue


def test_two_that_never_say_what_they_are_do_not_hold_a_failed_execution(tmp_path, monkeypatch):
    monkeypatch.setattr(showing, "REPRS_WITHIN_S", 0.05)
    source = tmp_path / "source"
    path = f"{source}/main.py"
    scope = {"fail": _fail, "Endless": Endless}
    try:
        exec(compile("def ask(n):\n    a = Endless()\n    b = [Endless()]\n    fail()\nask(3)\n", path, "exec"), scope)
    except ValueError as error:
        showing.leave(error, str(source), str(tmp_path), [SECRET])
    told = json.loads((tmp_path / showing.FILE).read_bytes())
    assert [each["text"] for each in told["frames"][-1]["variables"]] == ["3", *["<not asked in time what it is>"] * 2]
    assert told["error"].startswith("ValueError")
