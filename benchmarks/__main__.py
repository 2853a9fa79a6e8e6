"""`python -m benchmarks [part…]`: measures, prints a table and writes `artifacts/bench.json`."""

from __future__ import annotations

import argparse
import json
import os
import platform as machine
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import crowd, effort, flows, keystrokes, planning, reading, start, steady, workers
from benchmarks.figure import Figure, table
from benchmarks.library import effort as library_effort
from benchmarks.library import parts
from benchmarks.library.children import Failed

ROOT = Path(__file__).resolve().parents[1]
PARTS: dict[str, Callable[[], list[Figure]]] = {"planning": planning.planning, "flows": flows.flows}
LIBRARY: dict[str, Callable[[library_effort.Effort], list[Figure]]] = {
    "adding": parts.adding,
    "control": parts.control,
    "inline": parts.inline,
    "pooled": parts.pooled,
    "lateness": parts.lateness,
    "idle": parts.idle,
}
PLATFORM: dict[str, Callable[[effort.Effort], list[Figure]]] = {
    "start": start.start,
    "start_latency": steady.start_latency,
    "overhead": steady.overhead,
    "rate": crowd.rate,
    "claims": workers.claims,
    "storm": crowd.storm,
    "deployments": crowd.deployments,
    "log_lines": reading.log_lines,
    "listing": reading.listing,
    "keystrokes": keystrokes.keystrokes,
}
WORDS = {name: part.__doc__ for name, part in (LIBRARY | PLATFORM | PARTS).items()}


def main(arguments: list[str]) -> int:
    known = list(WORDS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures Clockhouse beside a floor.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"some of {', '.join(known)}; all when none is named")
    parser.add_argument("--quick", action="store_true", help="once and shortly, to try the parts out")
    asked = parser.parse_args(arguments)
    chosen = asked.parts or known
    if unknown := set(chosen) - set(known):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    measures: dict[str, Callable[[], list[Figure]]] = dict(PARTS)
    of_library, of_platform = (
        (library_effort.QUICK, effort.QUICK) if asked.quick else (library_effort.FULL, effort.FULL)
    )
    measures |= {name: partial(part, of_library) for name, part in LIBRARY.items()}
    measures |= {name: partial(part, of_platform) for name, part in PLATFORM.items()}
    print(f"Medians of several runs; a floor is the least the machine could do. {_machine()}")
    measured = {}
    for name in chosen:
        print(f"\n{name}: {WORDS[name]} (load {os.getloadavg()[0]:.1f})", flush=True)
        try:
            measured[name] = measures[name]()
        except Failed as failure:
            print(failure, flush=True)
        else:
            print(table(measured[name]), flush=True)
    if not asked.quick:
        _write({name: [figure.to_json() for figure in figures] for name, figures in measured.items()})
    return 0 if measured.keys() >= set(chosen) else 1


def _machine() -> str:
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} processors, load {load:.1f}, Python {machine.python_version()}."


def _write(measured: dict[str, list[dict[str, object]]]) -> None:
    """Parts that were not measured this time stay as they were."""
    file = ROOT / "artifacts" / "bench.json"
    file.parent.mkdir(exist_ok=True)
    known = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**known, "machine": _machine(), **measured}, indent=2) + "\n")
    print(f"\nWritten to {file.relative_to(ROOT)}.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
