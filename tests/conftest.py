"""What every test may ask for."""

from tests.support.docker import busybox, docker_engine, python_image
from tests.support.postgres import postgres

__all__ = ["busybox", "docker_engine", "postgres", "python_image"]
