"""Hints are commands that can be typed as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.support.server import free_port

from clockhouse.cli.hints import hint, towards


@pytest.mark.parametrize(
    ("server", "data", "variables", "told"),
    [
        (None, None, {}, "clockhouse deploy shop/report"),
        (None, Path("my data"), {}, "CLOCKHOUSE_DATA='my data' clockhouse deploy shop/report"),
        (None, Path("other"), {"CLOCKHOUSE_DATA": "other"}, "clockhouse deploy shop/report"),
        (
            "http://a:1",
            None,
            {"CLOCKHOUSE_SERVER": "http://b:1"},
            "CLOCKHOUSE_SERVER=http://a:1 clockhouse deploy shop/report",
        ),
    ],
)
def test_a_hint_leads_to_the_same_server(
    server: str | None, data: Path | None, variables: dict[str, str], told: str
) -> None:
    with towards(server, data, variables):
        assert hint("deploy shop/report") == told
    assert hint("deploy shop/report") == "clockhouse deploy shop/report"


def test_where_no_server_answers_the_data_directory_that_named_it_is_told(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "elsewhere"
    assert f"No server's address is in the data directory {data}" in run("executions", "--data", str(data)).err
    data.mkdir()
    (data / "address").write_text(f"http://127.0.0.1:{free_port()}")
    assert f"That address is from the data directory {data}." in run("executions", "--data", str(data)).err
    said = run("executions", "--server", f"http://127.0.0.1:{free_port()}").err
    assert "does not answer" in said
    assert "data directory" not in said
