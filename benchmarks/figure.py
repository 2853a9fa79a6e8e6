"""Figures: what several runs measured, what the machine could do at best, and what is promised."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

RUNS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of each run, in `unit`.

    `floor` is the same of the least that would do, `target` what is promised, `peers` the same of others, by name.
    """

    name: str
    unit: str
    runs: Sequence[float]
    target: float | None = None
    floor: Sequence[float] = ()
    more_is_better: bool = False
    notes: dict[str, Any] = field(default_factory=dict)
    peers: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    @property
    def ratio(self) -> float | None:
        """How many times the floor it is."""
        return _ratio(self.median, self.floor)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None when there is none."""
        if self.target is None:
            return None
        return self.median >= self.target if self.more_is_better else self.median <= self.target

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "runs": list(self.runs),
            "floor": statistics.median(self.floor) if self.floor else None,
            "ratio": self.ratio,
            "target": self.target,
            "is_met": self.is_met,
            **({"peers": {name: statistics.median(runs) for name, runs in self.peers.items()}} if self.peers else {}),
            **self.notes,
        }


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest rank: of a hundred values, 0.99 is the ninety-ninth."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


HEAD = ("figure", "median", "runs", "floor", "ratio", "target", "")


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of text, a column each."""
    rows: list[tuple[str, ...]] = [HEAD]
    for figure in figures:
        rows += [_row(figure), *(_peer(figure, name, runs) for name, runs in figure.peers.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
    return "  ".join([row[0].ljust(widths[0]), *cells]).rstrip()


def _row(figure: Figure) -> tuple[str, ...]:
    verdict = {True: "met", False: "MISSED", None: ""}[figure.is_met]
    floor = statistics.median(figure.floor) if figure.floor else None
    return (
        figure.name,
        f"{_number(figure.median)} {figure.unit}",
        "/".join(_number(run) for run in figure.runs),
        "" if floor is None else _number(floor),
        "" if figure.ratio is None else f"{_number(figure.ratio)} x",
        "" if figure.target is None else _number(figure.target),
        verdict,
    )


def _peer(figure: Figure, name: str, runs: Sequence[float]) -> tuple[str, ...]:
    median = statistics.median(runs)
    ratio = _ratio(median, figure.floor)
    return (
        f"  {name}",
        f"{_number(median)} {figure.unit}",
        "/".join(_number(run) for run in runs),
        "",
        "" if ratio is None else f"{_number(ratio)} x",
        "",
        _beside(*((figure.median, median) if figure.more_is_better else (median, figure.median))),
    )


def _beside(ours: float, theirs: float) -> str:
    """How many times better ours is; nothing where there is no ratio."""
    if ours <= 0 or theirs <= 0:
        return ""
    return f"ours {ours / theirs:.1f} x better" if ours >= theirs else f"ours {theirs / ours:.1f} x worse"


def _ratio(value: float, floor: Sequence[float]) -> float | None:
    least = statistics.median(floor) if floor else 0
    return value / least if least else None


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
