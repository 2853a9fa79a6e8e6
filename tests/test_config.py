"""What a server is told, and where its things are."""

from __future__ import annotations

import io
import json

import pytest

from clockhouse import telemetry
from clockhouse.config import Config


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8420"),
        ("0.0.0.0", "http://127.0.0.1:8420"),
        ("::", "http://127.0.0.1:8420"),
        ("::1", "http://[::1]:8420"),
        ("clock.example.org", "http://clock.example.org:8420"),
    ],
)
def test_the_address_is_one_that_a_browser_here_reaches(host, address):
    assert Config(host=host).base_url == address


def test_everything_is_kept_in_the_data_directory(tmp_path):
    config = Config(data=tmp_path)
    kept = {name: getattr(config, name) for name in dir(config) if name.endswith(("_file", "_folder"))}
    assert {path.parent for path in [*kept.values(), config.artifacts, config.repositories]} == {tmp_path}
    assert len(set(kept.values())) == len(kept)


def test_the_key_may_be_kept_elsewhere(tmp_path):
    assert Config(data=tmp_path, key=tmp_path / "elsewhere" / "a.key").key_file == tmp_path / "elsewhere" / "a.key"


def test_a_log_line_is_an_event_with_its_facts():
    import structlog

    said = io.StringIO()
    before = structlog.get_config()
    try:
        telemetry.configure("info", said)
        telemetry.logger("tests").info("thing.happened", count=3)
        telemetry.logger("tests").debug("thing.seen")
    finally:
        structlog.configure(**before)
    [line] = said.getvalue().splitlines()
    assert json.loads(line) | {"timestamp": ""} == {
        "event": "thing.happened",
        "count": 3,
        "part": "tests",
        "level": "info",
        "timestamp": "",
    }
