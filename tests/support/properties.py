"""Properties that take a database for each example: some examples in `make test`, many in `make test-long`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

Test = TypeVar("Test", bound=Callable[..., object])


def on_a_database(examples: int) -> Callable[[Test], Test]:
    """Marks a property as one to be tried with so many examples, and where there is time with eight times as many."""
    is_thorough = "CLOCKHOUSE_THOROUGH" in os.environ
    chosen = settings(
        max_examples=examples * 8 if is_thorough else examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: pytest.mark.thorough(chosen(test))
