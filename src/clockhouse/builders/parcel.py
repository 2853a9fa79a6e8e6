"""Artifacts as parcels, to be carried to another machine: a compressed archive, opened to fit the Python there."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from clockhouse.builders import fitting, seal
from clockhouse.errors import Unavailable

PIECE_BYTES = 1024 * 1024

_LEVEL = 3  # of zlib: beyond it, a parcel takes longer to make than the smaller one saves
_FEED_BYTES = 64 * 1024
_READ_BYTES = 512 * tarfile.BLOCKSIZE
_GZIP = 31  # zlib's number for a gzip header with the largest window


def pack(artifact: Path) -> Iterator[bytes]:
    """The parcel in pieces of PIECE_BYTES (the last one may be shorter). Raises OSError when a file cannot be read."""
    compressing = zlib.compressobj(_LEVEL, wbits=_GZIP)
    kept = bytearray()
    for part in _archived(artifact):
        kept += compressing.compress(part)
        while len(kept) >= PIECE_BYTES:
            yield bytes(kept[:PIECE_BYTES])
            del kept[:PIECE_BYTES]
    kept += compressing.flush()
    for start in range(0, len(kept), PIECE_BYTES):
        yield bytes(kept[start : start + PIECE_BYTES])


def unpack(pieces: Iterable[bytes], artifact: Path, *, digest: str | None = None) -> None:
    """Make `artifact` from the pieces of its parcel; a temporary sibling with the suffix `.part` is used meanwhile.

    An artifact that is there already stays as it is. Raises Invalid with a sentence when this machine has not got the
    Python that the artifact needs, Unavailable when the parcel is damaged, holds an artifact with another digest than
    this one, or the disk refuses.
    """
    part = artifact.with_name(f"{artifact.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _write_all(pieces, part)
        fitting.fit(part)
        built = seal.read(part)
        if built is None or built.digest != (digest or built.digest):
            raise ValueError("it holds another artifact, or none")
        if not artifact.exists():
            part.rename(artifact)
    except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
        raise Unavailable(
            "What was built arrived damaged. Build the commit again.", artifact=artifact.name, error=str(error)
        ) from error
    except OSError as error:
        raise Unavailable(
            f"What was built cannot be written here: {error.strerror or error}. "
            "Check the free space and the permissions of the data directory.",
            path=error.filename,
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _archived(artifact: Path) -> Iterator[bytes]:
    """A tar archive, part by part: a file may be larger than what should be in memory."""
    note = fitting.noted(artifact)
    if note is not None:
        yield _header(fitting.NOTE, tarfile.REGTYPE, size=len(note))
        yield note + _padding(len(note))
    for path in sorted(artifact.rglob("*")):
        name = path.relative_to(artifact).as_posix()
        found = path.lstat()
        mode = stat.S_IMODE(found.st_mode)
        if fitting.is_of_this_machine(name):
            continue
        if stat.S_ISLNK(found.st_mode):
            yield _header(name, tarfile.SYMTYPE, link=os.readlink(path))
        elif stat.S_ISDIR(found.st_mode):
            yield _header(name, tarfile.DIRTYPE, mode=mode)
        elif stat.S_ISREG(found.st_mode):
            # Python trusts a compiled file only beside a source of the same age.
            yield _header(name, tarfile.REGTYPE, mode=mode, size=found.st_size, at=int(found.st_mtime))
            yield from _content(path, found.st_size)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _header(name: str, kind: bytes, *, mode: int = 0o644, size: int = 0, at: int = 0, link: str = "") -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.size, member.mtime, member.linkname = kind, mode, size, at, link
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _content(path: Path, size: int) -> Iterator[bytes]:
    left = size
    with path.open("rb") as file:
        while left:
            part = file.read(min(left, PIECE_BYTES))
            if not part:
                raise OSError(errno.EIO, "It became shorter while it was read", str(path))
            yield part
            left -= len(part)
    yield _padding(size)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


class _Decompressed(io.RawIOBase):
    """The archive in a parcel, as its pieces come in."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__()
        # What a step does not come to is copied: small parts keep that small.
        self._pieces = (part for piece in pieces for part in _cut(piece))
        self._decompressing = zlib.decompressobj(_GZIP)
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none at the end. Raises EOFError when the parcel ends too early."""
        while not self._decompressing.eof:
            if not self._waiting:
                self._waiting = next(self._pieces, b"")
                if not self._waiting:
                    raise EOFError("it ends too early")
            read = self._decompressing.decompress(self._waiting, max(size, 0))
            self._waiting = self._decompressing.unconsumed_tail
            if read:
                return read
        return b""

    def finish(self) -> None:
        """Reads on to its checksum, and to the end of the pieces. Raises ValueError when they go on after it."""
        while self.read(PIECE_BYTES):
            pass
        if any(self._pieces) or self._decompressing.unused_data:
            raise ValueError("something follows it")


def _cut(piece: bytes) -> Iterator[bytes]:
    return (piece[start : start + _FEED_BYTES] for start in range(0, len(piece), _FEED_BYTES))


def _write_all(pieces: Iterable[bytes], folder: Path) -> None:
    links: list[tuple[Path, str]] = []
    source = _Decompressed(pieces)
    with tarfile.open(fileobj=source, mode="r|", bufsize=_READ_BYTES) as archive:
        for member in archive:
            path = folder / _inside(member.name)
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
            elif member.issym():
                _inside(str(PurePosixPath(member.name).parent / member.linkname))
                links.append((path, member.linkname))
            elif member.isreg():
                content = archive.extractfile(member)
                assert content is not None  # noqa: S101  a regular file has one
                _write(path, content, member)
                if member.name == fitting.NOTE:  # the first one: what does not fit is not fetched any further
                    fitting.check(folder)
            else:
                raise ValueError(f"{member.name} is no file, folder or link")
    source.finish()
    for path, target in links:  # last, so that nothing was written through one
        _refuse_outside(path.parent, folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
    for path, _ in links:
        _refuse_outside(path, folder)


def _inside(name: str) -> str:
    """`name`. Raises ValueError when it leads out of the folder."""
    depth = 0
    for part in PurePosixPath(name).parts:
        depth += -1 if part == ".." else 1
        if depth < 0 or part.startswith("/"):
            raise ValueError(f"{name} leads outside")
    return name


def _refuse_outside(path: Path, folder: Path) -> None:
    """Raises ValueError for a path that leads out of the folder by way of links."""
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        raise ValueError(f"{path.name} leads outside")


def _write(path: Path, content: IO[bytes], member: tarfile.TarInfo) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        shutil.copyfileobj(content, file)
        os.fchmod(file.fileno(), member.mode & 0o755)
    os.utime(path, (member.mtime, member.mtime))
