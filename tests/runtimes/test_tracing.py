"""Tasks that tell what their statements do, and do the same as without."""

from __future__ import annotations

import builtins
import json
import os
from textwrap import dedent

import pytest
from tests.flows import corpus

from clockhouse.runtimes import showing, tracing
from clockhouse.runtimes.tracing import Instrument, Recorder


@pytest.fixture
def traced():
    """Runs a source with its notes; what each statement told last, by line and column."""
    reader, writer = os.pipe()
    recorder = Recorder(writer, showing.Shower(["hush-hush"]).text, showing.type_of)
    recorder.install()

    def run(text, **names):
        code = Instrument(recorder, "/srv").compiled(dedent(text).encode(), "/srv/main.py")
        try:
            exec(code, names)
        finally:
            recorder.flush()
            recorder.stop()
            os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as told:
            found = [json.loads(line) for line in told]
        return {(each["line"], each["column"]): each for each in found if "line" in each}

    yield run
    recorder.stop()
    for name in (tracing.BEGIN, tracing.END, tracing.MARK, tracing.LAST):
        delattr(builtins, name)


def test_each_statement_tells_how_often_it_ran_and_its_last_value(traced):
    told = traced(
        """
        total = 0
        for number in [1, 2, 3]:
            total += number
            if number == 2:
                pass
        word = str(total)
        """
    )
    assert {line: (each["begun"], each["text"]) for (line, _), each in told.items()} == {
        2: (1, "0"),
        3: (1, "3"),
        4: (3, "6"),
        5: (3, "False"),
        6: (1, None),
        7: (1, "'6'"),
    }


def test_a_statement_that_raises_has_begun_and_not_ended(traced):
    told = traced("try:\n    x = 1 // 0\nexcept ZeroDivisionError:\n    y = 2\n")
    assert (told[2, 4]["begun"], told[2, 4]["ended"]) == (1, 0)
    assert (told[4, 4]["begun"], told[4, 4]["ended"]) == (1, 1)


def test_statements_of_one_line_are_told_apart_in_units_of_the_editor(traced):
    told = traced("x = '😀'; y = 2\n")
    assert [each["text"] for _, each in sorted(told.items())] == ["'😀'", "2"]
    assert sorted(told) == [(1, 0), (1, 10)]


def test_functions_count_their_calls(traced):
    told = traced(
        '''
        def double(x):
            """Documented."""
            return 2 * x

        async def later():
            async with nothing() as thing:
                return thing

        double(double(1))
        '''
    )
    assert told[2, 0]["begun"] == 2
    assert told[4, 4]["text"] == "4"
    assert (6, 0) not in told


def test_a_secret_is_not_told(traced):
    assert "hush" not in str(traced("value = ['hush-hush']\n"))


def test_a_loop_of_many_rounds_is_told_in_few_lines_and_its_last_state(traced):
    told = traced("n = 0\nwhile n < 20_000:\n    n += 1\n")
    assert told[3, 4]["begun"] == 20_000
    assert told[3, 4]["text"] == "20000"


def test_after_too_many_notes_it_goes_on_without(traced, monkeypatch):
    monkeypatch.setattr(tracing, "MOST_NOTES", 5000)
    told = traced("n = 0\nwhile n < 200_000:\n    n += 1\nassert n == 200_000\n")
    assert told[3, 4]["begun"] < 200_000
    assert (4, 0) not in told


def test_any_source_compiles_with_its_notes():
    recorder = Recorder(os.open(os.devnull, os.O_WRONLY), repr, str)
    for source in corpus.sample(30):
        try:
            compile(source.raw, source.name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        Instrument(recorder, "/").compiled(source.raw, source.name)
        recorder.statements.clear()
