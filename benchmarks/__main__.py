"""`python -m benchmarks [part…]`: measures, prints a table and writes `artifacts/bench.json`."""

from __future__ import annotations

import argparse
import json
import os
import platform as machine
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import planning, start, steady
from benchmarks.figure import Figure, table

ROOT = Path(__file__).resolve().parents[1]
PARTS: dict[str, Callable[[], list[Figure]]] = {
    "planning": planning.planning,
    "start": start.start,
    "start_latency": steady.start_latency,
    "overhead": steady.overhead,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures Clockhouse beside a floor.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"some of {', '.join(PARTS)}; all when none is named")
    chosen = parser.parse_args(arguments).parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    print(f"Medians of several runs; a floor is the least the machine could do. {_machine()}")
    measured = {}
    for name in chosen:
        print(f"\n{name}: {PARTS[name].__doc__}", flush=True)
        measured[name] = PARTS[name]()
        print(table(measured[name]), flush=True)
    _write({name: [figure.to_json() for figure in figures] for name, figures in measured.items()})
    return 0


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
