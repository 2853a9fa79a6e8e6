"""Files of this machine that connectors send and write."""

from __future__ import annotations

import secrets
from pathlib import Path

from clockhouse.connectors.errors import ConnectorError


def here(path: str | Path) -> Path:
    """A file that is to be sent. Raises ConnectorError when there is none."""
    found = Path(path)
    if not found.is_file():
        what = "is a folder" if found.is_dir() else "is not there"
        raise ConnectorError(f"{found} {what}. Check its path: the task runs in {Path.cwd()}.")
    return found


def replace(target: Path, content: bytes) -> int:
    """Writes a file whole, or leaves it as it was; how many bytes it has. Raises ConnectorError when it can't."""
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        size = part.write_bytes(content)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        why = error.strerror or type(error).__name__
        raise ConnectorError(f"{target} can't be written here: {why}. Check its folder.") from None
    return size
