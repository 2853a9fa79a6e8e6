"""The small file through which an execution starts what is not a file of its own: a module, a script, a command."""

from __future__ import annotations

from pathlib import Path

from clockhouse.builders.base import Entry, Problem
from clockhouse.builders.start import Form, Start

NAME = "clockhouse_start.py"

_MODULE = """\
import os
import runpy
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), {root!r}))
runpy.run_module({target!r}, run_name="__main__", alter_sys=True)
"""
_SCRIPT = """\
import sys

from {module} import {name}

sys.argv[0] = {target!r}
sys.exit({call}())
"""
# The command finds the source's files by their names, but what it writes stays in the execution's own folder.
_COMMAND = """\
import os
import sys

source = os.path.dirname(os.path.abspath(__file__))
for name in os.listdir(source):
    if not os.path.lexists(name):
        os.symlink(os.path.join(source, name), name)
binaries = os.path.dirname(sys.executable)
os.environ["PATH"] = binaries + os.pathsep + os.environ.get("PATH", os.defpath)
sys.stdout.flush()
os.execv("/bin/sh", ["sh", "-c", {target!r}])
"""


def write(source: Path, start: Start) -> Entry | Problem:
    """Writes it into the source; the entry that an execution begins at. Raises ValueError for a plain file.

    It takes the place of a file or a link of that name. A link is never followed: the source may be a stranger's.
    """
    place, said = source / NAME, text(start)
    try:
        place.unlink(missing_ok=True)
    except (IsADirectoryError, PermissionError):  # which of them a folder is depends on the system
        if place.is_symlink() or not place.is_dir():
            raise
        return Problem(f"A file called {NAME} is what starts this. Rename that folder.", NAME)
    with place.open("x", encoding="utf-8") as file:  # "x" makes a file and opens none
        file.write(said)
    return Entry(NAME, None)


def text(start: Start) -> str:
    """What it says."""
    if start.form is Form.COMMAND:
        return _COMMAND.format(target=start.target)
    if start.form is Form.MODULE:
        return _MODULE.format(target=start.target, root="src" if (start.path or "").startswith("src/") else "")
    if start.form is Form.SCRIPT:
        module, _, call = start.call.partition(":")
        return _SCRIPT.format(module=module, name=call.partition(".")[0], call=call, target=start.target)
    raise ValueError(start)
