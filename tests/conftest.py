"""What every test may ask for."""

from asyncio import events
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings
from tests.support import programs
from tests.support.docker import busybox, docker_engine, python_image
from tests.support.postgres import postgres

__all__ = ["busybox", "docker_engine", "postgres", "python_image"]


def pytest_configure() -> None:
    """Properties are about what is computed, never about how long it takes on a busy machine."""
    settings.register_profile(
        "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
    )
    settings.load_profile("untimed")
    programs.are_forked = True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    with _without_the_browsers_loop(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    with _without_the_browsers_loop(item):
        return (yield)


@contextmanager
def _without_the_browsers_loop(item: pytest.Item) -> Iterator[None]:
    """An open browser leaves its event loop running in this thread, where other tests run loops of their own."""
    loop = events._get_running_loop()
    if loop is None or item.get_closest_marker("browser"):
        yield
        return
    events._set_running_loop(None)
    try:
        yield
    finally:
        events._set_running_loop(loop)
