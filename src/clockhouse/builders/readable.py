"""What of a file can be read: its text, unless it is binary or too large."""

from __future__ import annotations

TEXT_MAX_BYTES = 1024 * 1024  # a larger file is neither shown nor saved by the editor


def text(content: bytes) -> str | None:
    """None when it is binary, or larger than `TEXT_MAX_BYTES`."""
    if len(content) > TEXT_MAX_BYTES or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
