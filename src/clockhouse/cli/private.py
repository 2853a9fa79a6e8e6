"""Files with something secret in them: read, with a warning where others may read them, too."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from clockhouse.cli import output
from clockhouse.errors import Invalid


def read(file: Path, what: str) -> str:
    """The text of a file. Raises Invalid, which names `what` it holds, when it cannot be read."""
    try:
        with file.open(encoding="utf-8") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            text = opened.read()
    except OSError as error:
        raise Invalid(f"{what} cannot be read from {file} ({error.strerror}).") from error
    except UnicodeDecodeError:  # which has the secret
        raise Invalid(f"{what} cannot be read from {file} (it is no text).") from None
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        output.note(f"Others on this machine can read {file}. Keep it from them: chmod 600 {shlex.quote(str(file))}")
    return text
