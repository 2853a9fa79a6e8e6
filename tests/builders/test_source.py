"""Repositories that Clockhouse manages."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dulwich import objects
from dulwich.index import commit_tree
from dulwich.repo import Repo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clockhouse.builders.source import TEXT_MAX_BYTES, Author, Commit, Repositories
from clockhouse.errors import Conflict, Invalid, NotFound, Unavailable

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
def repositories(tmp_path: Path) -> Repositories:
    return Repositories(tmp_path / "repositories")


def create(repositories: Repositories, files: Mapping[str, str], component: str = "health") -> Commit:
    return repositories.create(component, files, author=ANNA, message="Start", at=NOON)


def save(repositories: Repositories, parent: Commit, changes: Mapping[str, str | None], at: datetime = NOON) -> Commit:
    return repositories.commit("health", parent=parent.sha, changes=changes, author=ANNA, message="Change", at=at)


def texts(repositories: Repositories, commit: Commit) -> dict[str, str | None]:
    return {file.path: file.text for file in repositories.read("health", commit.sha).files}


def test_a_created_repository_reads_back_as_it_was_given(repositories: Repositories) -> None:
    files = {"main.py": "print('héllo')\n", "lib/deep/er.py": "", "requirements.txt": "httpx\r\n"}
    commit = create(repositories, files)
    assert commit == Commit(commit.sha, "Start", "Anna Müller", "anna@example.org", NOON)
    assert repositories.head("health") == commit
    assert texts(repositories, commit) == files


def test_git_itself_finds_the_repository_sound(repositories: Repositories, tmp_path: Path) -> None:
    first = create(repositories, {"main.py": "1", "lib/a.py": "2", "lib.py": "3"})
    second = save(repositories, first, {"lib/a.py": None, "main.py": "4"})
    folder = tmp_path / "repositories" / "health.git"
    told = subprocess.run(["git", "-C", folder, "fsck", "--strict"], capture_output=True, text=True, check=True)
    assert "error" not in told.stderr
    log = subprocess.run(
        ["git", "-C", folder, "log", "--format=%H", "main"], capture_output=True, text=True, check=True
    )
    assert log.stdout.split() == [second.sha, first.sha]


def test_a_component_has_one_repository(repositories: Repositories) -> None:
    commit = create(repositories, {"main.py": "1"})
    with pytest.raises(Conflict):
        create(repositories, {"main.py": "2"})
    assert repositories.head("health") == commit


def test_a_failed_creation_leaves_nothing(repositories: Repositories, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        create(repositories, {"a": "file", "a/b": "inside"})
    assert list((tmp_path / "repositories").iterdir()) == []
    assert repositories.head("health") is None


def test_there_is_no_head_before_there_is_a_repository(repositories: Repositories) -> None:
    assert repositories.head("health") is None
    with pytest.raises(NotFound):
        repositories.commits("health")


@pytest.mark.parametrize("component", ["", "..", "a/b", "../x", ".hidden", "a\0b", "ä"])
def test_a_component_name_cannot_lead_elsewhere(repositories: Repositories, component: str) -> None:
    with pytest.raises(NotFound):
        create(repositories, {"main.py": "1"}, component=component)


def test_history_is_paged_newest_first(repositories: Repositories) -> None:
    made = [create(repositories, {"main.py": "0"})]
    for number in range(1, 6):
        made.append(save(repositories, made[-1], {"main.py": str(number)}, NOON + timedelta(minutes=number)))
    newest_first = made[::-1]
    assert repositories.commits("health") == newest_first
    first_page = repositories.commits("health", limit=4)
    assert first_page == newest_first[:4]
    assert repositories.commits("health", limit=4, before=first_page[-1].sha) == newest_first[4:]
    assert repositories.commits("health", before=made[0].sha) == []


@pytest.mark.parametrize("sha", ["0" * 40, "main", "", "../../x", "A" * 40])
def test_an_unknown_commit_is_not_found(repositories: Repositories, sha: str, tmp_path: Path) -> None:
    create(repositories, {"main.py": "1"})
    with pytest.raises(NotFound):
        repositories.read("health", sha)
    with pytest.raises(NotFound):
        repositories.check_out("health", sha, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_changes_add_replace_and_delete(repositories: Repositories) -> None:
    first = create(repositories, {"main.py": "1", "old/a.py": "2", "kept.py": "3"})
    second = save(repositories, first, {"main.py": "one", "old/a.py": None, "new/b.py": "4"})
    assert texts(repositories, second) == {"main.py": "one", "new/b.py": "4", "kept.py": "3"}
    assert texts(repositories, first) == {"main.py": "1", "old/a.py": "2", "kept.py": "3"}


def test_a_file_may_become_a_folder_in_one_commit(repositories: Repositories) -> None:
    first = create(repositories, {"lib": "file"})
    second = save(repositories, first, {"lib": None, "lib/a.py": "inside"})
    assert texts(repositories, second) == {"lib/a.py": "inside"}


def test_a_change_to_an_older_version_is_a_conflict(repositories: Repositories) -> None:
    first = create(repositories, {"main.py": "1"})
    second = save(repositories, first, {"main.py": "2"})
    with pytest.raises(Conflict):
        save(repositories, first, {"main.py": "3"})
    assert repositories.head("health") == second


@pytest.mark.parametrize("changes", [{}, {"main.py": "1"}])
def test_a_commit_that_changes_nothing_is_refused(repositories: Repositories, changes: dict[str, str | None]) -> None:
    first = create(repositories, {"main.py": "1"})
    with pytest.raises(Invalid):
        save(repositories, first, changes)


def test_deleting_what_is_not_there_is_refused(repositories: Repositories) -> None:
    first = create(repositories, {"main.py": "1"})
    with pytest.raises(Invalid) as refused:
        save(repositories, first, {"other.py": None})
    assert "other.py" in refused.value.fields


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_a_hostile_path_is_refused(repositories: Repositories, path: str) -> None:
    first = create(repositories, {"main.py": "1"})
    with pytest.raises(Invalid) as refused:
        save(repositories, first, {path: "harm"})
    assert path in refused.value.fields
    assert repositories.head("health") == first


def test_a_file_too_large_for_the_editor_is_refused(repositories: Repositories) -> None:
    with pytest.raises(Invalid) as refused:
        create(repositories, {"data.csv": "x" * (TEXT_MAX_BYTES + 1)})
    assert "data.csv" in refused.value.fields


@pytest.mark.parametrize("message", ["", "  \n", "a\0b"])
def test_a_commit_needs_a_message(repositories: Repositories, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        repositories.create("health", {"main.py": "1"}, author=ANNA, message=message, at=NOON)
    assert "message" in refused.value.fields


def test_a_name_cannot_forge_another_author(repositories: Repositories) -> None:
    forged = Author("Eve <boss@example.org> 1 +0000\nauthor Boss", "eve@example.org")
    commit = repositories.create("health", {"main.py": "1"}, author=forged, message="m", at=NOON)
    head = repositories.head("health")
    assert head == commit
    assert commit.author_email == "eve@example.org"


def pushed(tmp_path: Path, entries: Mapping[bytes, tuple[int, bytes]]) -> str:
    """The sha of a commit with these raw entries, as a foreign Git program could have made it."""
    with Repo(str(tmp_path / "repositories" / "health.git")) as repo:
        blobs = []
        for path, (mode, content) in entries.items():
            blob = objects.Blob.from_string(content)
            repo.object_store.add_object(blob)
            blobs.append((path, blob.id, mode))
        commit = objects.Commit()
        commit.tree = commit_tree(repo.object_store, blobs)
        commit.author = commit.committer = b"Eve <eve@example.org>"
        commit.author_time = commit.commit_time = 0
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = b"harm"
        repo.object_store.add_object(commit)
        return commit.id.decode()


def test_binary_and_large_files_have_no_text(repositories: Repositories, tmp_path: Path) -> None:
    create(repositories, {"main.py": "1"})
    large = b"x" * (TEXT_MAX_BYTES + 1)
    sha = pushed(
        tmp_path, {b"a.bin": (0o100644, b"\0\1"), b"b.txt": (0o100644, b"\xff\xfe"), b"c.txt": (0o100644, large)}
    )
    found = [(file.path, file.size_bytes, file.text) for file in repositories.read("health", sha).files]
    assert found == [("a.bin", 2, None), ("b.txt", 2, None), ("c.txt", len(large), None)]


def test_a_check_out_writes_files_and_keeps_what_is_executable(repositories: Repositories, tmp_path: Path) -> None:
    create(repositories, {"main.py": "1"})
    sha = pushed(tmp_path, {b"main.py": (0o100644, b"1"), b"bin/run.sh": (0o100755, b"#!/bin/sh\n")})
    repositories.check_out("health", sha, tmp_path / "out")
    assert (tmp_path / "out/main.py").read_text() == "1"
    assert not (tmp_path / "out/main.py").stat().st_mode & stat.S_IXUSR
    assert (tmp_path / "out/bin/run.sh").stat().st_mode & stat.S_IXUSR


def test_a_check_out_does_not_write_into_a_folder_that_exists(repositories: Repositories, tmp_path: Path) -> None:
    commit = create(repositories, {"main.py": "1"})
    (tmp_path / "out").mkdir()
    with pytest.raises(Unavailable):
        repositories.check_out("health", commit.sha, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_symbolic_links_and_submodules_are_left_out(repositories: Repositories, tmp_path: Path) -> None:
    create(repositories, {"main.py": "1"})
    sha = pushed(
        tmp_path,
        {
            b"link": (0o120000, b"/etc/passwd"),
            b"up": (0o120000, b"../.."),
            b"sub": (0o160000, b""),
            b"main.py": (0o100644, b"1"),
        },
    )
    repositories.check_out("health", sha, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["main.py"]
    assert [file.path for file in repositories.read("health", sha).files] == ["main.py"]


@pytest.mark.parametrize("path", [b"../harm.py", b"a/../../harm.py", b".git/config", b"a\\b.py"])
def test_a_hostile_path_in_a_commit_is_never_written(repositories: Repositories, tmp_path: Path, path: bytes) -> None:
    create(repositories, {"main.py": "1"})
    sha = pushed(tmp_path, {path: (0o100644, b"harm")})
    with pytest.raises(Invalid):
        repositories.check_out("health", sha, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "harm.py").exists()


def test_links_survive_an_edit_of_another_file(repositories: Repositories, tmp_path: Path) -> None:
    first = create(repositories, {"main.py": "1"})
    sha = pushed(tmp_path, {b"link": (0o120000, b"main.py"), b"main.py": (0o100755, b"1")})
    folder = tmp_path / "repositories" / "health.git"
    subprocess.run(["git", "-C", folder, "update-ref", "refs/heads/main", sha, first.sha], check=True)
    edited = repositories.commit("health", parent=sha, changes={"main.py": "2"}, author=ANNA, message="m", at=NOON)
    told = subprocess.run(["git", "-C", folder, "ls-tree", edited.sha], capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in told.stdout.splitlines()] == ["120000", "100755"]


def test_of_writers_at_once_exactly_one_wins(repositories: Repositories) -> None:
    first = create(repositories, {"main.py": "start"})
    start = threading.Barrier(8)

    def write(number: int) -> Commit | None:
        start.wait(timeout=30)
        try:
            return save(repositories, first, {"main.py": str(number)})
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as threads:
        won = [commit for commit in threads.map(write, range(8)) if commit]
    assert won == [repositories.head("health")]
    assert len(repositories.commits("health")) == 2


def test_lock_files_of_a_killed_writer_do_not_block_the_next(repositories: Repositories, tmp_path: Path) -> None:
    first = create(repositories, {"main.py": "1"})
    folder = tmp_path / "repositories" / "health.git"
    blob = objects.Blob.from_string(b"2").id.decode()
    (folder / "objects" / blob[:2]).mkdir()
    (folder / "objects" / blob[:2] / f"{blob[2:]}.lock").write_bytes(b"half")
    (folder / "refs/heads/main.lock").write_bytes(b"")
    second = save(repositories, first, {"main.py": "2"})
    assert repositories.head("health") == second


ENDLESS_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from clockhouse.builders.source import Author, Repositories

repositories = Repositories(Path(sys.argv[1]))
head = repositories.head("health").sha
for number in range(1_000_000):
    changes = {f"f{number % 7}/main.py": str(number), "main.py": str(number)}
    head = repositories.commit("health", parent=head, changes=changes, author=Author("a", "b"), message="m",
                               at=datetime(2026, 11, 22, tzinfo=UTC)).sha
    print(head, flush=True)
"""


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_leaves_a_usable_repository(repositories: Repositories, tmp_path: Path) -> None:
    create(repositories, {"main.py": "start"})
    root = tmp_path / "repositories"
    for commits in range(1, 6):
        writer = subprocess.Popen([sys.executable, "-c", ENDLESS_WRITER, root], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        for _ in range(commits):
            told = writer.stdout.readline().strip()
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        head = repositories.head("health")
        assert head is not None
        assert told in {commit.sha for commit in repositories.commits("health")}
        assert repositories.read("health", head.sha).files
        save(repositories, head, {"main.py": f"after {commits}"})


def test_a_removed_repository_is_gone_and_may_be_made_again(repositories: Repositories, tmp_path: Path) -> None:
    create(repositories, {"main.py": "1"})
    repositories.remove("health")
    repositories.remove("health")
    assert list((tmp_path / "repositories").iterdir()) == []
    assert create(repositories, {"main.py": "2"}) == repositories.head("health")


def test_a_disk_that_refuses_is_told_as_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unavailable) as refused:
        create(Repositories(tmp_path / "file"), {"main.py": "1"})
    assert "data directory" in refused.value.sentence


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
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=CHANGES)
def test_any_sequence_of_changes_reads_back_equal(sequence: list[dict[str, str | None]], tmp_path: Path) -> None:
    repositories = Repositories(tmp_path / "property")
    repositories.remove("health")
    files: dict[str, str] = {"start": "x"}
    head = create(repositories, files)
    made = [(head, files)]
    for changes in sequence:
        if not is_lawful(files, changes):
            with pytest.raises(Invalid):
                save(repositories, head, changes)
            continue
        head, files = save(repositories, head, changes), applied(files, changes)
        made.append((head, files))
    assert repositories.commits("health") == [commit for commit, _ in reversed(made)]
    for commit, then in made:
        assert texts(repositories, commit) == then
