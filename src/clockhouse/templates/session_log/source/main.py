"""Logs at an interval that a user's session has timed out."""

import logging
from datetime import UTC, datetime

from clockhouse.kit import TaskConfig, due_at, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    user: str = setting("User whose session is watched", example="alice")


def main(config: Config) -> None:
    at = due_at() or datetime.now(UTC)
    log.info("Session timed out for user %s at %s", config.user, f"{at:%Y-%m-%d %H:%M:%S} UTC")


if __name__ == "__main__":
    run(main)
