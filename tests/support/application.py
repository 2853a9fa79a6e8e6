"""A small real application with a health endpoint, which can be stopped and started again at the same port."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from clockhouse.task.clock import SystemClock

_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class Switch:
    """The application began to answer, or ceased to, at some moment between these two."""

    began_at: datetime
    ended_at: datetime
    is_up: bool


class Application(AbstractContextManager["Application"]):
    """Answers 200 at every path while it runs; while it is stopped, connections are refused."""

    def __init__(self) -> None:
        self.port = 0
        self._switches: list[Switch] = []
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
        began_at = _CLOCK.now()
        server = ThreadingHTTPServer(("127.0.0.1", self.port), _Healthy)
        self.port = server.server_port
        self._server, self._thread = server, threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self._switches.append(Switch(began_at, _CLOCK.now(), is_up=True))

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        began_at = _CLOCK.now()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = None
        self._switches.append(Switch(began_at, _CLOCK.now(), is_up=False))

    def was_up(self, since: datetime, until: datetime) -> bool | None:
        """Whether it answered during the whole of this time; None when it was being switched in it."""
        if any(switch.began_at <= until and since <= switch.ended_at for switch in self._switches):
            return None
        before = [switch.is_up for switch in self._switches if switch.ended_at < since]
        return bool(before) and before[-1]


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"OK\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base class
        """Nothing: a story's output is its own."""
