"""A small HTTP server on loopback that answers what a test says, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `query` has the first value of each name."""

    method: str
    path: str
    query: dict[str, str]
    queries: dict[str, list[str]]
    body: Any
    token: str | None


class Talk:
    """What an answer is written to; leaving without the end is a cut connection."""

    def __init__(self, handler: BaseHTTPRequestHandler):
        self._handler = handler

    def begin(self, content_type: str = "text/event-stream", status: int = 200) -> None:
        self._handler.send_response(status)
        self._handler.send_header("Content-Type", content_type)
        self._handler.end_headers()

    def write(self, content: bytes) -> None:
        self._handler.wfile.write(content)
        self._handler.wfile.flush()

    def event(self, name: str, data: Any) -> None:
        self.write(f": a comment\r\nevent: {name}\r\ndata: {json.dumps(data, ensure_ascii=False)}\r\n\r\n".encode())


Answer = Callable[[Asked, Talk], None]


@dataclass(slots=True)
class StandIn:
    base_url: str
    asked: list[Asked] = field(default_factory=list)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def says(self, method: str, path: str, content: Any, status: int = 200) -> None:
        """Answers a request with JSON; None is an empty answer."""
        text = b"" if content is None else json.dumps(content).encode()

        def answer(_: Asked, talk: Talk) -> None:
            talk.begin("application/json", status)
            talk.write(text)

        self.answers[method, path] = answer

    def refuses(self, method: str, path: str, status: int, code: str, sentence: str, **fields: str) -> None:
        self.says(method, path, {"error": {"code": code, "message": sentence, "fields": fields}}, status)

    def streams(self, path: str, answer: Answer) -> None:
        self.answers["GET", path] = answer

    def paths(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.asked]

    @classmethod
    @contextmanager
    def listening(cls) -> Iterator[StandIn]:
        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                queries = parse_qs(parts.query)
                token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
                body = json.loads(self.rfile.read(length)) if length else None
                path = parts.path.removeprefix(_API)
                first = {name: values[0] for name, values in queries.items()}
                asked = Asked(self.command, path, first, queries, body, token)
                made.asked.append(asked)
                answer = made.answers.get((self.command, path), _not_found)
                answer(asked, Talk(self))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815  the names that http.server calls

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            server.block_on_close = False
            made = cls(f"http://127.0.0.1:{server.server_port}")
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield made
            finally:
                server.shutdown()
                thread.join()


def _not_found(asked: Asked, talk: Talk) -> None:
    talk.begin("application/json", 404)
    talk.write(json.dumps({"error": {"code": "not_found", "message": f"No {asked.path}.", "fields": {}}}).encode())
