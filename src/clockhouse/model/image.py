"""References of images, as people write them: registry.example.org/team/reports:1.4."""

from __future__ import annotations

import re

FILE = "image.toml"
"""The file of a source that names a ready image."""

_LENGTH_MAX = 400
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?"
_REFERENCE = re.compile(
    rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?P<tag>:[A-Za-z0-9_][A-Za-z0-9._-]{{0,127}})?(?P<digest>@sha256:[0-9a-f]{{64}})?"
)


def fault(reference: str) -> str | None:
    """Why this names no image, as a sentence; None when it does."""
    if len(reference) <= _LENGTH_MAX and _REFERENCE.fullmatch(reference):
        return None
    return f"“{reference[:80]}” names no image. Write it like registry.example.org/reports:1.4."


def moves(reference: str) -> bool:
    """Whether it is known to name another image tomorrow: it has no tag, or the tag `latest`, and no digest."""
    found = _REFERENCE.fullmatch(reference)
    return found is not None and found["digest"] is None and found["tag"] in (None, ":latest")


def source(reference: str) -> dict[str, str]:
    """The files that a component of a ready image begins with."""
    return {FILE: _TEMPLATE.format(reference=reference)}


_TEMPLATE = """\
# A ready image. Every build pins what the name means then; what is deployed is that very image.
image = "{reference}"

# In the place of the image's own command and user:
# command = ["report", "--daily"]
# user = "10001"

# What is asked for at deployment, beside what the image's labels declare:
# [settings]
# url = "text Address of the service"
# token = "secret What opens it"
"""
