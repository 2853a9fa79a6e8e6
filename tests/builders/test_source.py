"""The sources that Clockhouse manages."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.ledger import ledger
from tests.support.sources import Sources

from clockhouse.builders.readable import TEXT_MAX_BYTES
from clockhouse.builders.source import Author, Commit
from clockhouse.errors import Conflict, Invalid, NotFound, Unavailable
from clockhouse.store.tables.sources import git_objects

ANNA = Author("Anna Müller", "anna@example.org")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOSTILE_PATHS = [
    "",
    "/etc/passwd",
    "../outside.py",
    "a/../../outside.py",
    "a//b.py",
    "./a.py",
    "a/.",
    "a/",
    ".git/config",
    "lib/.GIT/hooks/post-checkout",
    ".git./x",
    "git~1/x",
    ".g\u200cit/config",
    "a\\..\\b.py",
    "nul\0.py",
    "new\nline.py",
    "x" * 256,
    "/".join(["deep"] * 300),
    "\ud800.py",
]


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Sources]:
    made = ledger(tmp_path / "clockhouse.db")
    yield Sources(made.database)
    made.database.close()


def create(sources: Sources, files: Mapping[str, str], component: str = "health") -> Commit:
    return sources.create(component, files, author=ANNA, message="Start", at=NOON)


def save(sources: Sources, parent: Commit, changes: Mapping[str, str | None], at: datetime = NOON) -> Commit:
    return sources.commit("health", parent=parent.sha, changes=changes, author=ANNA, message="Change", at=at)


def texts(sources: Sources, commit: Commit) -> dict[str, str | None]:
    return {file.path: file.text for file in sources.read("health", commit.sha).files}


def test_a_created_repository_reads_back_as_it_was_given(sources: Sources) -> None:
    files = {"main.py": "print('héllo')\n", "lib/deep/er.py": "", "requirements.txt": "httpx\r\n"}
    commit = create(sources, files)
    assert commit == Commit(commit.sha, "Start", "Anna Müller", "anna@example.org", NOON)
    assert sources.head("health") == commit
    assert texts(sources, commit) == files


def test_git_itself_finds_the_repository_sound(sources: Sources, tmp_path: Path) -> None:
    first = create(sources, {"main.py": "1", "lib/a.py": "2", "lib.py": "3"})
    second = save(sources, first, {"lib/a.py": None, "main.py": "4"})
    folder = tmp_path / "health.git"
    sources.written_to("health", folder)
    told = subprocess.run(["git", "-C", folder, "fsck", "--strict"], capture_output=True, text=True, check=True)
    assert "error" not in told.stderr
    log = subprocess.run(
        ["git", "-C", folder, "log", "--format=%H", "main"], capture_output=True, text=True, check=True
    )
    assert log.stdout.split() == [second.sha, first.sha]


def test_a_component_has_one_repository(sources: Sources) -> None:
    commit = create(sources, {"main.py": "1"})
    with pytest.raises(Conflict):
        create(sources, {"main.py": "2"})
    assert sources.head("health") == commit


def test_a_failed_creation_leaves_nothing(sources: Sources) -> None:
    with pytest.raises(Invalid):
        create(sources, {"a": "file", "a/b": "inside"})
    assert sources.count() == 0
    assert sources.head("health") is None


def test_there_is_no_head_before_there_is_a_repository(sources: Sources) -> None:
    assert sources.head("health") is None
    with pytest.raises(NotFound):
        sources.commits("health")


def test_history_is_paged_newest_first(sources: Sources) -> None:
    made = [create(sources, {"main.py": "0"})]
    for number in range(1, 6):
        made.append(save(sources, made[-1], {"main.py": str(number)}, NOON + timedelta(minutes=number)))
    newest_first = made[::-1]
    assert sources.commits("health") == newest_first
    first_page = sources.commits("health", limit=4)
    assert first_page == newest_first[:4]
    assert sources.commits("health", limit=4, before=first_page[-1].sha) == newest_first[4:]
    assert sources.commits("health", before=made[0].sha) == []


@pytest.mark.parametrize("sha", ["0" * 40, "main", "", "../../x", "A" * 40])
def test_an_unknown_commit_is_not_found(sources: Sources, sha: str, tmp_path: Path) -> None:
    create(sources, {"main.py": "1"})
    with pytest.raises(NotFound):
        sources.read("health", sha)
    with pytest.raises(NotFound):
        sources.check_out("health", sha, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_changes_add_replace_and_delete(sources: Sources) -> None:
    first = create(sources, {"main.py": "1", "old/a.py": "2", "kept.py": "3"})
    second = save(sources, first, {"main.py": "one", "old/a.py": None, "new/b.py": "4"})
    assert texts(sources, second) == {"main.py": "one", "new/b.py": "4", "kept.py": "3"}
    assert texts(sources, first) == {"main.py": "1", "old/a.py": "2", "kept.py": "3"}


def test_a_file_may_become_a_folder_in_one_commit(sources: Sources) -> None:
    first = create(sources, {"lib": "file"})
    second = save(sources, first, {"lib": None, "lib/a.py": "inside"})
    assert texts(sources, second) == {"lib/a.py": "inside"}


def test_a_change_to_an_older_version_is_a_conflict(sources: Sources) -> None:
    first = create(sources, {"main.py": "1"})
    second = save(sources, first, {"main.py": "2"})
    with pytest.raises(Conflict):
        save(sources, first, {"main.py": "3"})
    assert sources.head("health") == second


@pytest.mark.parametrize("changes", [{}, {"main.py": "1"}])
def test_a_commit_that_changes_nothing_is_refused(sources: Sources, changes: dict[str, str | None]) -> None:
    first = create(sources, {"main.py": "1"})
    with pytest.raises(Invalid):
        save(sources, first, changes)


def test_deleting_what_is_not_there_is_refused(sources: Sources) -> None:
    first = create(sources, {"main.py": "1"})
    with pytest.raises(Invalid) as refused:
        save(sources, first, {"other.py": None})
    assert "other.py" in refused.value.fields


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_a_hostile_path_is_refused(sources: Sources, path: str) -> None:
    first = create(sources, {"main.py": "1"})
    with pytest.raises(Invalid) as refused:
        save(sources, first, {path: "harm"})
    assert path in refused.value.fields
    assert sources.head("health") == first


def test_a_file_too_large_for_the_editor_is_refused(sources: Sources) -> None:
    with pytest.raises(Invalid) as refused:
        create(sources, {"data.csv": "x" * (TEXT_MAX_BYTES + 1)})
    assert "data.csv" in refused.value.fields


@pytest.mark.parametrize("message", ["", "  \n", "a\0b"])
def test_a_commit_needs_a_message(sources: Sources, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        sources.create("health", {"main.py": "1"}, author=ANNA, message=message, at=NOON)
    assert "message" in refused.value.fields


def test_a_name_cannot_forge_another_author(sources: Sources) -> None:
    forged = Author("Eve <boss@example.org> 1 +0000\nauthor Boss", "eve@example.org")
    commit = sources.create("health", {"main.py": "1"}, author=forged, message="m", at=NOON)
    head = sources.head("health")
    assert head == commit
    assert commit.author_email == "eve@example.org"


def test_binary_and_large_files_have_no_text(sources: Sources, tmp_path: Path) -> None:
    create(sources, {"main.py": "1"})
    large = b"x" * (TEXT_MAX_BYTES + 1)
    sha = sources.pushed(
        "health", {b"a.bin": (0o100644, b"\0\1"), b"b.txt": (0o100644, b"\xff\xfe"), b"c.txt": (0o100644, large)}
    )
    found = [(file.path, file.size_bytes, file.text) for file in sources.read("health", sha).files]
    assert found == [("a.bin", 2, None), ("b.txt", 2, None), ("c.txt", len(large), None)]


def test_a_check_out_writes_files_and_keeps_what_is_executable(sources: Sources, tmp_path: Path) -> None:
    create(sources, {"main.py": "1"})
    sha = sources.pushed("health", {b"main.py": (0o100644, b"1"), b"bin/run.sh": (0o100755, b"#!/bin/sh\n")})
    sources.check_out("health", sha, tmp_path / "out")
    assert (tmp_path / "out/main.py").read_text() == "1"
    assert not (tmp_path / "out/main.py").stat().st_mode & stat.S_IXUSR
    assert (tmp_path / "out/bin/run.sh").stat().st_mode & stat.S_IXUSR


def test_a_check_out_does_not_write_into_a_folder_that_exists(sources: Sources, tmp_path: Path) -> None:
    commit = create(sources, {"main.py": "1"})
    (tmp_path / "out").mkdir()
    with pytest.raises(Unavailable):
        sources.check_out("health", commit.sha, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_symbolic_links_and_submodules_are_left_out(sources: Sources, tmp_path: Path) -> None:
    create(sources, {"main.py": "1"})
    sha = sources.pushed(
        "health",
        {
            b"link": (0o120000, b"/etc/passwd"),
            b"up": (0o120000, b"../.."),
            b"sub": (0o160000, b""),
            b"main.py": (0o100644, b"1"),
        },
    )
    sources.check_out("health", sha, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["main.py"]
    assert [file.path for file in sources.read("health", sha).files] == ["main.py"]


@pytest.mark.parametrize("path", [b"../harm.py", b"a/../../harm.py", b".git/config", b"a\\b.py"])
def test_a_hostile_path_in_a_commit_is_never_written(sources: Sources, tmp_path: Path, path: bytes) -> None:
    create(sources, {"main.py": "1"})
    sha = sources.pushed("health", {path: (0o100644, b"harm")})
    with pytest.raises(Invalid):
        sources.check_out("health", sha, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "harm.py").exists()


def test_links_survive_an_edit_of_another_file(sources: Sources, tmp_path: Path) -> None:
    first = create(sources, {"main.py": "1"})
    sha = sources.pushed("health", {b"link": (0o120000, b"main.py"), b"main.py": (0o100755, b"1")})
    sources.move("health", first.sha, sha)
    edited = sources.commit("health", parent=sha, changes={"main.py": "2"}, author=ANNA, message="m", at=NOON)
    folder = tmp_path / "health.git"
    sources.written_to("health", folder)
    told = subprocess.run(["git", "-C", folder, "ls-tree", edited.sha], capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in told.stdout.splitlines()] == ["120000", "100755"]


def test_of_writers_at_once_exactly_one_wins(sources: Sources) -> None:
    first = create(sources, {"main.py": "start"})
    start = threading.Barrier(8)

    def write(number: int) -> Commit | None:
        start.wait(timeout=30)
        try:
            return save(sources, first, {"main.py": str(number)})
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as threads:
        won = [commit for commit in threads.map(write, range(8)) if commit]
    assert won == [sources.head("health")]
    assert len(sources.commits("health")) == 2


ENDLESS_WRITER = """
import sys
from pathlib import Path
from tests.support.sources import Sources
from clockhouse.builders.source import Author
from clockhouse.store.sqlite import SQLite
from clockhouse.task import SystemClock

