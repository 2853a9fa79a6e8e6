"""A small real application with a health endpoint, which can be stopped and started again at the same port."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from clockhouse.task.clock import SystemClock

_CLOCK = SystemClock()


class Application(AbstractContextManager["Application"]):
    """Answers 200 at every path while it runs; while it is stopped, connections are refused.

    `switches` says when it began to answer and when it ceased to, oldest first, as (instant, is up).
    """

    def __init__(self) -> None:
        self.port = 0
        self.switches: list[tuple[datetime, bool]] = []
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/healthz"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        server = ThreadingHTTPServer(("127.0.0.1", self.port), _Healthy)
        self.port = server.server_port
        self._server, self._thread = server, threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.switches.append((_CLOCK.now(), True))

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = None
        self.switches.append((_CLOCK.now(), False))

    def was_up(self, since: datetime, until: datetime) -> bool | None:
        """Whether it answered during the whole of this time; None when it was switched in it."""
        if any(since <= at <= until for at, _ in self.switches):
            return None
        before = [is_up for at, is_up in self.switches if at < since]
        return bool(before) and before[-1]


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"OK\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base class
        """Nothing: a story's output is its own."""
