"""The whole flow of a few tasks, as it goes over the wire; `python -m tests.flows.test_golden` writes them anew."""

import json
from pathlib import Path

import pytest

from clockhouse.flows import model, wire
from clockhouse.flows.reading import read

FOLDER = Path(__file__).parents[1] / "golden" / "flows"
SOURCES = sorted(FOLDER.glob("*.txt"))


def flow_of(source: Path) -> str:
    text = source.read_text(encoding="utf-8")
    found = wire.model(model.describe(read(text)), text)
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_the_flow_of_a_task_is_as_it_was(source: Path) -> None:
    assert flow_of(source) == source.with_suffix(".json").read_text(encoding="utf-8")


if __name__ == "__main__":
    for each in SOURCES:
        each.with_suffix(".json").write_text(flow_of(each), encoding="utf-8")
