"""Questions about sources in processes of their own: answered as here, ended when they take too long."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.support.waiting import eventually

from clockhouse.flows import answers
from clockhouse.flows.operations import Delete
from clockhouse.flows.workers import TooLongError, Workers

TEXT = "x = 1\nprint('😀', x)\n"


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    made = Workers(limit=timedelta(seconds=20))
    yield made
    made.close()


def test_it_answers_as_the_function_does(workers: Workers) -> None:
    assert workers(answers.described, TEXT, (), None) == answers.described(TEXT, (), None)
    operation = Delete((0,), 1)
    assert workers(answers.edited, TEXT, operation, ()) == answers.edited(TEXT, operation, ())


def test_one_process_answers_one_question_after_the_other_and_is_not_the_servers(workers: Workers) -> None:
    assert workers(os.getpid) == workers(os.getpid) != os.getpid()


def test_what_the_function_raises_is_raised(workers: Workers) -> None:
    with pytest.raises(LookupError):
        workers(answers.code, TEXT, (9,), 1, ())


def test_it_sees_nothing_of_the_servers_environment(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOCKHOUSE_SECRET", "hush")
    assert workers(os.getenv, "CLOCKHOUSE_SECRET") is None


def test_what_takes_too_long_is_ended_and_the_next_question_is_answered() -> None:
    workers = Workers(room=1, limit=timedelta(seconds=0.3))
    try:
        pid = workers(os.getpid)
        with pytest.raises(TooLongError):
            workers(time.sleep, 60)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert workers(os.getpid) != pid
    finally:
        workers.close()


def test_what_takes_too_much_of_a_processor_is_ended_within_what_is_no_python() -> None:
    workers = Workers(room=1, limit=timedelta(seconds=0.2))
    try:
        pid = workers(os.getpid)
        with pytest.raises(TooLongError):
            workers(pow, 3, 3**22)
        assert workers(os.getpid) != pid
    finally:
        workers.close()


def test_a_process_that_died_is_replaced() -> None:
    workers = Workers()
    try:
        with pytest.raises(TooLongError):
            workers(os._exit, 3)
        assert workers(abs, -1) == 1
    finally:
        workers.close()


def test_an_idle_process_is_ended() -> None:
    workers = Workers(idle=timedelta(seconds=0.01))
    pid = workers(os.getpid)

    def is_gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    assert eventually(is_gone, within=20)
    workers.close()
