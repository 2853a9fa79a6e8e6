"""Secrets in a folder of this machine, as platforms mount them: a file for each."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from clockhouse.errors import Unavailable
from clockhouse.keepers.base import LONGEST_BYTES
from clockhouse.kit import Secret
from clockhouse.model.reference import Reference


class MountedFiles:
    """The files beneath a folder; links may lead elsewhere within it, as a platform's do when it renews them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, wanted: Reference) -> Secret:
        """See `Fetches`. A line feed at the end is the file's, not the secret's."""
        try:
            inside = self._folder.resolve(strict=True)
            file = (inside / wanted.path).resolve(strict=True)
            if not file.is_relative_to(inside):
                raise Unavailable("That file is not in the folder of secrets.")
            descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb") as opened:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise Unavailable("That is no file.")
                held = opened.read(LONGEST_BYTES + 1)
        except OSError as error:
            raise Unavailable(f"Its file cannot be read ({error.strerror}).") from error
        if len(held) > LONGEST_BYTES:
            raise Unavailable(f"Its file is larger than {LONGEST_BYTES // 1024} KiB.")
        try:
            return Secret(held.decode().removesuffix("\n").removesuffix("\r"))
        except UnicodeDecodeError:
            raise Unavailable("Its file is no text in UTF-8.") from None
