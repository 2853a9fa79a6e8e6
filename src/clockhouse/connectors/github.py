"""Repositories on GitHub, or on a GitHub Enterprise server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, Literal
from urllib.parse import quote

from clockhouse.connectors.errors import ConnectorError
from clockhouse.connectors.web import Web, bearer
from clockhouse.kit import Secret

TITLE = "GitHub"
GROUP = "Development"

State = Literal["open", "closed", "all"]

_PAGE = 100  # the most that GitHub gives at once


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue or a pull request. Instants are in UTC; `closed_at` is None while it is open."""

    number: int
    title: str
    state: str
    author: str
    labels: tuple[str, ...]
    assignees: tuple[str, ...]
    url: str
    body: str
    is_pull_request: bool
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Release:
    """A published release: its tag, its title and its notes."""

    tag: str
    title: str
    notes: str
    url: str
    published_at: datetime


@dataclass(frozen=True)
class Client:
    """GitHub, as whoever the token belongs to; without one, what is public, at most 60 times an hour."""

    token: Secret | None = None
    """A token that may read, or write, what the task needs: at GitHub under Settings, Developer settings."""
    base_url: str = "https://api.github.com"
    """Where GitHub's API is; https://HOST/api/v3 for a GitHub Enterprise server."""
    timeout_seconds: float = 30.0
    """How long to wait for an answer."""

    @cached_property
    def _web(self) -> Web:
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        return Web(
            "GitHub", self.base_url, headers={**headers, **bearer(self.token)}, timeout_seconds=self.timeout_seconds
        )

    def count_issues(self, repository: str, *, state: State = "open", labels: Sequence[str] = ()) -> int:
        """How many issues a repository has; pull requests do not count.

        `repository` is owner/name. `labels` are all wanted. At most 30 such questions a minute are allowed.
        """
        words = [f"repo:{_checked(repository)}", "is:issue", *(f'label:"{label}"' for label in labels)]
        if state != "all":
            words.append(f"state:{state}")
        found = self._web.call("GET", "/search/issues", query={"q": " ".join(words), "per_page": 1}).json()
        return int(found["total_count"])

    def issues(
        self,
        repository: str,
        *,
        state: State = "open",
        labels: Sequence[str] = (),
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[Issue]:
        """Issues of a repository, the newest first; pull requests are left out.

        `repository` is owner/name. `labels` are all wanted. `since` leaves out what has not changed since then.
        `limit` is how many there are at most.
        """
        query = {
            "state": state,
            "labels": ",".join(labels) or None,
            "since": None if since is None else since.isoformat(),
        }
        pages = map(_issue, self._pages(f"{_at(repository)}/issues", query))
        return list(islice((each for each in pages if not each.is_pull_request), limit))

    def pull_requests(self, repository: str, *, state: State = "open", limit: int = 100) -> list[Issue]:
        """Pull requests of a repository, the newest first. `repository` is owner/name.

        `limit` is how many there are at most.
        """
        found = self._pages(f"{_at(repository)}/pulls", {"state": state})
        return list(islice(map(_issue, found), limit))

    def create_issue(self, repository: str, title: str, *, body: str = "", labels: Sequence[str] = ()) -> Issue:
        """Opens an issue. `repository` is owner/name. `body` is Markdown. `labels` that are new are made."""
        sent = {"title": title, "body": body, "labels": list(labels)}
        return _issue(self._web.call("POST", f"{_at(repository)}/issues", json=sent).json())

    def comment(self, repository: str, number: int, text: str) -> None:
        """Writes a comment to an issue or a pull request. `repository` is owner/name. `text` is Markdown."""
        self._web.call("POST", f"{_at(repository)}/issues/{number}/comments", json={"body": text})

    def close_issue(
        self, repository: str, number: int, *, reason: Literal["completed", "not_planned"] = "completed"
    ) -> Issue:
        """Closes an issue. `repository` is owner/name."""
        sent = {"state": "closed", "state_reason": reason}
        return _issue(self._web.call("PATCH", f"{_at(repository)}/issues/{number}", json=sent).json())

    def latest_release(self, repository: str) -> Release | None:
        """The newest release that is published and no preview; None when there is none. `repository` is owner/name."""
        answer = self._web.call("GET", f"{_at(repository)}/releases/latest", check=False)
        if answer.status == 404:
            return None
        if answer.status >= 400:
            raise self._web.refusal(answer)
        found = answer.json()
        published = datetime.fromisoformat(found["published_at"])
        return Release(found["tag_name"], found["name"] or "", found["body"] or "", found["html_url"], published)

    def start_workflow(
        self, repository: str, workflow: str, *, ref: str = "main", inputs: Mapping[str, str] | None = None
    ) -> None:
        """Starts a workflow that has a `workflow_dispatch`. `repository` is owner/name.

        `workflow` is the name of its file, such as nightly.yml. `ref` is a branch or a tag. `inputs` are what it asks
        for.
        """
        sent = {"ref": ref, "inputs": dict(inputs or {})}
        self._web.call("POST", f"{_at(repository)}/actions/workflows/{quote(workflow, safe='')}/dispatches", json=sent)

    def _pages(self, path: str, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What a list has, asked for page by page as it is read."""
        page = 1
        while True:
            asked = {**query, "per_page": _PAGE, "page": page}
            found: list[dict[str, Any]] = self._web.call("GET", path, query=asked).json()
            yield from found
            if len(found) < _PAGE:
                return
            page += 1


def _checked(repository: str) -> str:
    owner, slash, name = repository.partition("/")
    if not owner or not slash or not name or "/" in name or any(each.isspace() for each in repository):
        raise ConnectorError(f"A repository is written owner/name, not “{repository}”.")
    return repository


def _at(repository: str) -> str:
    return f"/repos/{quote(_checked(repository))}"


def _issue(found: dict[str, Any]) -> Issue:
    closed = found.get("closed_at")
    return Issue(
        number=found["number"],
        title=found["title"],
        state=found["state"],
        author=(found.get("user") or {}).get("login", ""),
        labels=tuple(each["name"] for each in found.get("labels", ())),
        assignees=tuple(each["login"] for each in found.get("assignees") or ()),
        url=found["html_url"],
        body=found.get("body") or "",
        is_pull_request="pull_request" in found or "merged_at" in found,
        created_at=datetime.fromisoformat(found["created_at"]),
        updated_at=datetime.fromisoformat(found["updated_at"]),
        closed_at=None if closed is None else datetime.fromisoformat(closed),
    )
