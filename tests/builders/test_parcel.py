"""Artifacts that are carried to another machine."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.support.engine import build

from clockhouse.builders import fitting, parcel, seal
from clockhouse.builders.base import Built, Entry
from clockhouse.errors import Invalid, Unavailable

BUILT = Built("d" * 64, Entry("main.py", "main"), ())


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    """One without an environment."""
    folder = tmp_path / "b1"
    (folder / "source" / "lib").mkdir(parents=True)
    (folder / "source" / "main.py").write_text("print('héllo')")
    (folder / "source" / "run.sh").write_text("#!/bin/sh\n")
    (folder / "source" / "run.sh").chmod(0o755)
    (folder / "source" / "link").symlink_to("main.py")
    (folder / "source" / "large").write_bytes(os.urandom(3 * parcel.PIECE_BYTES + 7))
    (folder / "source" / ("ü" * 120)).write_text("a long name")
    os.utime(folder / "source" / "main.py", (1_700_000_000, 1_700_000_000))
    seal.write(folder, BUILT)
    return folder


def contents(folder: Path) -> dict[str, tuple[int, str | bytes]]:
    """Every path below `folder`, with its mode, and its target or content."""
    found: dict[str, tuple[int, str | bytes]] = {}
    for path in folder.rglob("*"):
        name, mode = str(path.relative_to(folder)), path.lstat().st_mode
        if path.is_symlink():
            found[name] = mode, str(path.readlink())
        elif path.is_file():
            found[name] = mode, path.read_bytes()
    return found


def test_a_parcel_opens_to_the_same_files(artifact: Path, tmp_path: Path) -> None:
    pieces = list(parcel.pack(artifact))
    assert [len(piece) for piece in pieces[:-1]] == [parcel.PIECE_BYTES] * (len(pieces) - 1)
    parcel.unpack(pieces, tmp_path / "elsewhere" / "b1")
    assert contents(tmp_path / "elsewhere" / "b1") == contents(artifact)
    assert (tmp_path / "elsewhere" / "b1" / "source" / "main.py").stat().st_mtime == 1_700_000_000
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["b1"]


def test_the_same_artifact_makes_the_same_parcel(artifact: Path) -> None:
    assert list(parcel.pack(artifact)) == list(parcel.pack(artifact))


def test_an_artifact_that_is_there_stays_as_it_is(artifact: Path, tmp_path: Path) -> None:
    pieces = list(parcel.pack(artifact))
    (artifact / "source" / "main.py").write_text("mine")
    parcel.unpack(pieces, artifact)
    assert (artifact / "source" / "main.py").read_text() == "mine"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("damage", ["cut", "changed", "no archive", "nothing", "no artifact"])
def test_a_damaged_parcel_leaves_nothing(artifact: Path, tmp_path: Path, damage: str) -> None:
    whole = b"".join(parcel.pack(artifact))
    (tmp_path / "empty").mkdir()
    pieces = {
        "cut": [whole[: len(whole) // 2]],
        "changed": [whole[:-8], b"\0" * 8],
        "no archive": [b"nonsense"],
        "nothing": [],
        "no artifact": list(parcel.pack(tmp_path / "empty")),
    }[damage]
    with pytest.raises(Unavailable, match="arrived damaged"):
        parcel.unpack(pieces, tmp_path / "elsewhere" / "b1")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def archived(*members: tuple[str, bytes, str]) -> list[bytes]:
    """A parcel that no server made: name, kind and target of each member."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind, target in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            archive.addfile(member)
    return [gzip.compress(file.getvalue())]


