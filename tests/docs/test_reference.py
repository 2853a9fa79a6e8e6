"""The reference page of the scheduling library."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support import generated, reference

from clockhouse import task
from clockhouse.task import coordination, testing

pytestmark = pytest.mark.slow  # the source is read for it

SOURCE = generated.ROOT / "src"


@pytest.fixture(scope="module")
def page() -> str:
    return reference.page(SOURCE)


def names() -> list[str]:
    return [name for group in reference.GROUPS.values() for name in group]


def test_tells_of_every_public_name_once():
    told = [name for name in names() if "." not in name]
    assert sorted(told) == sorted(task.__all__)


def test_tells_of_what_public_names_lead_to():
    told = {name.rpartition(".")[2] for name in names()}
    assert set(coordination.__all__) <= told
    own = {name for name, thing in vars(testing).items() if getattr(thing, "__module__", None) == testing.__name__}
    assert {name for name in own if not name.startswith("_")} <= told


def test_shows_defaults_as_a_reader_could_write_them(page):
    assert "    task_policy: TaskPolicy = TaskPolicy(),\n" in page
    assert "    max_count: int = -1,\n" in page
    assert "_DEFAULT" not in page
    assert "UNLIMITED" not in page


def test_shows_what_is_written_beside_fields_and_members(page):
    assert "    attempts: int = 1,  # tries in all, the first included\n" in page
    assert '- `Overlap.SKIP`, `"skip"`: leave the new one out\n' in page


def test_shows_no_private_part(page):
    assert "`_" not in page
    assert "._" not in page


def test_is_stale_when_a_docstring_changes(tmp_path: Path, page):
    copy = tmp_path / "src"
    for file in (SOURCE / "clockhouse").glob("*.py"):
        _copy(file, copy)
    for file in (SOURCE / "clockhouse" / "task").glob("*.py"):
        _copy(file, copy)
    cron = copy / "clockhouse" / "task" / "cron.py"
    cron.write_text(cron.read_text().replace("Due whenever the clocks", "Due as soon as the clocks"))
    assert reference.page(copy) == page.replace("Due whenever the clocks", "Due as soon as the clocks") != page


def _copy(file: Path, folder: Path) -> None:
    to = folder / file.relative_to(SOURCE)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(file.read_bytes())
