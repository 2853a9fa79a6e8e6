"""Any server that speaks HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from clockhouse.connectors import files
from clockhouse.connectors.web import Answer, Query, Web, bearer, plain
from clockhouse.kit import Secret

TITLE = "HTTP"
GROUP = "Network"

__all__ = ["Answer", "Client"]


@dataclass(frozen=True)
class Client:
    """A server that speaks HTTP: a web site, a REST API, a health endpoint."""

    base_url: str = ""
    """What every path is put after, such as https://api.example.com/v1. Without it, paths are whole addresses."""
    token: Secret | None = None
    """Shown to the server as a bearer token."""
    user: str | None = None
    """Who signs in with a password (basic authentication)."""
    password: Secret | None = None
    """The password of that user."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent with every request."""
    timeout_seconds: float = 30.0
    """How long to wait for a sign of life of the server."""
    follow_redirects: bool = True
    """Whether to go on where the server points to."""
    tries: int = 3
    """How often at most it is asked, where asking again does no harm; 1 is never again."""

    @cached_property
    def _web(self) -> Web:
        login = None if self.user is None else (self.user, plain(self.password or ""))
        return Web(
            "The server",
            self.base_url,
            headers={**self.headers, **bearer(self.token)},
            login=login,
            timeout_seconds=self.timeout_seconds,
            follows=self.follow_redirects,
            tries=self.tries,
        )

    def get(
        self,
        path: str = "",
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> Answer:
        """Asks for what is there; the answer has `status`, `text`, `json()`, `headers` and `content`.

        `query` is put after the address. `check` makes a status of 400 and up an error.
        """
        return self._web.call("GET", path, query=query, headers=headers, check=check)

    def get_json(self, path: str = "", *, query: Query | None = None) -> Any:
        """What is there, as JSON: a dict, a list, a text, a number, a flag or None.

        `query` is put after the address.
        """
        return self._web.call("GET", path, query=query, headers={"Accept": "application/json"}).json()

    def head(self, path: str = "", *, query: Query | None = None, check: bool = True) -> Answer:
        """As `get`, without the content. `check` makes a status of 400 and up an error."""
        return self._web.call("HEAD", path, query=query, check=check)

    def post(
        self,
        path: str = "",
        *,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        content: bytes | str | None = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> Answer:
        """Sends something: `json`, or the fields of a `form`, or bytes or text as `content`.

        `check` makes a status of 400 and up an error. It is not sent again after a time-out: it may have arrived.
        """
        return self._web.call(
            "POST", path, json=json, form=form, content=content, query=query, headers=headers, check=check
        )

    def put(
        self,
        path: str = "",
        *,
        json: Any = None,
        content: bytes | str | None = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> Answer:
        """Puts `json`, or bytes or text as `content`, in the place of what is there.

        `check` makes a status of 400 and up an error.
        """
        return self._web.call("PUT", path, json=json, content=content, query=query, headers=headers, check=check)

    def patch(
        self,
        path: str = "",
        *,
        json: Any = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> Answer:
        """Changes what is there by `json`. `check` makes a status of 400 and up an error."""
        return self._web.call("PATCH", path, json=json, query=query, headers=headers, check=check)

    def delete(
        self,
        path: str = "",
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> Answer:
        """Removes what is there. `check` makes a status of 400 and up an error."""
        return self._web.call("DELETE", path, query=query, headers=headers, check=check)

    def download(self, path: str, to: str | Path, *, query: Query | None = None) -> int:
        """Writes what is there into the file `to`, and gives its size in bytes. It passes through memory.

        The file has all of it or what it had.
        """
        content = self._web.call("GET", path, query=query).content
        return files.replace(Path(to), content)
