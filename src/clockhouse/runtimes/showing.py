"""Values as short texts, and where a task failed: what an execution tells of its own data, without its secrets.

It runs in the task's process with the build's own Python, so it is one file of the standard library.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import types
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MOST_TEXT = 300  # characters of one value
LOOKED_AT = 4096  # characters of which these are shown: masking makes texts shorter
MOST_ITEMS = 20  # of a list or a record that are shown
DEEPEST = 4
MOST_NAMES = 30  # of one frame
MOST_FRAMES = 8
FRAMES_WITH_NAMES = 3  # the innermost ones
MOST_RECORD = 15_000  # bytes: a record is one line of a log, and that is at most 16 KiB
MOST_ERROR = 500
REPRS_WITHIN_S = 1.0  # what takes longer to say what it is, is not waited for
AGAIN_S = 0.05  # after which whoever has not heard that is told again
SHORTEST_MASK = 4
MASK = "****"
FILE = ".clockhouse-failure.json"

# What is called so is hidden even where nobody declared it as a secret.
_TELLING = re.compile(r"passw|passphrase|secret|token|api_?key|credential|authorization|private_?key", re.IGNORECASE)
_PLAIN = (bool, int, float, complex, type(None))
_OURS = frozenset({*_PLAIN, str, bytes, bytearray})  # whose words are no code of the task
_TOO_LATE = "<not asked in time what it is>"
_UNTOLD = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)


class TooLong(BaseException):
    """The time for saying what things are is over. What a task's own code catches is seldom this."""


class Shower:
    """Shows values, with these secrets masked in whatever form they commonly take.

    Once it `is_late`, the task's own code is asked nothing any more; `is_asking` while it is.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._masked = sorted(forms(secrets), key=len, reverse=True)
        self._longest = max(map(len, self._masked), default=0)
        self.is_late = self.is_asking = False

    def text(self, value: Any) -> str:
        """At most MOST_TEXT characters that say what it is. Never raises, whatever its own code does."""
        if self.is_late and type(value) not in _OURS:
            return _TOO_LATE
        return self.cut(self.asked(lambda: self._shown(value, DEEPEST), value), MOST_TEXT)

    def asked(self, question: Callable[[], str], value: Any) -> str:
        """The answer, which the task's own code may give: late, never, or by ending everything."""
        try:
            self.is_asking = True
            answer = question()
            self.is_asking = False
        except TooLong:
            answer = _TOO_LATE
        except RecursionError:
            answer = "…"
        except BaseException:
            answer = _without_words(value)
        finally:
            self.is_asking = False
        return answer

    def cut(self, text: str, most: int) -> str:
        """The text with the secrets masked, cut so that no part of one is left at its end."""
        shown = self._masked_until(text, LOOKED_AT)
        return shown if len(shown) <= most and len(text) <= LOOKED_AT else f"{shown[: most - 1]}…"

    def masked(self, text: str) -> str:
        """The whole text with the secrets masked."""
        return self._masked_until(text, len(text))

    def _masked_until(self, text: str, end: int) -> str:
        """The first `end` characters, without what is of a secret, even where that goes on behind them."""
        parts, at = [], 0
        for first, behind in self._found(text[: end + self._longest]):
            if first >= end:
                break
            parts += [text[at:first], MASK]
            at = behind
        return "".join([*parts, text[at:end]])

    def _found(self, text: str) -> list[tuple[int, int]]:
        """Where secrets are, in order; those that overlap as one."""
        spans = []
        for secret in self._masked:
            at = text.find(secret)
            while at >= 0:
                spans.append((at, at + len(secret)))
                at = text.find(secret, at + 1)
        found: list[tuple[int, int]] = []
        for first, behind in sorted(spans):
            if found and first < found[-1][1]:
                found[-1] = found[-1][0], max(behind, found[-1][1])
            else:
                found.append((first, behind))
        return found

    def _shown(self, value: Any, deep: int) -> str:
        kind = type(value)
        if kind in _PLAIN:
            # Python refuses to write out numbers of some thousand digits.
            return f"a number of {value.bit_length()} bits" if kind is int and abs(value) >> 4096 else repr(value)
        if kind is str:
            return repr(self.cut(value, MOST_TEXT))
        if kind in (bytes, bytearray):
            return self._of_bytes(bytes(value[: LOOKED_AT + self._longest + 1]))
        if deep == 0:
            return "…"
        if issubclass(kind, dict):
            return self._record(value, deep)
        if kind in (list, tuple, set, frozenset):
            return self._several(value, kind, deep)
        # Its own words, where it has any, mean to say something else.
        if hasattr(kind, "__dataclass_fields__") and hasattr(kind.__repr__, "__wrapped__"):
            return self._dataclass(value, deep)
        return self._of_another(value)

    def _of_bytes(self, value: bytes) -> str:
        shown = self.cut(value.decode("latin-1"), MOST_TEXT)
        if shown.endswith("…"):  # which no byte is
            return f"{shown[:-1].encode('latin-1')!r}…"
        return repr(shown.encode("latin-1"))

    def _record(self, value: dict[Any, Any], deep: int) -> str:
        parts = []
        for name, item in _first(value.items()):
            parts.append(f"{self._shown(name, 1)}: {self._named(name, item, deep)}")
        return f"{{{', '.join([*parts, *_more(value)])}}}"

    def _several(self, value: Any, kind: type, deep: int) -> str:
        parts = [*(self._shown(item, deep - 1) for item in _first(value)), *_more(value)]
        inner = ", ".join(parts)
        if kind is list:
            return f"[{inner}]"
        if kind is tuple:
            return f"({inner},)" if len(parts) == 1 else f"({inner})"
        return f"{{{inner}}}" if value else f"{kind.__name__}()"

    def _dataclass(self, value: Any, deep: int) -> str:
        parts = []
        for name, field in type(value).__dataclass_fields__.items():
            if field.repr and hasattr(value, name):
                parts.append(f"{name}={self._named(name, getattr(value, name), deep)}")
        return f"{type(value).__qualname__}({', '.join(parts)})"

    def _named(self, name: object, value: Any, deep: int) -> str:
        return MASK if _is_hidden(name, value) else self._shown(value, deep - 1)

    def _of_another(self, value: Any) -> str:
        try:
            return self.cut(str(repr(value)), MOST_TEXT)
        except TooLong:
            raise
        except BaseException:  # it may end the task, which is not for whoever shows it
            return _without_words(value)


