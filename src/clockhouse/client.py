"""Clockhouse's HTTP API as a client speaks it: a method a verb, refusals as our errors, streams that survive a cut."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import SplitResult, urlsplit

import httpx

from clockhouse import __version__
from clockhouse.errors import (
    ClockhouseError,
    Conflict,
    Forbidden,
    Internal,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from clockhouse.kit import Secret

_TIME_OUT = httpx.Timeout(30, connect=5)
_AGENT_TIME_OUT = httpx.Timeout(10, connect=3)  # well within the lease of what the agent runs
_AGENT_STREAM_TIME_OUT = httpx.Timeout(25, connect=3)  # a quiet one carries a comment every 10 s
# Servers close what was not used for five seconds: what is used at that very moment would be cut.
_AGENT_LIMITS = httpx.Limits(keepalive_expiry=3)
_PING_TIME_OUT = httpx.Timeout(10)
# A quiet stream carries a keep-alive comment every 15 s.
_STREAM_TIME_OUT = httpx.Timeout(60, connect=5)
# Half a minute in all: long enough for a server that is started anew.
_RECONNECT_AFTER_S = (0.1, 0.4, 1.0, 2.0, 4.0, 6.0, 8.0, 8.0)
_TOKEN = re.compile(r"[!-~]+")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_ERRORS: dict[str, type[ClockhouseError]] = {
    kind.code: kind for kind in (Unauthenticated, Forbidden, NotFound, Conflict, Unavailable, Internal)
}


class Ping:
    """Requests an address of a person's choice, which may hold a secret: no error and no log shows it.

    Raises Invalid when it is no address.
    """

    def __init__(self, address: Secret) -> None:
        parts = _parts(address.reveal())
        if parts is None:
            raise Invalid("The address to ping is not one. Write it like https://watch.example.org/ping.")
        self._address = address
        self._http = httpx.Client(timeout=_PING_TIME_OUT, trust_env=parts.hostname not in _LOOPBACK)

    def __call__(self) -> None:
        """Raises Unavailable when there is no answer, or one that is no success."""
        try:
            with self._http.stream("GET", self._address.reveal()) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable("The address to ping does not answer.", cause=type(error).__name__) from None
        if status >= httpx.codes.BAD_REQUEST:
            raise Unavailable(f"The address to ping answers with status {status}.", status=status)


class Servers:
    """Several servers of one database, each as good as the others, as an agent speaks with them.

    When one does not answer, Unavailable is raised, and from then on the next one is asked. Other errors are those
    that the server named. Answers have to begin within 10 seconds. Raises Invalid for what is no address or no token.
    """

    def __init__(self, addresses: Sequence[str], token: Secret) -> None:
        # Compressing what is private beside what others may choose would tell something of it to who sees the length.
        headers = {**_shown(token.reveal()), "Accept-Encoding": "identity"}
        self._addresses = [address.rstrip("/") for address in addresses]
        self._each = [
            httpx.AsyncClient(
                base_url=f"{address}/api/v1",
                headers=headers,
                timeout=_AGENT_TIME_OUT,
                limits=_AGENT_LIMITS,
                trust_env=_host(address) not in _LOOPBACK,
                verify=_trusted(address),
            )
            for address in self._addresses
        ]
        self._at = 0

    async def close(self) -> None:
        for each in self._each:
            await each.aclose()

    @property
    def address(self) -> str:
        """Of the server that is asked at present."""
        return self._addresses[self._at]

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        at = self._at
        try:
            answer = await self._each[at].post(path, json=body)
            return _decoded(self._addresses[at], answer)
        except httpx.RequestError as error:
            raise self._turned(at, _unavailable(self._addresses[at], error)) from error
        except Unavailable as error:
            raise self._turned(at, error) from error

    async def events(self, path: str) -> AsyncGenerator[tuple[str, str], None]:
        """The name and the data of each server-sent event, until the server ends the stream."""
        async with self._stream(path, _AGENT_STREAM_TIME_OUT) as answer:
            lines = list[str]()
            async for line in answer.aiter_lines():
                lines.append(line)
                if not line:
                    for event in _parsed(iter(lines)):
                        yield event
                    lines = []

    async def download(self, path: str, file: BinaryIO) -> httpx.Headers:
        """Writes the answer's content to the file; its headers."""
        async with self._stream(path, _AGENT_TIME_OUT) as answer:
            async for part in answer.aiter_bytes():
                file.write(part)
            return answer.headers

    @asynccontextmanager
    async def _stream(self, path: str, time_out: httpx.Timeout) -> AsyncIterator[httpx.Response]:
        at = self._at
        try:
            async with self._each[at].stream("GET", path, timeout=time_out) as answer:
                if not answer.is_success:
                    await answer.aread()
                    _decoded(self._addresses[at], answer)
                yield answer
        except httpx.RequestError as error:
            raise self._turned(at, _unavailable(self._addresses[at], error)) from error
        except Unavailable as error:
            raise self._turned(at, error) from error

    def _turned(self, at: int, error: Unavailable) -> Unavailable:
        """The same error, after which another server is asked."""
        if self._at == at:
            self._at = (at + 1) % len(self._each)
        return error


