"""Checks an application and logs whether it is healthy."""

import logging
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from clockhouse.kit import TaskConfig, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    url: str = setting(
        "Health endpoint of the application", example="https://app.example.com/healthz", pattern=r"https?://.+"
    )
    timeout_seconds: float = setting("How long to wait for an answer, in seconds", default=5.0, minimum=0.1, maximum=60)
    expected_status: int = setting("The status of a healthy answer", default=200, minimum=100, maximum=599)


def main(config: Config) -> None:
    began = time.monotonic()
    try:
        status = status_of(config.url, config.timeout_seconds)
    except (OSError, HTTPException) as error:
        log.error("Unhealthy: no answer from %s (%s)", config.url, getattr(error, "reason", error))
        raise SystemExit(1) from None
    took_ms = (time.monotonic() - began) * 1000
    if status != config.expected_status:
        log.error("Unhealthy: %s answered %s in %.0f ms", config.url, status, took_ms)
        raise SystemExit(1)
    log.info("Healthy: %s answered %s in %.0f ms", config.url, status, took_ms)


def status_of(url: str, timeout_seconds: float) -> int:
    request = Request(url, headers={"User-Agent": "Clockhouse health check"})
    try:
        with urlopen(request, timeout=timeout_seconds) as answer:
            return answer.status
    except HTTPError as answer:  # an answer all the same, with a status of 400 or above
        with answer:
            return answer.code


if __name__ == "__main__":
    run(main)
