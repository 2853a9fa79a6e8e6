"""Keeps a table up to date with a repository's issues and pull requests."""

import logging
from typing import Any

from clockhouse.connectors import github, sql
from clockhouse.kit import Secret, TaskConfig, data_mapper, run, setting

log = logging.getLogger(__name__)

COLUMNS = """
    repository VARCHAR(200), number INTEGER, kind VARCHAR(20), state VARCHAR(20), title VARCHAR(500),
    author VARCHAR(100), updated_at VARCHAR(40), PRIMARY KEY (repository, number)
"""


class Config(TaskConfig):
    repository: str = setting(
        "GitHub repository, as owner/name", example="octo-org/website", pattern=r"[^/\s]+/[^/\s]+"
    )
    github_token: Secret | None = setting("GitHub token that may read it; not needed if it is public", default=None)
    database_url: Secret = setting("The database, as kind://user:password@host/name")
    table: str = setting("The table's name", default="github_issues", pattern=r"[A-Za-z_][A-Za-z0-9_]*")
    limit: int = setting("How many issues and pull requests are read at most", default=500, minimum=1, maximum=10000)
    github_url: str = setting("Where GitHub's API is", default="https://api.github.com", pattern=r"https?://.+")


@data_mapper
def to_row(issue: github.Issue, repository: str) -> dict[str, Any]:
    return {
        "repository": repository,
        "number": issue.number,
        "kind": "pull request" if issue.is_pull_request else "issue",
        "state": issue.state,
        "title": issue.title[:500],
        "author": issue.author,
        "updated_at": issue.updated_at.isoformat(),
    }


def main(config: Config) -> None:
    repositories = github.Client(token=config.github_token, base_url=config.github_url)
    database = sql.Client(config.database_url)
    issues = repositories.issues(config.repository, state="all", limit=config.limit)
    pulls = repositories.pull_requests(config.repository, state="all", limit=config.limit)
    rows = [to_row(issue, config.repository) for issue in [*issues, *pulls]]
    database.execute(f"CREATE TABLE IF NOT EXISTS {config.table} ({COLUMNS})")
    database.upsert(config.table, rows, key=["repository", "number"])
    log.info("Wrote %s issues and %s pull requests of %s", len(issues), len(pulls), config.repository)


if __name__ == "__main__":
    run(main)
