"""Configuration: what people have set for a component, in all environments or in one, whatever is deployed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from clockhouse.errors import Invalid
from clockhouse.kit import Secret
from clockhouse.kit.declared import Setting
from clockhouse.model.deployment import Value, checked
from clockhouse.model.reference import Reference

LONGEST_VALUE = 64 * 1024  # characters
SHORTEST_MASKED = 4  # characters: what is shorter is not masked in logs, where it would hit half of all words
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_LONGEST_FILE = 200


@dataclass(frozen=True, slots=True)
class Stored:
    """A value that somebody set: a plain `value`, or a secret, `sealed` by the vault or kept at a `reference`.

    `environment_id` is None for all environments. `fingerprint` is the same for the same secrets of a component.
    `is_short` secrets are not masked in logs. `file` is the path at which it is handed over as a file, beneath the
    folder that the execution has for files; None: it is an environment variable.
    """

    name: str
    environment_id: str | None
    at: datetime
    by: str
    value: Value = None
    sealed: str | None = None
    fingerprint: str | None = None
    reference: Reference | None = None
    is_short: bool = False
    file: str | None = None

    @property
    def is_secret(self) -> bool:
        return self.sealed is not None or self.reference is not None

    def says_the_same(self, other: Stored) -> bool:
        """Whether both are the same value, as far as that is known without opening secrets."""
        if self.is_secret or other.is_secret:
            return _known(self) is not None and _known(self) == _known(other)
        return self.value == other.value and isinstance(self.value, bool) == isinstance(other.value, bool)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one deployment was configured with, by name, as the database keeps it for ever."""

    values: Mapping[str, Value] = field(default_factory=dict)
    sealed: Mapping[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)  # of the sealed, as far as they are known
    references: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def effective(stored: Iterable[Stored], environment_id: str) -> dict[str, Stored]:
    """What counts in an environment, by name: what is set for it, else what is set for all."""
    everywhere, here = {}, {}
    for each in stored:
        if each.environment_id is None:
            everywhere[each.name] = each
        elif each.environment_id == environment_id:
            here[each.name] = each
    return everywhere | here


def deployable(settings: tuple[Setting, ...], counting: Mapping[str, Stored]) -> Snapshot:
    """What is set, as a deployment has it when nothing is given with it: sealed secrets stay sealed.

    Raises Invalid as `checked` does.
    """
    types = {setting.name: setting.type for setting in settings}
    usable = {
        name: each
        for name, each in counting.items()
        if name in types and (types[name] == "secret" or not each.is_secret)
    }
    kept = Secret("kept")
    values = checked(settings, {name: kept if each.is_secret else each.value for name, each in usable.items()})
    held = {name: each for name, each in usable.items() if each.is_secret}
    return Snapshot(
        values={name: value for name, value in values.items() if not isinstance(value, Secret | Reference)},
        sealed={name: each.sealed for name, each in held.items() if each.sealed is not None},
        fingerprints={name: each.fingerprint for name, each in held.items() if each.fingerprint is not None},
        references={name: str(each.reference) for name, each in held.items() if each.reference is not None},
        files={name: each.file for name, each in usable.items() if each.file is not None},
    )


def check_file(path: str) -> str:
    """The same path. Raises Invalid unless it is relative and stays beneath its folder."""
    if len(path) > _LONGEST_FILE or not _FILE.fullmatch(path):
        sentence = "Choose a relative path of letters, digits, dots, dashes and underscores, such as tls/client.pem."
        raise Invalid(sentence, {"file": sentence})
    return path


def _known(one: Stored) -> tuple[str, str] | None:
    if one.reference is not None:
        return "reference", str(one.reference)
    return None if one.fingerprint is None else ("fingerprint", one.fingerprint)
