"""The event loop of a server: it hears of everything a usual one does, and does not sleep longer than asked."""

from __future__ import annotations

import asyncio
import os
import selectors

import pytest

from clockhouse.engine import loop as loop_module
from clockhouse.engine.loop import new_event_loop


def run(story):
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(story())


def test_a_timer_and_a_descriptor_are_heard_of():
    async def story():
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        reader, writer = os.pipe()
        loop.add_reader(reader, heard.set)
        loop.call_later(0.001, os.write, writer, b"x")
        async with asyncio.timeout(10):
            await heard.wait()
        loop.remove_reader(reader)
        os.close(reader), os.close(writer)

    run(story)


def test_a_call_from_another_thread_ends_a_long_wait():
    async def story():
        async with asyncio.timeout(10):
            return await asyncio.to_thread(lambda: 7)

    assert run(story) == 7


@pytest.mark.skipif(not hasattr(selectors, "EpollSelector"), reason="Other systems wake on time by themselves.")
def test_a_wait_is_not_rounded_up_to_milliseconds(monkeypatch):
    waited = []
    monkeypatch.setattr(loop_module.select, "select", lambda *asked: waited.append(asked[-1]))
    with loop_module._Punctual() as selector:
        selector.select(0.0004)
        selector.select(0)
    assert waited == [0.0004]