def is_loopback(address: str) -> bool:
    """Whether an address leads to this very machine. Raises Invalid when it is no address of a server."""
    return _host(address) in _LOOPBACK


@dataclass(frozen=True, slots=True)
class Part:
    """Some more lines of a log, each a LogLineBody, in order.

    `end` is None but in the last part: there it is the build or the execution as it ended.
    """

    lines: tuple[Mapping[str, Any], ...] = ()
    end: Mapping[str, Any] | None = None


class Client:
    """One server. Paths begin after `/api/v1`; answers are decoded JSON, None when there is no content.

    Raises the error of `clockhouse.errors` that the server named, and Unavailable when it does not answer.
    """

    def __init__(self, base_url: str, token: str | None = None, *, pause: Callable[[float], object] = time.sleep):
        """`pause` waits that many seconds before a cut stream is taken up again."""
        address = base_url.rstrip("/")
        host = _host(address)
        self.base_url = address
        self._pause = pause
        self._http = httpx.Client(
            base_url=f"{address}/api/v1",
            headers={"User-Agent": f"clockhouse/{__version__}", **(_shown(token) if token else {})},
            timeout=_TIME_OUT,
            trust_env=host not in _LOOPBACK,  # a proxy does not reach this machine's own servers
            verify=_trusted(address),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """Query values of None are left out; a list is repeated."""
        return self._send("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, patience_s: float | None = None) -> Any:
        """`patience_s` is how long the answer may take, where that is longer than usual: it is asked for until then."""
        return self._send("POST", path, body=body, patience_s=patience_s)

    def patch(self, path: str, body: Mapping[str, Any], *, patience_s: float | None = None) -> Any:
        return self._send("PATCH", path, body=body, patience_s=patience_s)

    def put(self, path: str, body: Mapping[str, Any], **query: Any) -> Any:
        return self._send("PUT", path, query=query, body=body)

    def delete(self, path: str, **query: Any) -> Any:
        return self._send("DELETE", path, query=query)

    def pieces(self, path: str, **query: Any) -> Iterator[str]:
        """A long text, as it comes. Raises Unavailable when it breaks off."""
        given = {name: value for name, value in query.items() if value is not None}
        try:
            with self._http.stream("GET", path, params=given, timeout=_STREAM_TIME_OUT) as answer:
                if not answer.is_success:
                    answer.read()
                    _decoded(self.base_url, answer)
                yield from answer.iter_text()
        except httpx.RequestError as error:
            raise _unavailable(self.base_url, error) from error

    def follow(self, path: str, after: int = 0) -> Iterator[Part]:
        """The lines of a log stream that follow line `after`, as they come; the last part has the end.

        A stream that is cut is taken up again after the last line seen: no line is lost and none comes twice.
        Raises Unavailable when the server stays away for half a minute.
        """
        delays = iter(_RECONNECT_AFTER_S)
        is_connected = False
        while True:
            failure: Unavailable | None = None
            end: str | None = None
            try:
                # Read to its end, which follows at once: left earlier, httpx's generators would be collected, and a
                # Ctrl-C that arrives while they are is swallowed.
                for event, data in self._events(path, after):
                    is_connected = True
                    if event == "end":
                        end = data
                    lines = _later(data, after) if event == "lines" else ()
                    if lines:
                        delays, after = iter(_RECONNECT_AFTER_S), lines[-1]["seq"]
                        yield Part(lines)
            except Unavailable as error:
                failure = error
                if not is_connected:
                    raise
            if end is not None:
                yield Part(end=json.loads(end))
                return
            delay = next(delays, None)
            if delay is None:
                raise failure or Unavailable(f"The log stream of {self.base_url} ends again and again. Try again.")
            self._pause(delay)

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        patience_s: float | None = None,
    ) -> Any:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        until = time.monotonic() + (patience_s or 0)
        while True:
            try:
                time_out = _TIME_OUT if patience_s is None else httpx.Timeout(30, connect=5, read=patience_s)
                answer = self._http.request(method, path, params=given, json=body, timeout=time_out)
            except httpx.RequestError as error:
                raise _unavailable(self.base_url, error) from error
            if not _is_under_way(answer) or time.monotonic() >= until:
                return _decoded(self.base_url, answer)

    def _events(self, path: str, after: int) -> Iterator[tuple[str, str]]:
        try:
            with self._http.stream("GET", path, params={"after": after}, timeout=_STREAM_TIME_OUT) as answer:
                if not answer.is_success:
                    answer.read()
                    _decoded(self.base_url, answer)
                yield from _parsed(_split(answer.iter_bytes()))
        except httpx.RequestError as error:
            raise _unavailable(self.base_url, error) from error


def _decoded(address: str, answer: httpx.Response) -> Any:
    if answer.status_code == httpx.codes.NO_CONTENT:
        return None
    try:
        content = answer.json()
    except ValueError:
        raise _foreign(address, answer) from None
    if answer.is_success:
        return content
    raise _refusal(address, answer, content)


def _is_under_way(answer: httpx.Response) -> bool:
    """Whether the server goes on with it, and whoever asks the same again waits for it."""
    return answer.status_code == 503 and answer.headers.get("Retry-After") == "0"


def _refusal(address: str, answer: httpx.Response, content: Any) -> ClockhouseError:
    match content:
        case {"error": {"code": Invalid.code, "message": str(sentence), "fields": dict(fields)}}:
            return Invalid(sentence, fields)
        case {"error": {"code": str(code), "message": str(sentence)}}:
            return _ERRORS.get(code, Internal)(sentence)
        case _:
            return _foreign(address, answer)


def _foreign(address: str, answer: httpx.Response) -> ClockhouseError:
    sentence = f"What answers at {address} does not speak Clockhouse's API (status {answer.status_code})."
    return Unavailable(f"{sentence} Name another address with --server.")


def _unavailable(address: str, error: httpx.RequestError) -> Unavailable:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return Unavailable(
            f"Clockhouse does not answer at {address}. Start it with `make run` or `clockhouse serve`, "
            "or name another address with --server.",
            cause=str(error),
        )
    if isinstance(error, httpx.TimeoutException):
        return Unavailable(f"Clockhouse at {address} took too long to answer. Try again.", cause=str(error))
    return Unavailable(f"The connection to Clockhouse at {address} broke. Try again.", cause=str(error))


def _later(data: str, after: int) -> tuple[Mapping[str, Any], ...]:
    return tuple(line for line in json.loads(data) if line["seq"] > after)


def _shown(token: str) -> dict[str, str]:
    """The header with it. Raises Invalid for what cannot be one: the HTTP library's own error would hold it."""
    if _TOKEN.fullmatch(token) is None:
        raise Invalid("The token is not one: it is one word of letters, digits and signs. Give it as it was made.")
    return {"Authorization": f"Bearer {token}"}


def _trusted(address: str) -> ssl.SSLContext | bool:
    """The usual authorities, whose list takes 40 ms to read; nobody where nothing is encrypted."""
    return not is_loopback(address) or address.startswith("https:") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _host(address: str) -> str:
    parts = _parts(address)
    if parts is None or parts.hostname is None:
        raise Invalid(f"“{address}” is not an address of a server. Write it like http://127.0.0.1:8420.")
    return parts.hostname


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port  # reading the port checks it
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and host else None


def _split(chunks: Iterator[bytes]) -> Iterator[str]:
    """The lines of an event stream. (httpx also splits at characters that JSON text may hold, such as U+2028.)"""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")


def _parsed(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """The name and the data of each complete event, as the WHATWG's specification of server-sent events says."""
    name, data = "message", list[str]()
    for line in lines:
        if not line:
            if data:
                yield name, "\n".join(data)
            name, data = "message", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
