"""Source files in a folder: nothing is lost, nothing leaves it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from clockhouse.cli import checkout
from clockhouse.cli.values import Ref
from clockhouse.errors import ClockhouseError, Conflict, Internal, Invalid

REF = Ref("shop", "front-page")


def source(files: dict[str, str | None], sha: str = "a" * 40) -> dict[str, Any]:
    return {
        "commit": {"sha": sha, "message": "m", "author": "maya", "at": "2026-11-22T08:00:00Z"},
        "files": [{"path": path, "size_bytes": 1, "text": text} for path, text in files.items()],
    }


def changes(folder: Path, files: dict[str, str | None]) -> dict[str, str | None]:
    return checkout.changes(folder, source(files), may_delete=True)


def test_files_are_written_as_they_are_and_nothing_has_changed_then(tmp_path: Path) -> None:
    files: dict[str, str | None] = {"main.py": "print()\r\n", "lib/words.txt": "é\u2028\n\n", "empty": ""}
    assert checkout.write(tmp_path / "new", REF, source(files)) == ["empty", "lib/words.txt", "main.py"]
    assert (tmp_path / "new/main.py").read_bytes() == b"print()\r\n"
    assert checkout.base(tmp_path / "new", REF) == "a" * 40
    assert changes(tmp_path / "new", files) == {}


def test_what_was_changed_added_and_deleted_is_found(tmp_path: Path) -> None:
    before: dict[str, str | None] = {"main.py": "1", "old.py": "2", "same.py": "3"}
    checkout.write(tmp_path, REF, source(before))
    (tmp_path / "main.py").write_text("10")
    (tmp_path / "old.py").unlink()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/new.py").write_text("4")
    found = changes(tmp_path, before)
    assert found == {"main.py": "10", "old.py": None, "lib/new.py": "4"}
    assert checkout.merged(source(before), found) == {"main.py": "10", "same.py": "3", "lib/new.py": "4"}


def test_a_folder_that_was_never_pulled_deletes_nothing(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("mine")
    assert checkout.base(tmp_path, REF) is None
    found = checkout.changes(tmp_path, source({"main.py": "theirs", "other.py": "x"}), may_delete=False)
    assert found == {"main.py": "mine"}


def test_what_tools_and_trials_leave_behind_is_not_source(tmp_path: Path) -> None:
    for path in (".git/config", ".venv/x.py", "__pycache__/m.pyc", ".env", "task.local.toml", ".mypy_cache/x", "m.pyc"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("secret")
    (tmp_path / ".gitignore").write_text("*.pyc\n")
    (tmp_path / "link.py").symlink_to("/etc/hostname")
    assert changes(tmp_path, {}) == {".gitignore": "*.pyc\n"}


def test_a_file_that_the_api_has_no_text_of_is_left_alone(tmp_path: Path) -> None:
    files: dict[str, str | None] = {"main.py": "1", "logo.png": None}
    assert checkout.write(tmp_path, REF, source(files)) == ["main.py"]
    assert checkout.unreadable(source(files)) == ["logo.png"]
    assert changes(tmp_path, files) == {}
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    assert changes(tmp_path, files) == {}


def test_files_that_cannot_be_saved_are_named(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\0")
    with (tmp_path / "big.csv").open("wb") as big:
        os.truncate(big.fileno(), 1_000_001)
    with pytest.raises(Invalid) as refused:
        changes(tmp_path, {})
    assert refused.value.fields == {"big.csv": "It is larger than 1 MB.", "logo.png": "It is not text."}


def test_a_pull_takes_over_what_others_changed_and_deleted(tmp_path: Path) -> None:
    checkout.write(tmp_path, REF, source({"main.py": "1", "old.py": "2"}))
    checkout.write(tmp_path, REF, source({"main.py": "10"}, "b" * 40))
    assert (tmp_path / "main.py").read_text() == "10"
    assert not (tmp_path / "old.py").exists()
    assert checkout.base(tmp_path, REF) == "b" * 40


@pytest.mark.parametrize("path", ["main.py", "old.py", "new.py"])
def test_a_pull_never_loses_what_was_not_saved(tmp_path: Path, path: str) -> None:
    checkout.write(tmp_path, REF, source({"main.py": "1", "old.py": "2"}))
    (tmp_path / path).write_text("mine")
    newer = source({"main.py": "10", "new.py": "3"}, "b" * 40)
    with pytest.raises(Conflict, match=f"overwritten: {path}"):
        checkout.write(tmp_path, REF, newer)
    assert (tmp_path / path).read_text() == "mine"
    assert checkout.base(tmp_path, REF) == "a" * 40
    checkout.write(tmp_path, REF, newer, is_forced=True)
    assert changes(tmp_path, {"main.py": "10", "new.py": "3"}) == {}


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "a/../../x", ".git/hooks/pre-commit", "a/.GIT/x", "a\\b", "", "a\0b"]
)
def test_a_path_that_leaves_the_folder_writes_nothing(tmp_path: Path, path: str) -> None:
    with pytest.raises(Internal, match="Nothing was written"):
        checkout.write(tmp_path / "in", REF, source({"main.py": "1", path: "2"}))
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "in"
    outside.mkdir()
    folder.mkdir()
    (folder / "lib").symlink_to(outside)
    (folder / "main.py").symlink_to(outside / "main.py")
    for path in ("lib/x.py", "main.py"):
        with pytest.raises(Conflict, match="link"):
            checkout.write(folder, REF, source({path: "1"}), is_forced=True)
    assert list(outside.iterdir()) == []


def test_a_folder_of_another_component_is_refused(tmp_path: Path) -> None:
    checkout.write(tmp_path, REF, source({"main.py": "1"}))
    other = Ref("shop", "checkout")
    with pytest.raises(Conflict, match="shop/front-page"):
        checkout.write(tmp_path, other, source({"main.py": "1"}))
    with pytest.raises(Conflict, match="shop/front-page"):
        checkout.base(tmp_path, other)


@pytest.mark.parametrize("content", ["", "[]", '{"commit": 1}'])
def test_a_spoilt_record_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / checkout.RECORD).write_text(content)
    with pytest.raises(ClockhouseError, match="Delete it and pull again"):
        checkout.base(tmp_path, REF)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="component pull shop/front-page"):
        checkout.base(tmp_path / "none", REF)
