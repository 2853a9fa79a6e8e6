"""What is too large is refused before it fills the memory, whoever sends it."""

from __future__ import annotations

import httpx
import pytest
from tests.support.api import V1, Installation, served

from clockhouse.api import bounds


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(bounds, "MOST_BYTES", 10_000)
    return 10_000


@pytest.mark.slow
@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "in pieces"])
def test_a_request_is_as_large_as_it_may_be(house: Installation, small: int, is_announced: bool) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {house.token}"}
    with served(house) as address, httpx.Client(base_url=address, headers=headers) as client:
        answers = []
        for size in (small - 1000, small + 1000):
            text = b'{"name": "Shop", "description": "' + b"x" * size + b'"}'
            content = text if is_announced else (text[at : at + 1000] for at in range(0, len(text), 1000))
            answers.append(client.post(f"{V1}/projects", content=content))
    assert [answer.status_code for answer in answers] == [422, 413]  # a description is not that long either
    assert answers[1].json()["error"]["message"].startswith("A request may have at most")
