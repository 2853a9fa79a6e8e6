"""Says hello."""

import logging

from clockhouse.kit import TaskConfig, run, setting

log = logging.getLogger(__name__)


class Config(TaskConfig):
    name: str = setting("Who to say hello to", default="world")


def main(config: Config) -> None:
    log.info("Hello, %s", config.name)


if __name__ == "__main__":
    run(main)
