"""What an earlier version kept in the data directory is in the database after a start."""

from __future__ import annotations

import pytest
from dulwich import objects
from dulwich.index import commit_tree
from dulwich.repo import Repo
from tests.support.ledger import NOON
from tests.support.sources import Sources

from clockhouse.builders import former
from clockhouse.builders.source import Author
from clockhouse.engine.takeover import take_over_sources
from clockhouse.errors import NotFound
from clockhouse.store.tables.projects import components
from clockhouse.store.tables.sources import git_objects


def repository(root, component_id, *texts):
    """A repository as an earlier version made it, with a commit for each text of main.py; the newest commit."""
    folder = root / f"{component_id}.git"
    folder.mkdir(parents=True)
    parents = []
    with Repo.init_bare(str(folder), default_branch=b"main") as repo:
        for text in texts:
            blob = objects.Blob.from_string(text.encode())
            repo.object_store.add_object(blob)
            made = objects.Commit()
            made.tree = commit_tree(repo.object_store, [(b"lib/main.py", blob.id, 0o100644)])
            made.parents = parents
            made.author = made.committer = b"Ada <ada@example.org>"
            made.author_time = made.commit_time = int(NOON.timestamp())
            made.author_timezone = made.commit_timezone = 0
            made.message = f"Say {text}\n".encode()
            repo.object_store.add_object(made)
            parents = [made.id]
        if parents:
            repo.refs[b"refs/heads/main"] = parents[0]
    return parents[0].decode() if parents else None


@pytest.fixture
def root(tmp_path):
    return tmp_path / "repositories"


@pytest.fixture
def sources(ledger):
    return Sources(ledger.database)


def test_sources_are_in_the_database_with_their_history(ledger, root, sources, tmp_path):
    component = ledger.component.id
    head = repository(root, component, "one", "two")
    assert take_over_sources(ledger.database, root) == 1
    assert [commit.message for commit in sources.commits(component)] == ["Say two", "Say one"]
    assert sources.head(component).sha == head
    [file] = sources.read(component, head).files
    assert (file.path, file.text) == ("lib/main.py", "two")
    changes = {"lib/main.py": "three"}
    sources.commit(component, parent=head, changes=changes, author=Author("Ada", "ada@example.org"), message="Three")
    assert not root.exists()
    assert [path.name for path in (tmp_path / "repositories.migrated").iterdir()] == [f"{component}.git"]


def test_a_start_that_was_cut_off_is_made_up_for(ledger, root, sources, monkeypatch):
    head = repository(root, ledger.component.id, "one")

    def cut_off(_folder):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(former, "put_aside", cut_off)
        with pytest.raises(KeyboardInterrupt):
            take_over_sources(ledger.database, root)
    changes = {"lib/main.py": "two"}
    made = sources.commit(
        ledger.component.id, parent=head, changes=changes, author=Author("Ada", "ada@example.org"), message="Two"
    )
    assert take_over_sources(ledger.database, root) == 0
    assert sources.head(ledger.component.id) == made
    assert not root.exists()


def test_a_repository_of_an_unknown_component_stays_where_it_is(ledger, root):
    repository(root, "unknown", "one")
    repository(root, ledger.component.id, "one")
    assert take_over_sources(ledger.database, root) == 1
    assert [path.name for path in root.iterdir()] == ["unknown.git"]


def test_a_repository_that_cannot_be_read_stays_and_the_others_are_copied(ledger, root, sources):
    (root / f"{ledger.component.id}.git").mkdir(parents=True)
    with ledger.database.begin() as tx:
        row = tx.execute(components.select()).mappings().one()
        tx.execute(components.insert().values({**row, "id": "other", "slug": "other"}))
    repository(root, "other", "one")
    assert take_over_sources(ledger.database, root) == 1
    assert [path.name for path in root.iterdir()] == [f"{ledger.component.id}.git"]
    assert sources.head("other").message == "Say one"


def test_half_a_repository_is_not_copied(ledger, root, sources):
    head = repository(root, ledger.component.id, "one")
    (loose,) = (root / f"{ledger.component.id}.git" / "objects" / head[:2]).iterdir()
    loose.write_bytes(b"damaged")
    assert take_over_sources(ledger.database, root) == 0
    with ledger.database.read() as tx:
        assert tx.execute(git_objects.select()).all() == []


def test_a_repository_without_a_commit_has_no_source(ledger, root, sources):
    repository(root, ledger.component.id)
    take_over_sources(ledger.database, root)
    with pytest.raises(NotFound, match="no source code yet"):
        sources.commits(ledger.component.id)


def test_without_a_folder_there_is_nothing_to_do(ledger, root):
    assert take_over_sources(ledger.database, root) == 0
