"""The first program in the container of a Python build: opens the secrets and becomes the task.

It runs with the build's own Python as `python -I -B -X utf8 docker_start.py SCRIPT CALL [ARGUMENT...]`, beside
`as_main.py`, so that a task runs here as it does in a process of its own.
"""

from __future__ import annotations

import os
import sys

AT_START = frozenset(sys.modules)
FILE = "_FILE"
SECRETS = "/run/secrets/"


def main() -> None:
    """Ends as the task ends."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import as_main  # type: ignore[import-not-found]  # beside this file, where it runs

    del sys.path[0]
    path, call, *arguments = sys.argv[1:]
    _open_secrets()
    sys.argv = [path, *arguments]
    as_main.settle(os.path.dirname(path), {}, AT_START)
    as_main.leave(as_main.run(as_main.Script(path, call, None)))


def _open_secrets() -> None:
    """Each secret is where a task looks for it: in its variable, which is no part of what the container was given.

    One at a path of its own stays a file: that was asked for.
    """
    for name, path in list(os.environ.items()):
        if name.endswith(FILE) and path == SECRETS + name.removesuffix(FILE):
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                os.environ[name.removesuffix(FILE)] = file.read()


if __name__ == "__main__":
    main()
