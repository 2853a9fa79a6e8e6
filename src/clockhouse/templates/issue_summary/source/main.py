"""Posts a summary of a repository's issues by status to a group chat."""

import logging
from typing import Literal

from clockhouse.connectors import github, google_chat, ms_teams, slack
from clockhouse.kit import Secret, TaskConfig, data_mapper, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    repository: str = setting(
        "GitHub repository, as owner/name", example="octo-org/website", pattern=r"[^/\s]+/[^/\s]+"
    )
    states: list[str] = setting("Issue states to count", default=["open", "closed"], choices=["open", "closed"])
    github_token: Secret | None = setting(
        "GitHub token that may read issues; not needed if they are public", default=None
    )
    chat: Literal["google_chat", "slack", "ms_teams"] = setting("Where the summary is posted", default="google_chat")
    chat_webhook_url: Secret = setting("Incoming webhook of the chat")
    github_url: str = setting("Where GitHub's API is", default="https://api.github.com", pattern=r"https?://.+")


@data_mapper
def to_message(repository: str, counts: dict[str, int]) -> str:
    lines = [f"{state}: {count}" for state, count in counts.items()]
    return "\n".join([f"Issues of {repository}", *lines])


def main(config: Config) -> None:
    repositories = github.Client(token=config.github_token, base_url=config.github_url)
    counts: dict[str, int] = {}
    for state in config.states:
        counts[state] = repositories.count_issues(config.repository, state=state)
        log.info("%s: %s issues", state, counts[state])
    message = to_message(config.repository, counts)
    match config.chat:
        case "google_chat":
            space = google_chat.Client(webhook_url=config.chat_webhook_url)
            space.post(message)
        case "slack":
            channel = slack.WebhookClient(webhook_url=config.chat_webhook_url)
            channel.post(message)
        case "ms_teams":
            team = ms_teams.Client(webhook_url=config.chat_webhook_url)
            team.post(message)
    log.info("Posted the summary of %s to %s", config.repository, config.chat)


if __name__ == "__main__":
    run(main)
