"""Twenty builds at once, of both kinds, on whatever there is: all of them finish, and nothing is left."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support.docker import Engine, OwnedBuilder

from clockhouse.builders.base import Built, Event, Order
from clockhouse.builders.python import PythonBuilder
from clockhouse.task.clock import SystemClock

pytestmark = [pytest.mark.docker, pytest.mark.long]
OF_EACH = 10


def test_twenty_builds_at_once_finish(docker_engine: Engine, busybox: str, tmp_path: Path) -> None:
    python = PythonBuilder(SystemClock(), tmp_path / "cache", private=tmp_path)
    images = OwnedBuilder(docker_engine)

    def order(kind: str, number: int) -> Order:
        def check_out(folder: Path) -> None:
            folder.mkdir(parents=True)
            (folder / "main.py").write_text(f"print({number})\n")
            (folder / "Dockerfile").write_text(f"FROM {busybox}\nRUN seq 5000; echo {number}\nUSER 10001\n")

        return Order(f"{kind}-{number}", check_out, tmp_path / "artifacts" / f"{kind}-{number}")

    async def built(builder: PythonBuilder | OwnedBuilder, order: Order) -> Event:
        return [event async for event in builder.build(order)][-1]

    async def all_of_them() -> list[Event]:
        of_python = [built(python, order("python", number)) for number in range(OF_EACH)]
        of_images = [built(images, order("image", number)) for number in range(OF_EACH)]
        return await asyncio.wait_for(asyncio.gather(*of_python, *of_images), 600)

    ends = asyncio.run(all_of_them())

    assert [end for end in ends if not isinstance(end, Built)] == []
    assert len(list((tmp_path / "artifacts").iterdir())) == 2 * OF_EACH, "nothing half made is left"
    assert docker_engine.left() == []
