"""A component's source files in a folder: what is written there, and what was changed since."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from clockhouse.cli.hints import hint
from clockhouse.cli.values import Ref
from clockhouse.errors import Conflict, Internal, Invalid

RECORD = ".clockhouse.json"
_TEXT_MAX_BYTES = 1_000_000
# What a person's tools leave beside the code, and the values that a task is tried with: not source.
_LEFT_ALONE = {".git", ".venv", "venv", "__pycache__", "node_modules", ".DS_Store", ".env", "task.local.toml", RECORD}
_CACHES = "_cache"


def write(folder: Path, ref: Ref, source: Mapping[str, Any], *, is_forced: bool = False) -> list[str]:
    """Writes the files of a SourceBody, removes those that an earlier pull wrote and that are gone; the paths written.

    Raises Conflict, before anything is written, when a file was changed here and not saved, unless `is_forced`;
    Invalid for a path that would leave the folder.
    """
    texts = {file["path"]: file["text"] for file in source["files"] if file["text"] is not None}
    places = {path: _inside(folder, path) for path in texts}
    known = _recorded(folder, ref)
    gone = [path for path in known if path not in texts and _inside(folder, path).is_file()]
    if not is_forced:
        _refuse_loss(folder, [*texts, *gone], known, texts)
    for path, place in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(texts[path].encode())
    for path in gone:
        _inside(folder, path).unlink()
    record(folder, ref, source["commit"]["sha"], texts)
    return sorted(texts)


def unreadable(source: Mapping[str, Any]) -> list[str]:
    """The paths of files that the API has no text of."""
    return sorted(file["path"] for file in source["files"] if file["text"] is None)


def base(folder: Path, ref: Ref) -> str | None:
    """The commit that the folder's files were pulled from or saved as; None when it is not a check-out.

    Raises Invalid when there is no such folder, Conflict when it holds another component.
    """
    if not folder.is_dir():
        raise Invalid(f"There is no folder {folder}. Pull the code first: {hint(f'component pull {ref}')}")
    content = _content(folder)
    if not content:
        return None
    if content["component"] != str(ref):
        raise Conflict(f"{folder} holds the code of {content['component']}, not of {ref}. Name the other folder.")
    return str(content["commit"])


def changes(folder: Path, source: Mapping[str, Any], *, may_delete: bool) -> dict[str, str | None]:
    """What differs from a SourceBody: the new text by path, None for a file that is gone.

    Raises Invalid for files that cannot be saved: not text, or larger than 1 MB.
    """
    before = {file["path"]: file["text"] for file in source["files"]}
    found = dict[str, str | None]()
    problems = dict[str, str]()
    here = set[str]()
    for path, file in _files(folder):
        here.add(path)
        content = file.read_bytes() if file.stat().st_size <= _TEXT_MAX_BYTES else None
        if path in before and before[path] is None:
            continue  # the API has no text of it to compare with
        text = _text(content)
        if text is None:
            problems[path] = "It is larger than 1 MB." if content is None else "It is not text."
        elif text != before.get(path):
            found[path] = text
    if problems:
        raise Invalid("Some files cannot be saved. Move them out of the folder.", problems)
    if may_delete:
        found |= {path: None for path, text in before.items() if text is not None and path not in here}
    return found


def merged(source: Mapping[str, Any], changed: Mapping[str, str | None]) -> dict[str, str]:
    """The text by path after the changes."""
    before = {file["path"]: file["text"] for file in source["files"]}
    return {path: text for path, text in {**before, **changed}.items() if text is not None}


def record(folder: Path, ref: Ref, sha: str, texts: Mapping[str, str]) -> None:
    """Notes in the folder which commit its files are of."""
    files = {path: _digest(text.encode()) for path, text in sorted(texts.items())}
    content = {"component": str(ref), "commit": sha, "files": files}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def _refuse_loss(folder: Path, paths: list[str], known: Mapping[str, str], texts: Mapping[str, str]) -> None:
    lost = []
    for path in paths:
        place = _inside(folder, path)
        if not place.exists():
            continue
        present = place.read_bytes() if place.is_file() else b""
        if _digest(present) != known.get(path) and present != texts.get(path, "").encode():
            lost.append(path)
    if lost:
        fields = ", ".join(sorted(lost))
        raise Conflict(f"Not saved yet, and it would be overwritten: {fields}. Push it first, or add --force.")


def _recorded(folder: Path, ref: Ref) -> dict[str, str]:
    content = _content(folder)
    if content and content["component"] != str(ref):
        raise Conflict(f"{folder} holds the code of {content['component']}. Choose another folder.")
    return dict(content["files"]) if content else {}


def _content(folder: Path) -> dict[str, Any]:
    try:
        content: Any = json.loads((folder / RECORD).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, NotADirectoryError):
        content = None
    match content:
        case {"component": str(component), "commit": str(commit), "files": dict(files)}:
            return {"component": component, "commit": commit, "files": files}
        case _:
            raise Invalid(f"{folder / RECORD} cannot be read. Delete it and pull again.")


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Regular files by their path in the repository; links are not followed."""
    for root, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not _is_left_alone(name))
        for name in sorted(files):
            file = Path(root, name)
            if not _is_left_alone(name) and file.is_file() and not file.is_symlink():
                yield file.relative_to(folder).as_posix(), file


def _is_left_alone(name: str) -> bool:
    return name in _LEFT_ALONE or name.endswith(".pyc") or (name.startswith(".") and name.endswith(_CACHES))


def _text(content: bytes | None) -> str | None:
    if content is None or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _inside(folder: Path, path: str) -> Path:
    """Where a repository's path is in the folder. Raises Internal for one that would leave it, whoever sent it."""
    parts = PurePosixPath(path).parts
    if (
        not parts
        or path.startswith("/")
        or "\\" in path
        or "\0" in path
        or any(p.lower() in ("..", ".git") for p in parts)
    ):
        raise Internal(f"The server sent the path “{path}”, which is no place in a folder. Nothing was written.")
    place = folder.joinpath(*parts)
    if not place.parent.resolve().is_relative_to(folder.resolve()) or place.is_symlink():
        raise Conflict(f"{place} goes through a link. Remove the link, or choose another folder.")
    return place


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
