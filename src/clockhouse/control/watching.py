"""Watching: being told that something changed, to look again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from clockhouse.control import access
from clockhouse.control.parts import Parts
from clockhouse.model.actor import Actor, Permission
from clockhouse.model.agent import Agent
from clockhouse.store.changes import FOR_PEOPLE, QUEUE, STOPS, log_of

Told = Callable[[frozenset[str]], object]
_ASK_AGAIN_S = 3.0


class Watcher:
    """Who reads a stream. Meanwhile a session may end and a role may be taken: `actor` asks every few seconds.

    `ask` tells who it is by now, and raises when that is nobody any more.
    """

    def __init__(self, parts: Parts, actor: Actor, ask: Callable[[], Actor]) -> None:
        self._clock = parts.database.clock
        self._ask = ask
        self._known = actor
        self._asked_s = self._clock.monotonic()

    def actor(self) -> Actor:
        """Who it is, with what they may do; from any thread. Raises Unauthenticated or Forbidden."""
        now_s = self._clock.monotonic()
        if now_s - self._asked_s >= _ASK_AGAIN_S:
            self._known = self._ask()
            self._asked_s = now_s
        return self._known

    def check(self) -> None:
        """Raises Unauthenticated or Forbidden when it is nobody any more, or may look at nothing."""
        access.require(self.actor(), Permission.READ)


def everything(parts: Parts, actor: Actor, told: Told) -> AbstractContextManager[None]:
    """While it is entered, calls `told` with the topics of what pages show, after each change and from any thread.

    A hint may be lost: whoever shows something also looks again from time to time.
    """
    access.require(actor, Permission.READ)
    return parts.database.changes.listening(FOR_PEOPLE, told)


def work(parts: Parts, _agent: Agent, told: Told) -> AbstractContextManager[None]:
    """The same for an agent: there may be something to claim, or something is wanted stopped."""
    return parts.database.changes.listening([QUEUE, STOPS], told)


def one(parts: Parts, actor: Actor, source: str, told: Told) -> AbstractContextManager[None]:
    """The same for one execution or build, by its id: its lines, its start and its end."""
    access.require(actor, Permission.READ)
    return parts.database.changes.listening([log_of(source)], told)
