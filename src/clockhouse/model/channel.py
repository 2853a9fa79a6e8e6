"""Channels: where people are told of what happens in a project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Channel:
    """A named address. That is a secret: who reads a channel is told its kind and what tells it from others.

    `kind` is what takes the messages, like `email`, `slack` or `webhook`. `host` is where that is; None where the
    address has no name of a machine, or it is part of what is secret.
    """

    id: str
    project: str  # a slug
    name: str  # unique in the project, fit for an address
    kind: str
    host: str | None
    sealed: str  # for `purpose(id)`
    fingerprint: str
    created_at: datetime
    created_by: str
    set_at: datetime  # when it was given the address that it has
    set_by: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it goes with what a channel is told.

    `trouble` is why it takes nothing at present, None when it took the last message. `next_at` is when what waits is
    tried again, None where nothing waits that failed before.
    """

    told_at: datetime | None = None  # the last that it took
    waiting: int = 0  # messages
    trouble: str | None = None
    next_at: datetime | None = None


def purpose(channel_id: str) -> str:
    """What the address of a channel is sealed for."""
    return f"{channel_id}/channel address"
