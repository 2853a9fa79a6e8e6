"""Connected repositories: every transport, what goes wrong with them, and what hostile ones try."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.repo import Repo
from tests.support.git import Repository, over_git, over_http

from clockhouse.builders import mirror
from clockhouse.builders.remote import Limits, Remotes, Target
from clockhouse.builders.transport import Access, Refused
from clockhouse.errors import ClockhouseError, Invalid, NotFound, Unavailable
from clockhouse.kit import Secret
from clockhouse.model.source import Credential, CredentialKind, Place, SourceKind

pytestmark = pytest.mark.slow

FILES = {"jobs/main.py": "x = 0\n", "jobs/data.txt": "17", "api/Dockerfile": "FROM scratch\n", "README.md": "Shop"}


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "served/shop")
    repository.commit(FILES, "Begin")
    return repository


@pytest.fixture
def remotes(tmp_path: Path) -> Remotes:
    return Remotes(tmp_path / "mirrors", private=tmp_path / "private")


def at(repository: Repository | str, branch: str = "main", directory: str = "jobs") -> Target:
    url = repository if isinstance(repository, str) else str(repository.folder)
    return Target(Place(url, branch, directory))


def refusal(remotes: Remotes, target: Target) -> ClockhouseError:
    with pytest.raises(ClockhouseError) as caught:
        remotes.survey(target)
    return caught.value


@contextmanager
def served(how: str, repository: Repository) -> Iterator[str]:
    if how == "path":
        yield str(repository.folder)
    elif how == "http":
        with over_http(repository) as url:
            yield url
    else:
        with over_git(repository.folder.parent) as base:
            yield f"{base}/shop"


@pytest.mark.parametrize("how", ["path", "http", "git"])
def test_a_repository_is_followed_over_each_transport(
    how: str, shop: Repository, remotes: Remotes, tmp_path: Path
) -> None:
    old = shop.commit_many("jobs/main.py", 55)
    with served(how, shop) as url:
        target = at(url)
        first = remotes.fetch("one", target)
        assert first.commit.sha == old[-1]
        assert len(remotes.commits("one", target, old[-1], limit=100, after=False)) == 50
        elsewhere = shop.commit({"api/new.txt": "new"}, "Elsewhere")
        assert remotes.look({"a": target})["a"].sha == elsewhere
        assert remotes.fetch("one", target, since=old[-1]).is_same
        here = shop.commit({"jobs/new.txt": "new"}, "Here")
        assert not remotes.fetch("one", target, since=elsewhere).is_same
        remotes.check_out("one", target, here, tmp_path / "new")
        assert sorted(os.listdir(tmp_path / "new")) == ["data.txt", "main.py", "new.txt"]
        remotes.check_out("one", target, old[0], tmp_path / "old")  # older than what was fetched
        assert (tmp_path / "old/main.py").read_text() == "x = 1\n"
    newest, before = remotes.commits("one", target, here, limit=2, after=False)
    assert (newest.message, newest.author_name, before.message) == ("Here", "Ada", "Elsewhere")
    assert [file.path for file in remotes.read("one", target, here).files] == ["data.txt", "main.py", "new.txt"]


def test_a_survey_tells_what_there_is(shop: Repository, remotes: Remotes, tmp_path: Path) -> None:
    shop.git("branch", "other")
    found = remotes.survey(at(shop, branch="", directory="jobs"))
    assert found.branch == "main"
    assert found.branches == ("main", "other")
    assert found.commit.message == "Begin"
    assert found.places == {"api": SourceKind.DOCKERFILE, "jobs": SourceKind.PYTHON}
    assert found.detection.kind is SourceKind.PYTHON
    assert list((tmp_path / "mirrors").glob("*.git")) == []
    assert list((tmp_path / "mirrors/.work").iterdir()) == []


def test_a_private_repository_is_read_with_its_token_alone(shop: Repository, remotes: Remotes) -> None:
    with over_http(shop, user="ada", token="open-sesame") as url:
        right = Credential(CredentialKind.TOKEN, "ada", Secret("open-sesame"))
        assert remotes.survey(Target(Place(url, "", "jobs"), right)).branch == "main"
        wrong = Credential(CredentialKind.TOKEN, "ada", Secret("guessed"))
        refused = refusal(remotes, Target(Place(url, ""), wrong))
        assert "refuses this user and token" in refused.sentence
        assert "guessed" not in refused.sentence
        assert isinstance(refused, Invalid)
        assert "credential" in refused.fields
        assert "asks who reads this" in refusal(remotes, Target(Place(url, ""))).sentence


UNREACHABLE = {
    "https://nowhere.invalid/shop.git": "There is no host nowhere.invalid",
    "http://127.0.0.1:1/shop.git": "does not accept connections at port 1",
    "ssh://git@127.0.0.1:1/shop.git": "does not accept connections at port 1",
    "git://127.0.0.1:1/shop.git": "does not accept connections at port 1",
    "/there/is/nothing": "There is no Git repository at /there/is/nothing",
    "https://ada:secret@example.com/x.git": "Leave user and password out",
    "ext::sh -c touch% /tmp/x": "no address of a Git repository",
    "svn://example.com/x": "svn:// is not supported",
    "--upload-pack=x:y": "no address of a Git repository",
    "ssh://-oProxyCommand=x/y": "names no host",
    "shop": "no address of a Git repository",
    "": "Give the address",
}


def test_what_cannot_be_reached_is_explained(remotes: Remotes) -> None:
    found = remotes.look({url: Target(Place(url, "main")) for url in UNREACHABLE})
    for url, told in UNREACHABLE.items():
        assert told in (found[url].trouble or "")
        assert "secret" not in (found[url].trouble or "")


def test_a_wrong_branch_or_directory_names_the_right_ones(shop: Repository, remotes: Remotes) -> None:
    branch = refusal(remotes, at(shop, branch="gone"))
    assert branch.sentence == "There is no branch gone in the repository. There are: main."
    directory = refusal(remotes, at(shop, directory="nope"))
    assert directory.sentence == (
        "There is no directory nope in the repository. There is something to build in api, jobs."
    )
    for outside in ("../x", "a/../../b", ".git"):
        assert "inside the repository" in refusal(remotes, at(shop, directory=outside)).sentence


@pytest.mark.parametrize(
    ("url", "kind", "secret", "told"),
    [
        ("git@example.com:a/b", CredentialKind.TOKEN, "x", "A token opens an https address"),
        ("https://example.com/b", CredentialKind.SSH_KEY, "x", "A private key opens an ssh address"),
        ("git@example.com:a/b", CredentialKind.SSH_KEY, "ssh-ed25519 AAAA", "This is no private key"),
        ("git@example.com:a/b", CredentialKind.SSH_KEY, "-----BEGIN ENCRYPTED PRIVATE KEY-----", "by a passphrase"),
        ("https://example.com/b", CredentialKind.TOKEN, " ", "Give the token"),
        ("https://example.com/b", CredentialKind.TOKEN, "a\r\nX: y", "line break"),
    ],
)
def test_a_credential_that_cannot_be_right_is_refused_at_once(
    remotes: Remotes, url: str, kind: CredentialKind, secret: str, told: str
) -> None:
    with pytest.raises(Invalid, match=told) as caught:
        remotes.check(Target(Place(url, "main"), Credential(kind, "git", Secret(secret))))
    assert "credential" in caught.value.fields


def test_the_servers_own_folders_are_no_source(remotes: Remotes, tmp_path: Path) -> None:
    hidden = Repository(tmp_path / "private/repo")
    hidden.commit(FILES)
    (tmp_path / "link").symlink_to(hidden.folder)
    assert "data directory" in refusal(remotes, at(str(tmp_path / "link"))).sentence


def test_the_servers_own_folders_are_no_submodule(shop: Repository, remotes: Remotes, tmp_path: Path) -> None:
    hidden = Repository(tmp_path / "private/repo")
    secret = hidden.commit({"secret.txt": "17"})
    shop.commit({".gitmodules": f'[submodule "x"]\n\tpath = jobs/x\n\turl = {hidden.folder}\n'})
    shop.git("update-index", "--add", "--cacheinfo", f"160000,{secret},jobs/x")
    shop.git("commit", "--quiet", "--message", "Take it")
    with pytest.raises(Unavailable, match="data directory"):
        remotes.check_out("one", at(shop), shop.git("rev-parse", "HEAD"), tmp_path / "out")


@pytest.mark.parametrize(
    ("url", "has_it"),
    [
        ("https://example.com:443/other.git", True),
        ("http://example.com:443/other.git", False),  # which nobody would encrypt
        ("https://example.com:8443/other.git", False),
        ("https://example.org/other.git", False),
        ("ssh://example.com:443/other.git", False),
    ],
)
def test_a_credential_goes_to_its_own_origin_alone(tmp_path: Path, url: str, has_it: bool) -> None:
    access = Access("https://example.com/shop.git", "token", "ada", "open-sesame", tmp_path)
    assert (access.at(url).secret is not None) is has_it


def test_several_looks_answer_together_and_each_for_itself(shop: Repository, remotes: Remotes) -> None:
    targets = {"good": at(shop), "gone": at(shop, branch="gone"), "bad": at("svn://x/y"), "none": at("/none")}
    found = remotes.look(targets)
    assert found["good"].sha == shop.git("rev-parse", "HEAD")
    assert found["good"].trouble is None
    assert all(found[key].sha is None and found[key].trouble for key in ("gone", "bad", "none"))


def test_one_that_never_answers_keeps_no_other_waiting(shop: Repository, tmp_path: Path) -> None:
    patient = Remotes(tmp_path / "mirrors", limits=Limits(look=timedelta(seconds=4)))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        found = patient.look({"a": at(f"git://127.0.0.1:{port}/x"), "b": at(shop), "c": at("/none")})
    assert "did not answer in time" in (found["a"].trouble or "")
    assert found["b"].sha == shop.git("rev-parse", "HEAD")
    assert "There is no Git repository" in (found["c"].trouble or "")


def test_submodules_come_with_it(shop: Repository, remotes: Remotes, tmp_path: Path) -> None:
    part = Repository(tmp_path / "served/part")
    part.commit({"part.py": "y = 1\n"})
    shop.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../part", "jobs/part")
    sha = shop.commit({})
    remotes.check_out("one", at(shop), sha, tmp_path / "out")
    assert (tmp_path / "out/part/part.py").read_text() == "y = 1\n"


def test_a_circle_of_submodules_ends(remotes: Remotes, tmp_path: Path) -> None:
    one = Repository(tmp_path / "one")
    modules = f'[submodule "me"]\n\tpath = me\n\turl = {one.folder}\n'
    first = one.commit({".gitmodules": modules, "main.py": ""})
    one.git("update-index", "--add", "--cacheinfo", f"160000,{first},me")
    one.git("commit", "--quiet", "--message", "Mine")
    second = one.git("rev-parse", "HEAD")
    for _ in range(8):
        one.git("update-index", "--add", "--cacheinfo", f"160000,{one.git('rev-parse', 'HEAD')},me")
        one.git("commit", "--quiet", "--message", "Deeper")
    assert second
    with pytest.raises(Unavailable, match="in a circle or too deep"):
        remotes.check_out("one", at(one, directory=""), one.git("rev-parse", "HEAD"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_pushed_elsewhere_chooses_no_path_of_this_server(
    shop: Repository, remotes: Remotes, tmp_path: Path
) -> None:
    hidden = Repository(tmp_path / "hidden")
    secret = hidden.commit({"secret.txt": "17"})
    shop.commit({".gitmodules": f'[submodule "x"]\n\tpath = jobs/x\n\turl = {hidden.folder}\n'})
    shop.git("update-index", "--add", "--cacheinfo", f"160000,{secret},jobs/x")
    shop.git("commit", "--quiet", "--message", "Take it")
    with over_http(shop) as url, pytest.raises(Unavailable, match="only a local repository may name"):
        remotes.check_out("one", at(url), shop.git("rev-parse", "HEAD"), tmp_path / "out")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../../etc/passwd", "../../secret"])
def test_a_symbolic_link_out_of_the_source_is_refused(shop: Repository, tmp_path: Path, target: str) -> None:
    (shop.folder / "jobs/link").symlink_to(target)
    sha = shop.commit({})
    with pytest.raises(Refused, match="The symbolic link link leads out of the source"):
        check_out(shop, sha, "jobs", tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_symbolic_link_inside_is_kept(shop: Repository, remotes: Remotes, tmp_path: Path) -> None:
    (shop.folder / "jobs/link").symlink_to("data.txt")
    remotes.check_out("one", at(shop), shop.commit({}), tmp_path / "out")
    assert (tmp_path / "out/link").read_text() == "17"


@pytest.mark.parametrize("name", [b"..", b".git", b".GIT", b"git~1", b"a\\..\\b", b".g\xe2\x80\x8cit", b"a\nb"])
def test_a_path_that_leaves_the_checkout_is_refused(shop: Repository, tmp_path: Path, name: bytes) -> None:
    sha = crafted(shop, name)
    with pytest.raises(Refused, match="leads out of the source"):
        check_out(shop, sha, "", tmp_path)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "evil").exists()


def test_what_is_told_of_a_commit_is_bounded(shop: Repository, remotes: Remotes) -> None:
    shop.git("-c", f"user.name={'A' * 5_000}", "commit", "--quiet", "--allow-empty", "-F", "-", typed="x" * 1_000_000)
    commit = remotes.survey(at(shop)).commit
    assert len(commit.message) == 4_000


def test_a_path_that_is_too_long_is_not_read(shop: Repository, remotes: Remotes) -> None:
    crafted(shop, b"a", b"b" * 100_000)
    assert "too long a path" in refusal(remotes, at(shop, directory="")).sentence


def check_out(repository: Repository, sha: str, directory: str, folder: Path) -> None:
    """As the child process does it."""
    access = Access(str(repository.folder), "none", "", None, folder)
    mirror.fetch(folder / "mirror", access, branch="main", sha=sha)
    mirror.check_out(folder / "mirror", access, sha, directory, folder / "out", mirror.Limits(1_000_000))


def crafted(repository: Repository, name: bytes, inside: bytes = b"evil") -> str:
    """A commit on main whose tree holds a folder of this name with a file in it, which git itself would not make."""
    with Repo(str(repository.folder)) as repo:
        blob = Blob.from_string(b"evil")
        inner = Tree()
        inner.add(inside, 0o100644, blob.id)
        tree = Tree()
        tree.add(name, stat.S_IFDIR, inner.id)
        commit = Commit()
        commit.tree = tree.id
        commit.author = commit.committer = b"Eve <eve@example.com>"
        commit.author_time = commit.commit_time = 1_700_000_000
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = b"Leave"
        for each in (blob, inner, tree, commit):
            repo.object_store.add_object(each)
        repo.refs[b"refs/heads/main"] = ObjectID(commit.id)  # type: ignore[index]
    return commit.id.decode()


def test_what_is_too_large_is_refused_and_the_server_goes_on(shop: Repository, tmp_path: Path) -> None:
    (shop.folder / "jobs/large.bin").write_bytes(os.urandom(3_000_000))
    shop.commit({})
    small = Remotes(tmp_path / "small", limits=Limits(file_bytes=1_000_000))
    with over_http(shop) as url:
        assert "larger than this server takes" in refusal(small, at(url)).sentence
    assert "larger than this server takes" in refusal(small, at(shop)).sentence


def test_what_inflates_without_end_is_refused(shop: Repository, tmp_path: Path) -> None:
    with (shop.folder / "jobs/zeros").open("wb") as file:
        file.truncate(300_000_000)  # packed, less than a megabyte
    shop.commit({})
    tight = Remotes(tmp_path / "tight", limits=Limits(memory_bytes=400_000_000))
    with over_git(tmp_path / "served") as base:
        refused = refusal(tight, at(f"{base}/shop"))
    assert "larger than this server takes" in refused.sentence or "memory" in refused.sentence


def test_a_checkout_larger_than_its_limit_leaves_nothing(shop: Repository, tmp_path: Path) -> None:
    sha = shop.commit({f"jobs/{number}.txt": "x" * 400_000 for number in range(5)})
    small = Remotes(tmp_path / "small", limits=Limits(file_bytes=1_000_000))
    with pytest.raises(Unavailable, match="larger than this server takes"):
        small.check_out("one", at(shop), sha, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_server_that_never_answers_is_left(tmp_path: Path) -> None:
    patient = Remotes(tmp_path / "mirrors", limits=Limits(look=timedelta(seconds=2)))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        found = patient.look({"a": Target(Place(f"git://127.0.0.1:{port}/x", "main"))})
    assert found["a"].trouble == "The repository did not answer in time. The next look tries again."
    assert list((tmp_path / "mirrors/.work").iterdir()) == []


def test_a_commit_that_is_gone_is_a_sentence(shop: Repository, remotes: Remotes) -> None:
    with pytest.raises(Unavailable, match="not in the repository any more"):
        remotes.get("one", at(shop), "0123456789" * 4)
    with pytest.raises(NotFound):
        remotes.get("one", at(shop), "main")


def test_a_branch_that_vanishes_is_told_and_found_again(shop: Repository, remotes: Remotes) -> None:
    remotes.fetch("one", at(shop))
    shop.git("branch", "--move", "main", "trunk")
    assert "There is no branch main" in (remotes.look({"a": at(shop)})["a"].trouble or "")
    shop.git("branch", "--move", "trunk", "main")
    assert remotes.look({"a": at(shop)})["a"].trouble is None


def test_a_copy_that_has_grown_by_many_fetches_is_made_anew(
    shop: Repository, remotes: Remotes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, access = tmp_path / "mirror", Access(str(shop.folder), "none", "", None, tmp_path)
    monkeypatch.setattr(mirror, "_PACKS_MAX", 2)
    counts = []
    for number in range(5):
        sha = shop.commit({"jobs/main.py": f"x = {number}\n"})
        mirror.begin_anew_when_worn(folder)
        assert mirror.fetch(folder, access, branch="main", sha=None) == sha
        counts.append(len(list((folder / "objects/pack").glob("*.pack"))))
    assert counts == [1, 2, 3, 1, 2]
    assert remotes.look({"a": at(shop)})["a"].sha == sha


def test_a_copy_that_has_grown_large_is_made_anew(
    shop: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, access = tmp_path / "mirror", Access(str(shop.folder), "none", "", None, tmp_path)
    monkeypatch.setattr(mirror, "_PACKS_MAX_BYTES", 100)
    for number in range(2):
        sha = shop.commit({"jobs/main.py": f"x = {number}\n"})
        mirror.begin_anew_when_worn(folder)
        assert mirror.fetch(folder, access, branch="main", sha=None) == sha
    assert len(list((folder / "objects/pack").glob("*.pack"))) == 1


def test_what_a_fetch_that_was_killed_left_is_removed_by_the_next(
    shop: Repository, remotes: Remotes, tmp_path: Path
) -> None:
    remotes.fetch("one", at(shop))
    objects = tmp_path / "mirrors/one.git/objects"
    left = [objects / "tmp_pack_4711", objects / "pack/tmp4711.pack"]
    for file in left:
        file.write_bytes(b"PACK")
    sha = shop.commit({"jobs/main.py": "x = 1\n"})
    assert remotes.fetch("one", at(shop)).commit.sha == sha
    assert [file for file in left if file.exists()] == []


def test_a_removed_copy_is_gone(shop: Repository, remotes: Remotes, tmp_path: Path) -> None:
    remotes.fetch("one", at(shop))
    remotes.remove("one")
    assert [each.name for each in (tmp_path / "mirrors").iterdir()] == [".work"]
