"""Posts the exchange rate of two currencies to Slack."""

import logging

from clockhouse.connectors import http, slack
from clockhouse.kit import Secret, TaskConfig, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    base: str = setting("The currency of which there is one", default="EUR", pattern=r"[A-Z]{3}")
    other: str = setting("The currency in which it is told", default="USD", pattern=r"[A-Z]{3}")
    only_below: float | None = setting("Post only when the rate is below this", default=None)
    slack_webhook_url: Secret = setting("Incoming webhook of the channel")
    rates_url: str = setting("Where the rates are", default="https://api.frankfurter.dev/v1")


def main(config: Config) -> None:
    rates = http.Client(config.rates_url)
    found = rates.get_json("/latest", query={"base": config.base, "symbols": config.other})
    rate = found["rates"][config.other]
    log.info("1 %s = %.4f %s on %s", config.base, rate, config.other, found["date"])
    if config.only_below is not None and rate >= config.only_below:
        log.info("Not below %s, so nothing is posted", config.only_below)
        return
    channel = slack.WebhookClient(webhook_url=config.slack_webhook_url)
    channel.post(f"1 {config.base} = {rate:.4f} {config.other} ({found['date']})")


if __name__ == "__main__":
    run(main)