def failure(error: BaseException, folder: str, shower: Shower) -> dict[str, Any] | None:
    """Where in the task's own files it failed, with the variables there; None when it was in none of them.

    `folder` is that of the task's source. The frames are the outermost first.
    """
    frames = [found for found in _frames(error) if _is_in(found[0].f_code.co_filename, folder)][-MOST_FRAMES:]
    if not frames:
        return None
    told = []
    for number, (frame, line) in enumerate(frames):
        with_names = len(frames) - number <= FRAMES_WITH_NAMES
        told.append(
            {
                "path": os.path.relpath(frame.f_code.co_filename, folder),
                "line": line,
                "function": "" if frame.f_code.co_name == "<module>" else frame.f_code.co_name,
                "variables": list(_variables(frame, shower)) if with_names else [],
            }
        )
    return _bounded({"error": _words(error, shower), "type": type(error).__name__, "frames": told})


def leave(error: BaseException, source: str, folder: str, secrets: Iterable[str]) -> None:
    """Writes where it failed into the execution's own folder, for the server. Never raises, and never takes long."""

    shower = Shower(secrets)

    def too_long(_number: int, _frame: object) -> None:
        shower.is_late = True
        if shower.is_asking:
            raise TooLong

    try:
        before = signal.signal(signal.SIGALRM, too_long)
        signal.setitimer(signal.ITIMER_REAL, REPRS_WITHIN_S, AGAIN_S)
        try:
            record = failure(error, source, shower)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        if record is not None:
            path = os.path.join(folder, FILE)
            with contextlib.suppress(OSError):
                os.unlink(path)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
                file.write(written(record))
    except BaseException:  # noqa: S110  the task has failed for a reason of its own, which is told anyway
        pass


def written(record: dict[str, Any]) -> bytes:
    """A record as one line, without its end."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _frames(error: BaseException) -> Iterator[tuple[types.FrameType, int]]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _is_in(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


def _variables(frame: types.FrameType, shower: Shower) -> Iterator[dict[str, str]]:
    count = 0
    for name, value in dict(frame.f_locals).items():
        if name.startswith(("__", ".")) or issubclass(type(value), _UNTOLD):
            continue
        count += 1
        if count > MOST_NAMES:
            return
        text = MASK if _is_hidden(name, value) else shower.text(value)
        yield {"name": name[:100], "type": type_of(value), "text": text}


def _words(error: BaseException, shower: Shower) -> str:
    said = shower.asked(lambda: str(error), error) if not shower.is_late else _TOO_LATE
    name = type(error).__name__
    return shower.cut(f"{name}: {said}" if said else name, MOST_ERROR)


def _bounded(record: dict[str, Any]) -> dict[str, Any]:
    """The record with as many of its variables as there is room for, those of the innermost frame last to go."""
    while len(written(record)) > MOST_RECORD:
        full = next((frame for frame in record["frames"] if frame["variables"]), None)
        if full is None:
            return {**record, "frames": record["frames"][-1:]}
        full["variables"].pop()
    return record


def forms(secrets: Iterable[str]) -> set[str]:
    """How these, and the lines of each, are commonly written; without what is too short to be masked."""
    parts = {part for secret in secrets for part in (secret, *secret.splitlines())}
    return {form for part in parts for form in _forms(part) if len(form) >= SHORTEST_MASK}


def _forms(secret: str) -> Iterator[str]:
    """How a secret is commonly written: as it is, in a Python or JSON text, as bytes, in an address."""
    data = secret.encode("utf-8", "surrogateescape")
    yield secret
    yield repr(secret)[1:-1]
    yield repr(f"{secret}\"'")[1:-4]  # as in a text that has both quotes
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield data.decode("latin-1")
    yield repr(data)[2:-1]
    yield repr(data + b"\"'")[2:-4]
    yield urllib.parse.quote(data, safe="")
    yield urllib.parse.quote_plus(data)


def _without_words(value: Any) -> str:
    return f"<{type_of(value)}, which cannot say what it is>"


def _first(items: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in items:
        if len(found) == MOST_ITEMS:
            break
        found.append(item)
    return found


def _more(value: Any) -> list[str]:
    return [f"… {len(value) - MOST_ITEMS} more"] if len(value) > MOST_ITEMS else []


def _is_hidden(name: object, value: Any) -> bool:
    """Whether it is a secret by what it is called."""
    return isinstance(name, str) and _TELLING.search(name) is not None and not issubclass(type(value), _PLAIN)


def type_of(value: Any) -> str:
    """The name of its type, with the module where that tells something."""
    kind = type(value)
    name = (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )
    return name[:100]