sources = Sources(SQLite(Path(sys.argv[1]), SystemClock()))
head = sources.head("health").sha
for number in range(1_000_000):
    changes = {f"f{number % 7}/main.py": str(number), "main.py": str(number)}
    head = sources.commit("health", parent=head, changes=changes, author=Author("a", "b"), message="m").sha
    print(head, flush=True)
"""


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_leaves_whole_commits(sources: Sources, tmp_path: Path) -> None:
    create(sources, {"main.py": "start"})
    for commits in range(1, 4):
        command = [sys.executable, "-c", ENDLESS_WRITER, str(tmp_path / "clockhouse.db")]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        for _ in range(commits):
            told = writer.stdout.readline().strip()
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        head = sources.head("health")
        assert head is not None
        assert told in {commit.sha for commit in sources.commits("health")}
        assert sources.read("health", head.sha).files
        save(sources, head, {"main.py": f"after {commits}"})
    sources.written_to("health", tmp_path / "health.git")
    command = ["git", "-C", str(tmp_path / "health.git"), "fsck", "--strict", "--unreachable"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""


def test_a_removed_repository_is_gone_and_may_be_made_again(sources: Sources) -> None:
    create(sources, {"main.py": "1"})
    sources.remove("health")
    sources.remove("health")
    assert sources.count() == 0
    assert create(sources, {"main.py": "2"}) == sources.head("health")


def test_a_disk_that_refuses_is_told_as_unavailable(sources: Sources, tmp_path: Path) -> None:
    commit = create(sources, {"main.py": "1"})
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unavailable) as refused:
        sources.check_out("health", commit.sha, tmp_path / "file" / "out")
    assert "data directory" in refused.value.sentence


@pytest.mark.parametrize("content", [b"no compressed text", zlib.compress(b"another text")])
def test_a_damaged_part_is_told_and_not_shown(sources: Sources, content: bytes) -> None:
    commit = create(sources, {"main.py": "1"})
    with sources.database.begin() as tx:
        tx.execute(git_objects.update().where(git_objects.c.kind == 3).values(content=content))
    with pytest.raises(Unavailable, match="damaged"):
        sources.read("health", commit.sha)


def test_a_missing_part_is_told(sources: Sources, tmp_path: Path) -> None:
    commit = create(sources, {"main.py": "1"})
    with sources.database.begin() as tx:
        tx.execute(git_objects.delete().where(git_objects.c.kind == 3))
    with pytest.raises(Unavailable, match="missing"):
        sources.check_out("health", commit.sha, tmp_path / "out")


NAMES = st.sampled_from(["a", "b", "lib", "main.py", "ü.txt"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
CHANGES = st.lists(st.dictionaries(PATHS, st.none() | TEXTS, max_size=4), max_size=5)


def applied(files: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """What the files should be afterwards, told by the plainest means."""
    gone = {path for path, text in changes.items() if text is None}
    added = {path: text for path, text in changes.items() if text is not None}
    return {path: text for path, text in files.items() if path not in gone} | added


def is_lawful(files: Mapping[str, str], changes: Mapping[str, str | None]) -> bool:
    after = applied(files, changes)
    clash = any(path.startswith(f"{other}/") for path in after for other in after)
    missing = any(text is None and path not in files for path, text in changes.items())
    return not clash and not missing and after != files


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(sequence=CHANGES)
def test_any_sequence_of_changes_reads_back_equal(sequence: list[dict[str, str | None]], sources: Sources) -> None:
    sources.remove("health")
    files: dict[str, str] = {"start": "x"}
    head = create(sources, files)
    made = [(head, files)]
    for changes in sequence:
        if not is_lawful(files, changes):
            with pytest.raises(Invalid):
                save(sources, head, changes)
            continue
        head, files = save(sources, head, changes), applied(files, changes)
        made.append((head, files))
    assert sources.commits("health") == [commit for commit, _ in reversed(made)]
    for commit, then in made:
        assert texts(sources, commit) == then
