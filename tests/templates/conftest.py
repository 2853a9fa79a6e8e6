"""Templates as modules, and the other side of their connectors."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.support.web import Peer, peer

from clockhouse import templates

Load = Callable[[str], ModuleType]
Perform = Callable[..., str]


@pytest.fixture
def other() -> Iterator[Peer]:
    with peer() as found:
        yield found


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """The module of a template, from a folder that has its files."""

    def loaded(key: str) -> ModuleType:
        for name, text in templates.get(key).files.items():
            (tmp_path / name).write_text(text)
        spec = importlib.util.spec_from_file_location(f"template_{key.replace('-', '_')}", tmp_path / "main.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded


@pytest.fixture
def perform(load: Load, caplog: pytest.LogCaptureFixture) -> Perform:
    """Runs a template with values for its configuration, and gives what it logged."""

    def performed(key: str, **values: Any) -> str:
        caplog.set_level(logging.INFO)
        caplog.clear()
        module = load(key)
        module.main(module.Config(**values))
        return caplog.text

    return performed
