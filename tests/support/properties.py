"""How much is tried of what takes long: some of it in `make test`, much in `make test-long`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

Test = TypeVar("Test", bound=Callable[..., object])

IS_THOROUGH = "CLOCKHOUSE_THOROUGH" in os.environ


def on_a_database(examples: int) -> Callable[[Test], Test]:
    """Marks a property as one to be tried with so many examples, and where there is time with eight times as many."""
    chosen = settings(
        max_examples=examples * 8 if IS_THOROUGH else examples,
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: pytest.mark.thorough(chosen(test))
