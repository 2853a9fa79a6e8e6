"""HTTP calls of connectors: with time-outs, repeated where that is safe, and with errors that say what to do."""

from __future__ import annotations

import json as _json
import logging
import re
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from clockhouse.connectors import libraries
from clockhouse.connectors.errors import ConnectorError
from clockhouse.kit import Secret

if TYPE_CHECKING:
    import ssl

    import httpx
else:
    httpx = libraries.found("httpx", "http")

Query = Mapping[str, Any]
Wait = Callable[[float], None]

TRIES = 3
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0  # what another system may ask for
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})  # done twice, they leave what once leaves
_PASSING = frozenset({502, 503, 504})
_TOO_MANY = 429  # refused before anything was done
_TOLD_CHARACTERS = 300
_SHORTEST_SECRET = 4  # of what is only taken for one: without "1", an error could not be read
_OPEN = frozenset(  # headers that are no secret and that any server may have
    {"accept", "accept-encoding", "accept-language", "content-length", "content-type", "host", "user-agent"}
)
_ADVICE = {
    400: "Correct what is sent.",
    401: "Check the token or the password.",
    403: "Give the token the permission for this.",
    404: "Check the address, and whether the token may see it.",
    405: "Check the address and the method.",
    409: "It contradicts what is there.",
    413: "Send less at once.",
    422: "Correct what is sent.",
    429: "Ask less often.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. Names of `headers` are in lower case."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def is_ok(self) -> bool:
        """Whether the status says success: 200 to 299."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The content as text, in the encoding that the server names, or UTF-8."""
        _, _, named = self.headers.get("content-type", "").partition("charset=")
        try:
            return self.content.decode(named.split(";")[0].strip("\"' ") or "utf-8", errors="replace")
        except LookupError:
            return self.content.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The content as JSON. Raises ConnectorError when it is none."""
        try:
            return _json.loads(self.content)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "of no type")
            raise ConnectorError(f"The answer is no JSON but {kind}. Check the address.", status=self.status) from None


class Web:
    """The HTTP side of one connection; connections to the server are kept open between calls.

    `system` names the other side in errors, which never show the `hidden`, the values of headers, or a Secret of a
    query or form. An address that is itself a secret is given as one, and not shown. Only the server that was asked
    gets headers, not one to which it leads. At most `timeout_seconds` pass between two signs of life. A call is made
    up to `tries` times: again after no connection or a 429, and after a time-out or a 502 to 504 where doing it twice
    does no harm.
    """

    def __init__(
        self,
        system: str,
        base_url: str | Secret,
        *,
        headers: Mapping[str, str | Secret] | None = None,
        login: tuple[str, str] | None = None,
        timeout_seconds: float = 30.0,
        follows: bool = False,
        tries: int = TRIES,
        hidden: Sequence[Secret | None] = (),
        wait: Wait = time.sleep,
    ) -> None:
        self._system = system
        self._base, self._is_secret = plain(base_url).strip(), isinstance(base_url, Secret)
        self._timeout_seconds = timeout_seconds
        self._tries = tries
        self._wait = wait
        self._hidden: set[str] = set()
        self._hide(self._base if self._is_secret else "", login[1] if login else "", *map(plain, filter(None, hidden)))
        if self._base and urlsplit(self._base).scheme not in ("http", "https"):
            raise ConnectorError(f"The address of {system} must begin with https:// or http://.")
        self._names = tuple(headers or {})
        self._session = self._opened(self._sendable(headers or {}), login, follows=follows)
        weakref.finalize(self, self._session.close)

    def call(
        self,
        method: str,
        path: str = "",
        *,
        query: Query | None = None,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        content: bytes | str | None = None,
        headers: Mapping[str, str | Secret] | None = None,
        check: bool = True,
    ) -> Answer:
        """The answer to one call. Raises ConnectorError without an answer, and after 400 and up where `check` is set.

        `path` is put after the address of the connection, or is a whole address on that server. What is None in `query`
        or `form` is left out.
        """
        sent: dict[str, Any] = {"headers": self._sendable(headers or {})}
        if json is not None:
            sent["json"] = json
        elif form is not None:
            sent["data"] = self._given(form)
        elif content is not None:
            sent["content"] = content
        answer = self._repeated(method.upper(), self._address(path), self._given(query or {}), sent)
        if check and answer.status >= 400:
            raise self.refusal(answer)
        return answer

    def refusal(self, answer: Answer, said: str | None = None) -> ConnectorError:
        """The error for an answer, with what the server said about it."""
        # Hidden before it is cut: half a secret is found by nobody.
        told = " ".join(self._masked(said or _told(answer)).split())[:_TOLD_CHARACTERS]
        advice = _ADVICE.get(answer.status, "Try again later." if answer.status >= 500 else "")
        words = f"{self._system} answered {answer.status}{f': {told}' if told else ''}"
        return ConnectorError(f"{words.rstrip('.')}. {advice}".rstrip(), status=answer.status)

    def _hide(self, *values: str) -> None:
        for each in filter(None, map(str.strip, values)):
            self._hidden |= {each, quote(each, safe="", errors="replace")}

    def _masked(self, text: str) -> str:
        for secret in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(secret, "****")
        return text

    def _sendable(self, headers: Mapping[str, str | Secret]) -> dict[str, str]:
        """Headers as they are sent, hidden from now on. Raises ConnectorError for one that can't be sent."""
        found = {}
        for name, given in headers.items():
            value = plain(given).strip()  # a file or form may have put a line break at the end of a token
            if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII):
                raise ConnectorError("The name of a header has a letter that none may have. Correct it.")
            if not re.fullmatch(r"[\t -~]*", value):
                raise ConnectorError(f"The header {name} has a line break or a letter that can't be sent. Correct it.")
            if name.lower() not in _OPEN and len(value) >= _SHORTEST_SECRET:
                self._hide(value)
            if name.lower().endswith("authorization"):
                self._hide(value.rpartition(" ")[2])
            found[name] = value
        return found

    def _given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        self._hide(*(each.reveal() for each in values.values() if isinstance(each, Secret)))
        return {name: plain(value) for name, value in values.items() if value is not None}

    def _opened(self, headers: dict[str, str], login: tuple[str, str] | None, *, follows: bool) -> httpx.Client:
        log = logging.getLogger("httpx")
        if log.level == logging.NOTSET:
            log.setLevel(logging.WARNING)  # below, it logs whole addresses, which may be secrets
        return httpx.Client(
            headers={"User-Agent": "Clockhouse", **headers},
            auth=login,
            timeout=self._timeout_seconds,
            follow_redirects=follows,
            event_hooks={"request": [_keep_from_others]},
            verify=_trusted(),
        )

    def _address(self, path: str) -> str:
        if urlsplit(path).scheme in ("http", "https"):
            if self._base and _origin(path) != _origin(self._base):
                raise ConnectorError(
                    f"{_origin(path)} is another server, which gets no token of this one. Connect to it."
                )
            return path
        if not self._base:
            raise ConnectorError(f"An address must begin with https:// or http://, not “{path}”.")
        if not path:
            return self._base
        return f"{self._base.rstrip('/')}/{path.lstrip('/')}" if not path.startswith("?") else self._base + path

    def _repeated(self, method: str, address: str, query: Query, sent: dict[str, Any]) -> Answer:
        for attempt in range(1, self._tries + 1):
            is_last = attempt == self._tries
            pause = _FIRST_WAIT_S * 2 ** (attempt - 1)
            try:
                # Not as `params`: these would replace the query that the address has.
                answer = self._once(method, httpx.URL(address).copy_merge_params(query), sent)
                if is_last or not _is_worth_again(method, answer.status):
                    return answer
                pause = _asked_for(answer, pause)
                if pause > _LONGEST_WAIT_S:
                    return answer
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if is_last:
                    raise self._unreached(error, address) from None
            except (
                httpx.DecodingError,
                httpx.InvalidURL,
                httpx.LocalProtocolError,
                httpx.TooManyRedirects,
                httpx.UnsupportedProtocol,
                UnicodeError,
            ) as error:
                raise ConnectorError(f"{self._at(address)} can't be called: {type(error).__name__}.") from None
            except httpx.TransportError as error:
                if is_last or method not in _REPEATABLE:
                    raise self._unreached(error, address) from None
            self._wait(pause)
        raise AssertionError("the last try answers or raises")

    def _once(self, method: str, address: httpx.URL, sent: dict[str, Any]) -> Answer:
        own = {"clockhouse": _Own(address, (*self._names, *sent["headers"]))}
        found = self._session.request(method, address, extensions=own, **sent)
        headers = {name.lower(): value for name, value in found.headers.items()}
        return Answer(found.status_code, headers, found.content)

    def _unreached(self, error: Exception, address: str) -> ConnectorError:
        if "Timeout" in type(error).__name__:
            return ConnectorError(
                f"{self._at(address)} did not answer in {self._timeout_seconds:g} seconds. "
                "Try again later, or allow more time."
            )
        why = self._masked(str(error)).rstrip(".") or type(error).__name__
        return ConnectorError(f"{self._at(address)} can't be reached: {why}. Check the address and the network.")

    def _at(self, address: str) -> str:
        """The other side as errors name it: never with the path or query of a secret address, or with a password."""
        path = "" if self._is_secret else urlsplit(address).path
        return f"{self._system} ({_origin(address)}{path})"