@pytest.mark.parametrize(
    "members",
    [
        [("../harm", tarfile.REGTYPE, "")],
        [("/harm", tarfile.REGTYPE, "")],
        [("a/../../harm", tarfile.REGTYPE, "")],
        [("link", tarfile.SYMTYPE, "/etc")],
        [("a/link", tarfile.SYMTYPE, "../../outside")],
        [("link", tarfile.SYMTYPE, ".."), ("link/harm", tarfile.REGTYPE, "")],
        [("a", tarfile.SYMTYPE, "."), ("b", tarfile.SYMTYPE, "a/a/../.."), ("b/harm", tarfile.SYMTYPE, "x")],
        [("b", tarfile.SYMTYPE, "a/a/../.."), ("a", tarfile.SYMTYPE, "."), ("b/harm", tarfile.SYMTYPE, "x")],
        [("loop", tarfile.SYMTYPE, "loop"), ("loop/harm", tarfile.SYMTYPE, "x")],
        [("one", tarfile.LNKTYPE, "../outside")],
        [("pipe", tarfile.FIFOTYPE, "")],
        [("disk", tarfile.BLKTYPE, "")],
    ],
    ids=lambda members: "-".join(name for name, _, _ in members),
)
def test_a_parcel_writes_nowhere_else(tmp_path: Path, members: list[tuple[str, bytes, str]]) -> None:
    with pytest.raises(Unavailable):
        parcel.unpack(archived(*members), tmp_path / "in" / "b1")
    assert list((tmp_path / "in").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_file_is_not_written_through_a_link(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        parcel.unpack(archived(("a", tarfile.SYMTYPE, "b"), ("a/harm", tarfile.REGTYPE, "")), tmp_path / "b1")
    assert list(tmp_path.iterdir()) == []


def with_environment(artifact: Path, version: str) -> list[bytes]:
    """The parcel of an artifact with an environment, as it would be of another version of Python."""
    (artifact / "environment" / "bin").mkdir(parents=True)
    settings = f"home = /elsewhere/bin\nimplementation = CPython\nversion_info = {version}\nrelocatable = true\n"
    (artifact / "environment" / "pyvenv.cfg").write_text(settings)
    (artifact / "environment" / "bin" / "python").symlink_to("/elsewhere/bin/python3")
    return list(parcel.pack(artifact))


def test_an_environment_of_a_python_that_is_not_here_is_refused(artifact: Path, tmp_path: Path) -> None:
    left = iter(with_environment(artifact, "3.99.1"))
    with pytest.raises(Invalid, match=r"needs cpython-3\.99, which is not on this machine"):
        parcel.unpack(left, tmp_path / "elsewhere" / "b1")
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert len(list(left)) == 3  # nobody asked for the rest


def test_an_environment_of_another_machine_is_refused(
    artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = with_environment(artifact, "3.11.2")
    monkeypatch.setattr("sysconfig.get_platform", lambda: "linux-riscv64")
    with pytest.raises(Invalid, match="this machine is linux-riscv64"):
        parcel.unpack(pieces, tmp_path / "elsewhere" / "b1")
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("note", [b"nonsense", b"{}", b'"text"'])
def test_a_note_that_cannot_be_read_is_damage(artifact: Path, tmp_path: Path, note: bytes) -> None:
    (artifact / fitting.NOTE).write_bytes(note)
    with pytest.raises(Unavailable, match="damaged"):
        parcel.unpack(parcel.pack(artifact), tmp_path / "elsewhere" / "b1")


@pytest.mark.slow
def test_an_environment_works_where_it_arrives(tmp_path: Path) -> None:
    made = build(tmp_path)
    pieces = list(parcel.pack(made))
    made.rename(tmp_path / "gone")
    there = tmp_path / "elsewhere" / "b1"
    parcel.unpack(pieces, there)
    code = "import json, sys, clockhouse.kit as kit; print(json.dumps([sys.prefix, kit.__file__, kit.__cached__]))"
    command = [str(there / "environment" / "bin" / "python"), "-I", "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    prefix, kit, compiled = json.loads(told)
    assert prefix == str(there / "environment")
    assert Path(kit).is_relative_to(there)
    assert Path(compiled).exists()
    assert str(tmp_path / "artifact") not in (there / "environment" / "pyvenv.cfg").read_text()
    assert not (there / fitting.NOTE).exists()
    assert seal.read(there) == seal.read(tmp_path / "gone")
