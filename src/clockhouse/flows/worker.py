"""The child process that answers questions about sources, one after the other; see `workers`, which starts it.

It is asked on its standard input and answers on its standard output: each message is its length in four bytes and a
pickle, from our own process and to it. A question is how many seconds of processor it may take and a function of ours
with its arguments, an answer whether it went well and what came of it. It ends with its input, or by SIGPROF when an
answer takes more than it may: also in the middle of what is no Python.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import sys
from typing import BinaryIO

MOST_BYTES = 1024 * 1024 * 1024  # of memory: a source that takes more is answered with an error, and harms nobody
LENGTH_BYTES = 4


def main() -> None:
    """Answers until its input ends."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed is no answer
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    gc.disable()  # the many parts of a source stay to its end: going through them again took a third of the time
    while (question := _read(sys.stdin.buffer)) is not None:
        answer = _answered(question)
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(len(answer).to_bytes(LENGTH_BYTES) + answer)
        answers.flush()
        del answer
        gc.collect()
        gc.freeze()  # what is left is ours, and stays


def _answered(question: bytes) -> bytes:
    try:
        limit_s, function, arguments, named = pickle.loads(question)  # noqa: S301  # of our own process
        signal.setitimer(signal.ITIMER_PROF, limit_s)
        return pickle.dumps((True, function(*arguments, **named)), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        return _refusal(error)


def _refusal(error: Exception) -> bytes:
    try:
        return pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
    except Exception:  # one that cannot be handed over is told in words
        return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))


def _read(source: BinaryIO) -> bytes | None:
    length = source.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    message = source.read(int.from_bytes(length))
    return message if len(message) == int.from_bytes(length) else None


if __name__ == "__main__":
    main()
