"""What every keeper of secrets offers, and the one that knows them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from clockhouse.errors import ClockhouseError, Invalid, Unavailable
from clockhouse.kit import Secret
from clockhouse.model import reference
from clockhouse.model.reference import Keeper, Reference

LONGEST_BYTES = 64 * 1024


class Fetches(Protocol):
    """A place where secrets are kept."""

    def fetch(self, wanted: Reference) -> Secret:
        """What it has there, now. Blocks for some seconds at most. Raises Unavailable with a sentence that says why."""
        ...


class Keepers:
    """Fetches from those that this server was told of."""

    def __init__(self, known: Mapping[Keeper, Fetches] | None = None) -> None:
        self._known = known or {}

    def fetch(self, references: Mapping[str, str]) -> dict[str, Secret]:
        """The secrets by name; what is asked for more than once is fetched once. Raises Unavailable for the first that
        cannot be had, with its name in the sentence.
        """
        found: dict[str, Secret] = {}
        by_text: dict[str, Secret] = {}
        for name, text in references.items():
            if text not in by_text:
                by_text[text] = self._one(name, text)
            found[name] = by_text[text]
        return found

    def _one(self, name: str, text: str) -> Secret:
        try:
            wanted = reference.read(text)
            keeper = self._known.get(wanted.keeper)
            if keeper is None:
                raise Unavailable(_UNKNOWN[wanted.keeper])
            return keeper.fetch(wanted)
        except (Unavailable, Invalid) as error:
            raise _failed(name, text, error) from error


_UNKNOWN = {
    Keeper.VAULT: "This server knows no HashiCorp Vault: start it with --vault-address.",
    Keeper.FILE: "This server knows no folder of secrets: start it with --secret-files.",
}


def _failed(name: str, text: str, error: ClockhouseError) -> Unavailable:
    return Unavailable(f"The secret {name} cannot be fetched from {text}. {error.sentence}")
