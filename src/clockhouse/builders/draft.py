"""A source that is not saved: a commit's files with changes over them, and what environment they need."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import clockhouse
from clockhouse.builders import code, command, dependencies, detection, kit, launcher, source
from clockhouse.builders.base import Entry, Problem, Setting
from clockhouse.errors import Conflict, Invalid
from clockhouse.model.recipe import Recipe
from clockhouse.model.source import SourceKind

# What of a source decides which packages are installed, and for which Python.
_DECIDING = re.compile(
    r"(.*/)?([\w.-]*requirements[\w.-]*\.(txt|in)|requirements/[\w.-]+|constraints[\w.-]*\.txt)"
    r"|pyproject\.toml|setup\.(py|cfg)|uv\.lock|pylock\.toml|\.python-version|runtime\.txt"
)
_READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Draft:
    """What a draft is: where it begins, what it asks for, and `likeness`: equal where the environment can be, too."""

    entry: Entry
    settings: tuple[Setting, ...]
    likeness: str


def change(folder: Path, changes: Mapping[str, str | None]) -> None:
    """Lays changes (path to whole text; None removes) over the files in `folder`. Raises Invalid for a bad path.

    Nothing outside is touched: a path that leads through a symbolic link is a bad one.
    """
    for path, content in source.encoded(changes).items():
        *parents, name = path.split(b"/")
        try:
            with _opened(folder, parents, make=content is not None) as parent:
                _put(parent, name, content)
        except IsADirectoryError:
            raise Invalid(
                f"“{path.decode()}” is a folder. Choose another name.", {path.decode(): "It is a folder."}
            ) from None
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTDIR, errno.ELOOP):
                raise
            sentence = f"A part of “{path.decode()}” is a file or a link. Choose another name."
            raise Invalid(sentence, {path.decode(): "A part of it is a file or a link."}) from None


@contextmanager
def _opened(folder: Path, parents: Sequence[bytes], *, make: bool) -> Iterator[int | None]:
    """The innermost of the folders, none of which is a link; None where there is none and none is to be made."""
    with ExitStack() as opened:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        opened.callback(os.close, at)
        for part in parents:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=at)
            try:
                at = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            except FileNotFoundError:
                yield None
                return
            opened.callback(os.close, at)
        yield at


def _put(parent: int | None, name: bytes, content: bytes | None) -> None:
    """Replaces what has this name, be it a link; None removes it. Raises IsADirectoryError for a folder."""
    if parent is None:
        return
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise IsADirectoryError
        os.unlink(name, dir_fd=parent)
    if content is not None:
        opened = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666, dir_fd=parent)
        with os.fdopen(opened, "wb") as file:
            file.write(content)


def read(folder: Path, recipe: Recipe) -> Draft | Problem:
    """What the files in `folder` are, or what keeps them from running. Raises Conflict for what is not Python.

    Where something else than a file is started, the small file that starts it is added.
    """
    paths = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    found = detection.detect(paths, _reader(folder), recipe.wanted).kind
    if found not in (None, SourceKind.PYTHON):
        raise Conflict("Only Python runs from the editor. Save, build and deploy this to Development to try it.")
    told = code.read(folder)
    if told.problems:
        return told.problems[0]
    named = dependencies.declared_in(folder)
    if isinstance(named, Problem):
        return named
    likeness = likeness_of(folder, recipe)
    if told.start is not None and "pyproject.toml" in paths:
        likeness = _whole(folder, recipe)  # the project itself is installed, so its code is a part of its environment
    if told.start is not None:
        entry = launcher.write(folder, told.start)
        return entry if isinstance(entry, Problem) else Draft(entry, told.settings, likeness)
    if told.entry is None:
        return Problem("There is no code to run. Add main.py.")
    return Draft(told.entry, told.settings, likeness)


def confined(hidden: Sequence[Path], *, shared: Path) -> Callable[[Path, Sequence[str]], Sequence[str]]:
    """What makes a draft's command, with its folder, one that sees nothing of these, where the system can see to it.

    It may write to its own folder, to `shared` and to all that is not hidden, and read its environment.
    """

    def within(folder: Path, arguments: Sequence[str]) -> Sequence[str]:
        environment = (folder / "environment").resolve()
        writable = [Path("/"), shared]
        return command.confined(arguments, writable=writable, hidden=hidden, readable=[environment])

    return within


def likeness_of(folder: Path, recipe: Recipe) -> str:
    """The same for all that need the same packages and Python, as far as can be told without installing them."""
    told = _begun(recipe)
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = path.relative_to(folder).as_posix()
        if _DECIDING.fullmatch(name):
            told.update(f"\0{name}\0".encode())
            told.update(path.read_bytes())
    told.update("\0".join(kit.extras_of(folder)).encode())
    return told.hexdigest()


def copied(folder: Path) -> Callable[[Path], object]:
    """What writes these files into a new folder, as a builder asks for it."""
    return lambda to: shutil.copytree(folder, to, symlinks=True)


def _begun(recipe: Recipe) -> hashlib._Hash:
    return hashlib.sha256(f"{clockhouse.__version__}\0{recipe.python or ''}".encode())


def _whole(folder: Path, recipe: Recipe) -> str:
    told = _begun(recipe)
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        told.update(f"\0{path.relative_to(folder).as_posix()}\0".encode())
        told.update(path.read_bytes())
    return told.hexdigest()


def _reader(folder: Path) -> Callable[[str], str | None]:
    def text(name: str) -> str | None:
        path = folder / name
        if not path.is_file() or path.stat().st_size > _READ_BYTES:
            return None
        return path.read_text(encoding="utf-8", errors="replace")

    return text
