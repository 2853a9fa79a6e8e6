"""Drafts: changes over a commit's files, which stay within their folder, and what environment they need."""

from __future__ import annotations

import os

import pytest

from clockhouse.builders import draft
from clockhouse.errors import Conflict, Invalid
from clockhouse.model.recipe import Recipe
from clockhouse.model.source import SourceKind


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "source"
    (made / "lib").mkdir(parents=True)
    (made / "main.py").write_text("print()\n")
    (made / "lib" / "text.py").write_text("x = 1\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.py").write_text("kept")
    (made / "away").symlink_to(outside, target_is_directory=True)
    (made / "lib" / "further").symlink_to("../../outside", target_is_directory=True)
    (made / "one.py").symlink_to(outside / "kept.py")
    return made


def test_files_are_written_replaced_and_removed(folder):
    draft.change(folder, {"a/b/new.py": "1", "main.py": "2", "lib/text.py": None, "not/there.py": None})
    assert (folder / "a/b/new.py").read_text() == "1"
    assert (folder / "main.py").read_text() == "2"
    assert not (folder / "lib/text.py").exists()
    assert not (folder / "not").exists()


@pytest.mark.parametrize("path", ["away/new.py", "away/kept.py", "lib/further/kept.py", "away/deep/new.py"])
@pytest.mark.parametrize("content", ["x", None])
def test_what_leads_through_a_link_is_refused(folder, path, content):
    with pytest.raises(Invalid, match="is a file or a link"):
        draft.change(folder, {path: content})
    outside = folder.parent / "outside"
    assert {each.name: each.read_text() for each in outside.iterdir()} == {"kept.py": "kept"}


def test_a_link_is_replaced_not_followed(folder):
    draft.change(folder, {"one.py": "mine"})
    assert (folder / "one.py").read_text() == "mine"
    assert (folder.parent / "outside" / "kept.py").read_text() == "kept"
    draft.change(folder, {"away": None})
    assert not os.path.lexists(folder / "away")


@pytest.mark.parametrize(("path", "words"), [("lib", "is a folder"), ("main.py/x.py", "is a file")])
def test_a_folder_or_a_file_in_the_way_is_refused(folder, path, words):
    with pytest.raises(Invalid, match=words):
        draft.change(folder, {path: "x"})


def test_another_python_needs_another_environment(folder):
    found = [draft.read(folder, Recipe(python=version)).likeness for version in (None, "3.11", "3.12", "3.12")]
    assert found == [draft.likeness_of(folder, Recipe(python=version)) for version in (None, "3.11", "3.12", "3.12")]
    assert len(set(found)) == 3


def test_it_is_what_was_chosen_not_what_was_detected(folder):
    (folder / "Dockerfile").write_text("FROM scratch\n")
    assert draft.read(folder, Recipe(kind=SourceKind.PYTHON)).entry.path == "main.py"
    with pytest.raises(Conflict):
        draft.read(folder, Recipe())
