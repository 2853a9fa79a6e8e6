"""Errands: a request waits only so long, the next one finds the work under way, and the one after it wants news."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest

from clockhouse.control.errands import Errands
from clockhouse.errors import Unavailable, Unfinished

LONG = timedelta(seconds=30)


def asked_until_there(errands: Errands, work: Callable[[], int]) -> int:
    while True:
        try:
            return errands.wait("key", work)
        except Unfinished:
            continue


def test_what_took_too_long_is_handed_over_once_and_then_done_anew() -> None:
    hurried = Errands(patience=timedelta(0))
    go_on = Event()
    done: list[int] = []

    def work() -> int:
        go_on.wait(30)
        done.append(len(done))
        return done[-1]

    with pytest.raises(Unfinished):
        hurried.wait("key", work)
    go_on.set()
    assert asked_until_there(hurried, work) == 0
    with pytest.raises(Unfinished):
        hurried.wait("key", lambda: Event().wait(1))


def test_an_error_is_told_to_who_waits_and_not_to_the_next() -> None:
    errands = Errands(patience=LONG)

    def fails() -> None:
        raise ValueError("no such branch")

    with pytest.raises(ValueError, match="no such branch"):
        errands.wait("key", fails)
    assert errands.wait("key", lambda: "there now") == "there now"


def test_only_so_many_are_under_way() -> None:
    errands = Errands(room=1, patience=timedelta(0))
    go_on = Event()
    with pytest.raises(Unfinished):
        errands.wait("slow", lambda: go_on.wait(30))
    with pytest.raises(Unavailable):
        errands.wait("other", lambda: None)
    go_on.set()
