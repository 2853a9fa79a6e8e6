"""A clockhouse.yaml on the command line, against a real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.support.server import Server

pytestmark = pytest.mark.slow


def test_a_component_is_exported_compared_and_applied(at_server: Server, run: Run, tmp_path: Path) -> None:
    assert run("project", "create", "As code").code == 0
    assert run("component", "create", "as-code", "Report", "--template", "blank").code == 0
    file = tmp_path / "clockhouse.yaml"
    file.write_text(run("export", "as-code/report").out)
    assert file.read_text().startswith("# clockhouse.yaml of as-code/report")
    same = run("diff", "as-code/report", "-f", str(file))
    assert (same.code, same.out) == (0, "as-code/report is as the file says.\n")

    file.write_text('build: {python: "3.12"}\nenvironments: {development: {schedules: [{every: 10m}]}}\n')
    other = run("diff", "as-code/report", "-f", str(file))
    assert other.code == 3
    assert "build.python" in other.out
    applied = run("apply", "as-code/report", "-f", str(file))
    assert "counts from the first deployment on" in applied.out
    assert "1 changed, 1 to come." in applied.out
    assert 'python: "3.12"' in run("export", "as-code/report").out
    assert run("apply", "as-code/report", "--forget").code == 0

    file.write_text("environments:\n  production:\n    time_out: soon\n")
    refused = run("apply", "as-code/report", "-f", str(file))
    assert refused.code == 1
    assert "Line 3: Write a duration" in refused.err
    assert "No such file" in run("apply", "as-code/report", "-f", str(tmp_path / "none.yaml")).err
