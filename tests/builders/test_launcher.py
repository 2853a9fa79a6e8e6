"""The small file that starts an execution is written into the source, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from clockhouse.builders import launcher
from clockhouse.builders.base import Entry, Problem
from clockhouse.builders.start import Form, Start

COMMAND = Start(Form.COMMAND, "python report.py", None, "the task of the Procfile")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def test_it_takes_the_place_of_a_file_of_that_name(source: Path) -> None:
    (source / launcher.NAME).write_text("x = 1\n")

    assert launcher.write(source, COMMAND) == Entry(launcher.NAME, None)
    assert (source / launcher.NAME).read_text() == launcher.text(COMMAND)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_of_that_name_leads_nowhere(source: Path, tmp_path: Path, is_there: bool) -> None:
    elsewhere = tmp_path / "elsewhere.py"
    if is_there:
        elsewhere.write_text("of somebody else")
    (source / launcher.NAME).symlink_to(elsewhere)

    assert launcher.write(source, COMMAND) == Entry(launcher.NAME, None)

    assert not (source / launcher.NAME).is_symlink()
    assert elsewhere.exists() == is_there
    assert not is_there or elsewhere.read_text() == "of somebody else"


def test_a_folder_of_that_name_is_a_problem_of_the_source(source: Path) -> None:
    (source / launcher.NAME).mkdir()

    found = launcher.write(source, COMMAND)

    assert isinstance(found, Problem)
    assert "Rename that folder" in found.message
