"""GitHub, as its API answers."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.web import Peer, Reply, reply

from clockhouse.connectors import ConnectorError, github
from clockhouse.kit import Secret


def issue(number: int, **given: Any) -> dict[str, Any]:
    return {
        "number": number,
        "title": f"Issue {number}",
        "state": "open",
        "user": {"login": "ada"},
        "labels": [{"name": "bug"}],
        "assignees": [{"login": "bob"}],
        "html_url": f"https://github.com/o/n/issues/{number}",
        "body": None,
        "created_at": "2026-11-01T08:00:00Z",
        "updated_at": "2026-11-02T08:00:00Z",
        "closed_at": None,
        **given,
    }


def test_issues_are_counted_as_the_search_counts_them(other: Peer) -> None:
    other.on("GET /search/issues", reply({"total_count": 12, "items": []}))
    client = github.Client(token=Secret("t"), base_url=other.url)

    assert client.count_issues("octo/site", state="closed", labels=["good first issue"]) == 12
    assert client.count_issues("octo/site", state="all") == 12

    first, second = other.asked
    assert first.query["q"] == ['repo:octo/site is:issue label:"good first issue" state:closed']
    assert second.query["q"] == ["repo:octo/site is:issue"]
    assert first.headers["authorization"] == "Bearer t"
    assert first.headers["accept"] == "application/vnd.github+json"


def test_issues_are_read_page_by_page_without_pull_requests(other: Peer) -> None:
    full = [issue(n) if n % 2 else issue(n, pull_request={}) for n in range(100)]
    other.on("GET /repos/octo/site/issues", reply(full), reply([issue(200, closed_at="2026-11-03T08:00:00Z")]))

    found = github.Client(base_url=other.url).issues("octo/site", since=datetime(2026, 11, 1, tzinfo=UTC))

    assert len(found) == 51
    assert found[0] == github.Issue(
        number=1,
        title="Issue 1",
        state="open",
        author="ada",
        labels=("bug",),
        assignees=("bob",),
        url="https://github.com/o/n/issues/1",
        body="",
        is_pull_request=False,
        created_at=datetime(2026, 11, 1, 8, tzinfo=UTC),
        updated_at=datetime(2026, 11, 2, 8, tzinfo=UTC),
        closed_at=None,
    )
    assert found[-1].closed_at == datetime(2026, 11, 3, 8, tzinfo=UTC)
    assert [each.query["page"] for each in other.asked] == [["1"], ["2"]]
    assert other.asked[0].query["since"] == ["2026-11-01T00:00:00+00:00"]
    assert "authorization" not in other.asked[0].headers


def test_no_more_pages_are_read_than_wanted(other: Peer) -> None:
    other.on("GET /repos/octo/site/pulls", reply([issue(n, merged_at=None) for n in range(100)]))

    found = github.Client(base_url=other.url).pull_requests("octo/site", limit=3)

    assert [each.number for each in found] == [0, 1, 2]
    assert all(each.is_pull_request for each in found)
    assert len(other.asked) == 1


def test_an_issue_is_opened_answered_and_closed(other: Peer) -> None:
    other.on("POST /repos/octo/site/issues", reply(issue(7), 201))
    other.on("POST /repos/octo/site/issues/7/comments", reply({}, 201))
    other.on("PATCH /repos/octo/site/issues/7", reply(issue(7, state="closed")))
    other.on("POST /repos/octo/site/actions/workflows/nightly.yml/dispatches", Reply(204))
    client = github.Client(token=Secret("t"), base_url=other.url)

    made = client.create_issue("octo/site", "Broken", labels=["bug"])
    client.comment("octo/site", made.number, "Looking.")
    assert client.close_issue("octo/site", made.number, reason="not_planned").state == "closed"
    client.start_workflow("octo/site", "nightly.yml", inputs={"level": "2"})

    assert [each.json() for each in other.asked] == [
        {"title": "Broken", "body": "", "labels": ["bug"]},
        {"body": "Looking."},
        {"state": "closed", "state_reason": "not_planned"},
        {"ref": "main", "inputs": {"level": "2"}},
    ]


def test_a_repository_without_a_release_has_none(other: Peer) -> None:
    client = github.Client(base_url=other.url)
    assert client.latest_release("octo/site") is None

    made = {"tag_name": "v1", "name": None, "body": "New", "html_url": "u", "published_at": "2026-11-01T08:00:00Z"}
    other.on("GET /repos/octo/site/releases/latest", reply(made))
    assert client.latest_release("octo/site") == github.Release(
        "v1", "", "New", "u", datetime(2026, 11, 1, 8, tzinfo=UTC)
    )


def test_what_github_refuses_is_told(other: Peer) -> None:
    other.on("GET /search/issues", reply({"message": "Validation Failed", "errors": []}, 422))

    with pytest.raises(ConnectorError, match=r"GitHub answered 422: Validation Failed. Correct what is sent"):
        github.Client(base_url=other.url).count_issues("octo/site")


@pytest.mark.parametrize("repository", ["site", "a/b/c", "/b", "a/", "a/b c", "https://github.com/a/b"])
def test_a_repository_that_is_written_otherwise_is_told(repository: str) -> None:
    with pytest.raises(ConnectorError, match="A repository is written owner/name"):
        github.Client().issues(repository)
