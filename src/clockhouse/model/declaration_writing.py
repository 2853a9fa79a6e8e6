"""A `clockhouse.yaml` as it is written: what a component has, in the words of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from clockhouse.model import alert, duration
from clockhouse.model.alert import Wish
from clockhouse.model.deployment import Limits
from clockhouse.model.recipe import Recipe
from clockhouse.model.schedule import Terms
from clockhouse.task import Backoff, CatchUp, Overlap, Retry, to_spec

_MEBIBYTE = 1024 * 1024


def schedules_from(terms: Sequence[Terms]) -> list[dict[str, Any]]:
    """Schedules as a file writes them."""
    return [_written(each) for each in terms]


def _written(terms: Terms) -> dict[str, Any]:
    spec = to_spec(terms.trigger)
    kind = spec["kind"]
    found: dict[str, Any] = {}
    if kind == "interval":
        found["every"] = duration.write(timedelta(seconds=float(str(spec["every_s"]))))
    elif kind == "once":
        found["at"] = spec["at"]
    else:
        found["cron"] = spec["expression"]
        usual = {"zone": "UTC", "gap": "after", "fold": "first"}
        found |= {name: spec[name] for name, value in usual.items() if spec.get(name, value) != value}
    found |= {name: spec[name] for name in ("start", "end") if spec.get(name) is not None}
    jitter = spec.get("jitter")
    if isinstance(jitter, Mapping):
        found["jitter"] = duration.write(timedelta(seconds=float(str(jitter["by_s"]))))
    if spec.get("excluding"):
        found["excluding"] = spec["excluding"]
    if terms.overlap is not Overlap.SKIP:
        found["overlap"] = str(terms.overlap)
    found |= _catch_up_written(terms)
    found |= {"max_count": terms.max_count} if terms.max_count else {}
    return found | ({"end_after_failures": terms.end_after_failures} if terms.end_after_failures else {})


def _catch_up_written(terms: Terms) -> dict[str, Any]:
    catch_up = terms.catch_up
    if catch_up == CatchUp() and not terms.after_pause:
        return {}
    if catch_up.within is None and not terms.after_pause:
        return {"catch_up": str(catch_up.mode)}
    found: dict[str, Any] = {"mode": str(catch_up.mode)}
    if catch_up.within is not None:
        found["within"] = duration.write(catch_up.within)
    return {"catch_up": found | ({"after_pause": True} if terms.after_pause else {})}


def limits_from(limits: Limits) -> dict[str, Any]:
    """Limits as a file writes them; what is as usual is left out."""
    found: dict[str, Any] = {}
    if limits.time_out is not None:
        found["time_out"] = duration.write(limits.time_out)
    if limits.retry != Retry():
        retry: dict[str, Any] = {"attempts": limits.retry.attempts, "delay": duration.write(limits.retry.delay)}
        if limits.retry.backoff is not Backoff.FIXED:
            retry["backoff"] = str(limits.retry.backoff)
        if limits.retry.max_delay is not None:
            retry["longest_delay"] = duration.write(limits.retry.max_delay)
        found["retry"] = retry
    if limits.at_once is not None:
        found["at_once"] = limits.at_once
    container = limits.container
    memory = container.memory_bytes
    had = {
        "cpus": container.cpus,
        "memory_mib": None if memory is None else memory // _MEBIBYTE,
        "processes": container.processes,
        "network": container.network,
    }
    had = {name: value for name, value in had.items() if value is not None}
    return found | ({"container": had} if had else {})


def alert_from(wish: Wish) -> dict[str, Any]:
    """An alert as a file writes it below its environment."""
    found: dict[str, Any] = {"when": alert.write(wish.condition), "tell": list(wish.channels)}
    return found if wish.tells_end else {**found, "tell_when_over": False}


def build_from(chosen: Recipe) -> dict[str, Any]:
    """A recipe as a file writes it; what is not chosen is left out."""
    found = {
        "kind": None if chosen.kind is None else str(chosen.kind),
        "dockerfile": chosen.dockerfile,
        "arguments": dict(chosen.arguments) or None,
        "python": chosen.python,
        "time_out": None if chosen.time_out is None else duration.write(chosen.time_out),
    }
    return {name: value for name, value in found.items() if value is not None}
