"""Ends a group of processes when whoever watches over it is gone, however that came.

A program of its own, run by path with the standard library alone. On its standard input it is told the number of the
group, in a line, and with any byte more that the group has ended. An end of its input without that is the end of
whoever wrote it: the group is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Waits for the one or the other."""
    told = sys.stdin.buffer
    group = told.readline()
    if group and not told.read(1):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(int(group), signal.SIGKILL)


if __name__ == "__main__":
    main()
