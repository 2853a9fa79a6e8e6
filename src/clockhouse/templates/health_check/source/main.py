"""Checks an application and logs whether it is healthy."""

import logging
import time

from clockhouse.connectors import ConnectorError, http
from clockhouse.kit import Secret, TaskConfig, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    url: str = setting(
        "Health endpoint of the application", example="https://app.example.com/healthz", pattern=r"https?://.+"
    )
    bearer_token: Secret | None = setting("Token that the endpoint asks for, if it does", default=None)
    timeout_seconds: float = setting("How long to wait for an answer, in seconds", default=5.0, minimum=0.1, maximum=60)
    expected_status: int = setting("The status of a healthy answer", default=200, minimum=100, maximum=599)


def main(config: Config) -> None:
    application = http.Client(token=config.bearer_token, timeout_seconds=config.timeout_seconds, tries=1)
    began = time.monotonic()
    try:
        answer = application.get(config.url, check=False)
    except ConnectorError as error:
        log.error("Unhealthy: no answer from %s (%s)", config.url, error)
        raise SystemExit(1) from None
    took_ms = (time.monotonic() - began) * 1000
    if answer.status != config.expected_status:
        log.error("Unhealthy: %s answered %s in %.0f ms", config.url, answer.status, took_ms)
        raise SystemExit(1)
    log.info("Healthy: %s answered %s in %.0f ms", config.url, answer.status, took_ms)


if __name__ == "__main__":
    run(main)