@dataclass(frozen=True, slots=True)
class _Own:
    """What a request has for the server that was asked, wherever that one leads."""

    address: httpx.URL
    headers: tuple[str, ...]


def _keep_from_others(request: httpx.Request) -> None:
    """Takes from a request to another server the headers that were given for the one that was asked."""
    own: _Own = request.extensions["clockhouse"]
    asked, now = own.address, request.url
    is_encrypted_now = (asked.scheme, asked.port, now.scheme, now.port) == ("http", None, "https", None)
    if asked.host == now.host and ((asked.scheme, asked.port) == (now.scheme, now.port) or is_encrypted_now):
        return
    for name in own.headers:
        if name.lower() not in _OPEN:
            request.headers.pop(name, None)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom to believe; read once, since that takes as long as many calls."""
    return httpx.create_ssl_context()


def plain(value: str | Secret) -> str:
    """The text of a value that may be a Secret."""
    return value.reveal() if isinstance(value, Secret) else value


def segment(value: object) -> str:
    """A value as one part of a path, whatever is in it."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if text in ("", ".", ".."):
        raise ConnectorError(f"“{text}” can't be a part of an address.")
    return quote(text, safe="")


def bearer(token: Secret | str | None) -> dict[str, str]:
    """The header that shows a token; none without one."""
    return {"Authorization": f"Bearer {plain(token).strip()}"} if token else {}


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _is_worth_again(method: str, status: int) -> bool:
    return status == _TOO_MANY or (status in _PASSING and method in _REPEATABLE)


def _asked_for(answer: Answer, otherwise: float) -> float:
    """How many seconds the server asks to wait."""
    asked = answer.headers.get("retry-after", "").strip()
    return float(asked) if asked.isascii() and asked.isdigit() else otherwise


def _told(answer: Answer) -> str:
    """What an answer says about its failure: the message of its JSON, or its text."""
    try:
        found = _json.loads(answer.content)
    except (ValueError, RecursionError):
        is_page = "html" in answer.headers.get("content-type", "")
        return "" if is_page else answer.text
    for name in ("message", "error_description", "detail", "title", "error"):
        value = found.get(name) if isinstance(found, dict) else None
        if isinstance(value, dict):
            value = value.get("message")
        if isinstance(value, str) and value:
            return value
    return ""
