"""Takes into the database what an earlier version kept in the data directory."""

from __future__ import annotations

from pathlib import Path

from clockhouse.builders import former
from clockhouse.errors import Unavailable
from clockhouse.store import repositories
from clockhouse.store.database import Database
from clockhouse.telemetry import logger

log = logger("takeover")


def take_over_sources(database: Database, root: Path) -> int:
    """Copies the repositories below `root`, each in one transaction, and puts them aside; how many it copied.

    One of a component that this database has not got stays where it is, and so does one that cannot be read.
    """
    copied = 0
    for component_id, folder in former.found(root).items():
        try:
            with database.begin() as tx:
                if not repositories.has_component(tx, component_id):
                    continue
                kept = repositories.of(tx, component_id)
                is_new = kept.head() is None  # else a start that was cut off has copied it
                if is_new:
                    former.copy(folder, kept)
        except Unavailable as error:
            log.error("takeover.failed", component=component_id, sentence=error.sentence)
            continue
        former.put_aside(folder)
        copied += is_new
    return copied
