"""The long stories, as `make chaos` tells them: what went wrong when, what became of the promise, and figures."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.chaos import story
from tests.chaos.story import Story
from tests.chaos.verdict import Verdict, check
from tests.support.postgres import Postgres


def main() -> int:
    """0 when every promise was kept; else 1, and the processes' folders are left for whoever looks."""
    given = _arguments()
    many = Story(servers=3, agents=3, deployments=15, schedules=300, lasts_s=given.seconds, crashes=2, seed=given.seed)
    alone = Story(servers=1, agents=0, deployments=8, schedules=80, lasts_s=given.seconds / 2, seed=given.seed)
    stories: dict[str, Callable[[Path], tuple[Verdict, str]]] = {
        "postgresql": lambda folder: _on_postgresql(many, folder),
        "sqlite": lambda folder: story.on_sqlite(alone, folder, tell=_say),
    }
    kept = [_told(name, tell) for name, tell in stories.items() if given.only in (None, name)]
    return 0 if all(kept) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos ARGS=", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180, help="how long things go wrong")
    parser.add_argument("--seed", type=int, default=4, help="another one makes other things go wrong")
    parser.add_argument("--only", choices=["postgresql", "sqlite"])
    return parser.parse_args()


def _on_postgresql(many: Story, folder: Path) -> tuple[Verdict, str]:
    database = Postgres(story.LASTING)
    try:
        return story.on_postgresql(many, folder, database, tell=_say)
    finally:
        database.close()


def _told(name: str, tell: Callable[[Path], tuple[Verdict, str]]) -> bool:
    folder = Path(tempfile.mkdtemp(prefix="clockhouse-chaos-"))
    _say(f"{name}: the processes' folders and logs are in {folder}")
    found, logs = tell(folder)
    _say(f"{name}: {found}")
    try:
        check(found, logs=logs)
    except AssertionError as error:
        _say(str(error))
        return False
    shutil.rmtree(folder)
    return True


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  this is what the command is for


if __name__ == "__main__":
    sys.exit(main())
