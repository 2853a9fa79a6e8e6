"""Checks a number that a database knows, and alerts when it is too high."""

import logging

from clockhouse.connectors import slack, sql
from clockhouse.kit import Secret, TaskConfig, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    name: str = setting("What is counted", example="Failed orders")
    query: str = setting("The query for the number", example="SELECT count(*) FROM orders WHERE state = 'failed'")
    limit: float = setting("The highest number that is fine", default=0)
    database_url: Secret = setting("The database, as kind://user:password@host/name")
    slack_webhook_url: Secret = setting("Incoming webhook of the channel")


def main(config: Config) -> None:
    database = sql.Client(config.database_url)
    number = database.value(config.query)
    if number is None:
        raise RuntimeError("The query gives no number.")
    if number <= config.limit:
        log.info("%s: %s, which is fine", config.name, number)
        return
    channel = slack.WebhookClient(webhook_url=config.slack_webhook_url)
    channel.post(f"{config.name}: {number}, more than {config.limit:g}")
    log.error("%s: %s, more than %g", config.name, number, config.limit)
    raise SystemExit(1)


if __name__ == "__main__":
    run(main)
