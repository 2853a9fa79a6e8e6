"""References: where somebody else keeps a secret, which is fetched from there whenever it is needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from clockhouse.errors import Invalid

LONGEST = 500
_PATH = re.compile(r"[A-Za-z0-9_.@+=-]+(?:/[A-Za-z0-9_.@+=-]+)*")
_FIELD = re.compile(r"[^\s#]+")
_FORMS = "Write vault:secret/data/shop#password or file:password."


class Keeper(StrEnum):
    """Who keeps it."""

    VAULT = "vault"  # HashiCorp Vault, its version 2 of key and value
    FILE = "file"  # a folder of this server's machine


@dataclass(frozen=True, slots=True)
class Reference:
    """A secret that `keeper` has at `path`; in a vault, under the key `field` of what is there."""

    keeper: Keeper
    path: str
    field: str = ""

    def __str__(self) -> str:
        return f"{self.keeper}:{self.path}{f'#{self.field}' if self.field else ''}"


def read(text: str) -> Reference:
    """Of `vault:secret/data/shop#password` or `file:password`. Raises Invalid for anything else."""
    scheme, colon, rest = text.strip().partition(":")
    path, _, field = rest.partition("#")
    if not colon or scheme not in set(Keeper) or len(text) > LONGEST:
        raise _invalid(f"This is no reference. {_FORMS}")
    if not _PATH.fullmatch(path) or ".." in path.split("/"):
        raise _invalid(f"A reference has a path of letters, digits and -_.@+= between slashes. {_FORMS}")
    if scheme == Keeper.VAULT and not _FIELD.fullmatch(field):
        raise _invalid("Say which field of it, after a #: vault:secret/data/shop#password.")
    if scheme == Keeper.FILE and "#" in rest:
        raise _invalid("A file is the secret as a whole: leave out what follows the #.")
    return Reference(Keeper(scheme), path, field)


def _invalid(sentence: str) -> Invalid:
    return Invalid(sentence, {"reference": sentence})
