"""Hostile repositories at their full size: what they get is bounded, told in a sentence, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.git import Repository, over_git
from tests.support.waiting import eventually

from clockhouse.builders.remote import Limits, Remotes, Target
from clockhouse.errors import ClockhouseError, Unavailable
from clockhouse.model.source import Place

pytestmark = pytest.mark.slow

_MB = 1024 * 1024
_STORED = ("-c", "core.compression=0", "-c", "core.bigFileThreshold=1m")


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def processes_in(folder: Path) -> list[str]:
    """The processes whose working directory is the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder and "State:\tZ" not in (process / "status").read_text():
                found.append(process.name)
    return found


def leaves_nothing(root: Path) -> None:
    assert processes_in(root) == []
    assert list((root / ".work").iterdir()) == []
    assert [*root.glob("**/tmp_pack_*"), *root.glob("**/tmp*.pack")] == []


@pytest.fixture(scope="module")
def gigabyte(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the repository `large`: `main` has a gigabyte in its history, and the branch `huge` in its tip."""
    folder = tmp_path_factory.mktemp("served")
    repository = Repository(folder / "large")
    large = repository.folder / "large.bin"
    with large.open("wb") as file:
        for _ in range(1024):
            file.write(os.urandom(_MB))
    repository.git(*_STORED, "add", "--all")
    repository.git("commit", "--quiet", "--message", "Add a gigabyte")
    repository.git("branch", "huge")
    large.unlink()
    repository.commit({"main.py": "x = 0\n"}, "Take it out")
    repository.commit_many("main.py", 60)
    yield folder
    for pack in folder.rglob("*"):  # of what pytest keeps of its last runs
        if pack.is_file() and pack.stat().st_size > _MB:
            pack.unlink()


@pytest.mark.long
@pytest.mark.parametrize("how", ["path", "git"])
def test_a_gigabyte_is_refused_and_its_room_is_free_again(how: str, gigabyte: Path, tmp_path: Path) -> None:
    root = tmp_path / "mirrors"
    remotes = Remotes(root)
    with over_git(gigabyte) as base:
        url = f"{base}/large" if how == "git" else str(gigabyte / "large")
        huge = Target(Place(url, "huge"))
        for ask in (remotes.survey, lambda target: remotes.fetch("one", target)):
            with pytest.raises(ClockhouseError) as caught:
                ask(huge)
            assert "larger than this server takes" in caught.value.sentence, caught.value.sentence
            leaves_nothing(root)
            assert size_of(root) < _MB
        fetched = remotes.fetch("two", Target(Place(url, "main")))
        assert fetched.commit.message == "Change 60"
    assert size_of(root) < 2 * _MB
    leaves_nothing(root)


@contextmanager
def trickling(pause_s: float) -> Iterator[str]:
    """The address of a server that says a byte now and then, and never the last one."""
    is_over = threading.Event()

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            caller, _ = listener.accept()
            with caller:
                caller.sendall(b"ffff")
                while not is_over.wait(pause_s):
                    caller.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        try:
            yield f"git://127.0.0.1:{listener.getsockname()[1]}/x"
        finally:
            is_over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_server_that_trickles_is_left(tmp_path: Path) -> None:
    root = tmp_path / "mirrors"
    remotes = Remotes(root, limits=Limits(look=timedelta(seconds=2), fetch=timedelta(seconds=2)))
    with trickling(0.05) as url:
        target = Target(Place(url, "main"))
        with pytest.raises(Unavailable, match="not read within"):
            remotes.fetch("one", target)
    leaves_nothing(root)


def test_a_fetch_that_is_ended_leaves_nothing_half_done(tmp_path: Path) -> None:
    shop = Repository(tmp_path / "shop")
    shop.commit({"main.py": "x = 0\n"})
    root = tmp_path / "mirrors"
    remotes = Remotes(root, limits=Limits(fetch=timedelta(seconds=2)))
    Remotes(root).fetch("one", Target(Place(str(shop.folder), "main")))
    half = root / "one.git/objects/pack/tmp4711.pack"
    half.write_bytes(b"PACK")
    with trickling(0.05) as url, pytest.raises(Unavailable):
        remotes.read("one", Target(Place(url, "main")), "0" * 40)
    assert not half.exists()
    leaves_nothing(root)


def test_a_stop_waits_for_no_repository(tmp_path: Path) -> None:
    root = tmp_path / "mirrors"
    remotes = Remotes(root)
    errors: list[BaseException] = []

    def fetch(url: str) -> None:
        try:
            remotes.fetch("one", Target(Place(url, "main")))
        except Unavailable as error:
            errors.append(error)

    with trickling(0.05) as url:
        fetching = threading.Thread(target=fetch, args=[url])
        fetching.start()
        eventually(lambda: processes_in(root))
        remotes.close()
        fetching.join(20)
        assert len(errors) == 1
        with pytest.raises(Unavailable, match="is being stopped"):
            remotes.fetch("one", Target(Place(url, "main")))
    leaves_nothing(root)
