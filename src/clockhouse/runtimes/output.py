"""What one execution writes: a pipe for each stream, read as fast as the lines are taken and no faster."""

from __future__ import annotations

import array
import asyncio
import fcntl
import os
import termios
from collections import deque
from collections.abc import Iterable, Sequence

from clockhouse.runtimes.base import Lines, Stream
from clockhouse.runtimes.lines import Splitter
from clockhouse.runtimes.masking import Masks
from clockhouse.task.clock import Clock

READ_BYTES = 256 * 1024
PAUSE_BYTES = 1024 * 1024  # read and not taken yet: then the task has to wait
STREAMS: tuple[Stream, ...] = ("stdout", "stderr")
VALUES: Stream = "values"


class Output:
    """Lines of all streams, in the order they were read."""

    def __init__(self, clock: Clock, masked: Iterable[str], streams: Sequence[Stream] = STREAMS) -> None:
        """Opens a pipe for each stream. Raises OSError when there are no descriptors left."""
        masks = Masks(masked)
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._masks = masks
        self._splitters = {stream: Splitter(masks) for stream in streams}
        self._readers: dict[Stream, int] = {}
        self._kept: deque[tuple[Lines, int]] = deque()
        self._kept_bytes = 0
        self._is_reading = False
        self._is_finished = False
        self._news = asyncio.Event()
        self._writers: list[int] = []
        try:
            for stream in streams:
                reader, writer = os.pipe()
                os.set_blocking(reader, False)
                self._readers[stream] = reader
                self._writers.append(writer)
        except OSError:
            self.close()
            raise

    def take_writers(self) -> list[int]:
        """The ends to write to, in the order of the streams; the caller closes them."""
        writers, self._writers = self._writers, []
        return writers

    def begin(self) -> None:
        """Begins to read, unless all has been read already."""
        if not self._is_finished and not self._is_reading:
            self._is_reading = True
            for stream, reader in self._readers.items():
                self._loop.add_reader(reader, self._read, stream, READ_BYTES)

    def add(self, stream: Stream, line: bytes) -> None:
        """Tells a line that came another way, masked like all others."""
        splitter = Splitter(self._masks)
        self._keep(stream, splitter.feed(line + b"\n"), 0)

    def finish(self) -> None:
        """Reads what is there now, and no more: who still holds a pipe is no part of the execution."""
        self._pause()
        for stream, reader in list(self._readers.items()):
            left = _waiting_bytes(reader)
            while left > 0 and stream in self._readers:
                left -= self._read(stream, left)
            self._keep(stream, self._splitters[stream].end(), 0)
        self.close()

    def close(self) -> None:
        """Stops reading; what was read can still be taken."""
        self._pause()
        for descriptor in (*self._readers.values(), *self.take_writers()):
            os.close(descriptor)
        self._readers.clear()
        self._is_finished = True
        self._news.set()

    async def next(self) -> Lines | None:
        """The next lines, as soon as there are some; None when there will be none."""
        while not self._kept:
            if self._is_finished:
                return None
            self._news.clear()
            await self._news.wait()
        lines, size = self._kept.popleft()
        self._kept_bytes -= size
        if self._kept_bytes < PAUSE_BYTES // 2:
            self.begin()
        return lines

    def _read(self, stream: Stream, limit: int) -> int:
        """Reads once; how many bytes, or at least 1 at the end of the stream."""
        reader = self._readers[stream]
        try:
            data = os.read(reader, limit)
        except BlockingIOError:
            return 1
        if not data:
            self._loop.remove_reader(reader)
            os.close(self._readers.pop(stream))
            self._keep(stream, self._splitters[stream].end(), 0)
            return 1
        self._keep(stream, self._splitters[stream].feed(data), len(data))
        return len(data)

    def _keep(self, stream: Stream, texts: tuple[str, ...], size: int) -> None:
        if not texts:
            return
        self._kept.append((Lines(self._clock.now(), stream, texts), size))
        self._kept_bytes += size
        self._news.set()
        if self._kept_bytes > PAUSE_BYTES:
            self._pause()

    def _pause(self) -> None:
        if self._is_reading:
            self._is_reading = False
            for reader in self._readers.values():
                self._loop.remove_reader(reader)


def _waiting_bytes(reader: int) -> int:
    size = array.array("i", [0])
    fcntl.ioctl(reader, termios.FIONREAD, size)
    return size[0]
