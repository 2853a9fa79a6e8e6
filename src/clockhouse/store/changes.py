"""Changes: hints, after a commit, that rows of a topic are different now.

A hint may be lost or late; whoever waits for one also looks by itself from time to time. The row is the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock

from clockhouse.telemetry import logger

log = logger("changes")

Listener = Callable[[frozenset[str]], object]

# Of the engine: something may be due earlier than it was, something waits for a worker or for a stop, somebody pushed.
PLANS = "plans"
QUEUE = "queue"
STOPS = "stops"
BUILDS_QUEUE = "builds-queue"
SOURCES = "sources"
MESSAGES = "messages"
# Of people: what a page shows is different.
PROJECTS = "projects"
BUILDS = "builds"
DEPLOYMENTS = "deployments"
EXECUTIONS = "executions"
ALERTS = "alerts"
FOR_PEOPLE = frozenset({PROJECTS, BUILDS, DEPLOYMENTS, EXECUTIONS, ALERTS})
REMOVAL = (PROJECTS, PLANS, STOPS, BUILDS_QUEUE, DEPLOYMENTS, EXECUTIONS)  # of a component with all that it holds


def log_of(source: str) -> str:
    """The topic of the log of one execution or build."""
    return f"log:{source}"


class Changes:
    """Passes hints on to the listeners within this process, from whichever thread heard of a commit."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._listeners: dict[str, set[Listener]] = {}

    @contextmanager
    def listening(self, topics: Iterable[str], listener: Listener) -> Iterator[None]:
        """Calls `listener` with the changed topics it asked about; it must be quick and safe from any thread."""
        wanted = list(topics)
        with self._lock:
            for topic in wanted:
                self._listeners.setdefault(topic, set()).add(listener)
        try:
            yield
        finally:
            with self._lock:
                for topic in wanted:
                    remaining = self._listeners[topic]
                    remaining.discard(listener)
                    if not remaining:
                        del self._listeners[topic]

    def publish_all(self) -> None:
        """Hints at whatever somebody listens to: which of it changed is not known."""
        with self._lock:
            topics = list(self._listeners)
        self.publish(topics)

    def publish(self, topics: Iterable[str]) -> None:
        told: dict[Listener, set[str]] = {}
        with self._lock:
            for topic in topics:
                for listener in self._listeners.get(topic, ()):
                    told.setdefault(listener, set()).add(topic)
        for listener, changed in told.items():
            try:
                listener(frozenset(changed))
            except Exception:  # what was committed is: nobody may take it for failed, and write it again
                log.exception("changes.listener-broke", topics=sorted(changed))
