"""What is read ahead of a consumer is bounded, and nobody who holds a pipe holds its end."""

import asyncio
import contextlib
import os

import pytest

from clockhouse.runtimes.output import PAUSE_BYTES, READ_BYTES, Output
from clockhouse.task.clock import SystemClock

PIPE_BYTES = 1024 * 1024  # no pipe holds more unless it is told to
LINES = (b"x" * 99 + b"\n") * 5  # few enough bytes for a pipe to take all or none of them


async def turns_of_the_loop():
    for _ in range(5):
        await asyncio.to_thread(int)


async def written_until_full(writer):
    written, before = 0, -1
    while written != before and written < 10 * PAUSE_BYTES:
        before = written
        with contextlib.suppress(BlockingIOError):
            while True:
                written += os.write(writer, LINES)
        await turns_of_the_loop()
    return written


@pytest.fixture
def output_of():
    def run(body):
        async def whole():
            output = Output(SystemClock(), ())
            writers = output.take_writers()
            for writer in writers:
                os.set_blocking(writer, False)
            output.begin()
            try:
                return await body(output, *writers)
            finally:
                output.close()
                for writer in writers:
                    os.close(writer)

        return asyncio.run(whole())

    return run


def test_reading_pauses_while_nobody_takes_and_goes_on_after(output_of):
    async def body(output, stdout, _stderr):
        written = await written_until_full(stdout)
        assert PAUSE_BYTES <= written <= PAUSE_BYTES + READ_BYTES + PIPE_BYTES
        taken = 0
        while taken < written:
            lines = await output.next()
            taken += sum(len(text) + 1 for text in lines.texts)
        return written, taken, await written_until_full(stdout)

    written, taken, again = output_of(body)
    assert taken == written
    assert again > PAUSE_BYTES / 2


def test_finishing_takes_what_is_there_though_a_writer_is_left(output_of):
    async def body(output, stdout, stderr):
        os.write(stdout, b"one\ntwo")
        os.write(stderr, b"three\n")
        output.finish()
        told = [await output.next() for _ in range(4)]
        return [lines and (lines.stream, lines.texts) for lines in told]

    assert output_of(body) == [("stdout", ("one",)), ("stdout", ("two",)), ("stderr", ("three",)), None]


def test_finishing_a_full_pipe_nobody_took_from_loses_nothing(output_of):
    async def body(output, stdout, _stderr):
        written = await written_until_full(stdout)
        output.finish()
        taken = 0
        while (lines := await output.next()) is not None:
            taken += sum(len(text) + 1 for text in lines.texts)
        return written, taken

    written, taken = output_of(body)
    assert taken == written
