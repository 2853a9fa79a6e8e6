"""What is too large is refused before it fills the memory, whoever sends it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.support.api import V1, Installation, served

from clockhouse.api import bounds

GUESSED = {"Authorization": "Bearer guessed"}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(bounds, "MOST_BYTES", 10_000)
    return 10_000


@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "in pieces"])
@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ({}, 401),
        (GUESSED, 401),
        ({"Cookie": "clockhouse_session=guessed"}, 401),
        (None, 422),
    ],
    ids=["nothing", "a bad token", "a bad session", "a good token"],
)
def test_who_is_not_known_may_send_little(
    house: Installation, monkeypatch: pytest.MonkeyPatch, is_announced: bool, shown: dict[str, str] | None, status: int
) -> None:
    monkeypatch.setattr(bounds, "STRANGERS_BYTES", 10_000)
    headers = {"Authorization": f"Bearer {house.token}"} if shown is None else shown
    pieces = [b'{"name": "', *[b"x" * 1000] * 20, b'"}']

    def sent() -> Iterator[bytes]:
        yield from pieces

    content = b"".join(pieces) if is_announced else sent()
    with served(house) as address, httpx.Client(base_url=address) as client:
        answer = client.post(f"{V1}/projects", content=content, headers={"Content-Type": "application/json", **headers})
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["error"]["message"].startswith("Without a good token, a request may have at most 1 MiB")


def test_an_agent_is_known(house: Installation) -> None:
    token = house.post(f"{V1}/agents", {"name": "rack-1", "environment": "development"})["token"]
    body = {"process": "tests", "reports": [], "more": "x" * bounds.STRANGERS_BYTES}
    answer = house.client.post(f"{V1}/agent/reports", json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code != 401


def test_webhooks_are_read_without_a_token(house: Installation) -> None:
    answer = house.client.post(f"{V1}/hooks/unknown", content=b"x" * 2 * bounds.STRANGERS_BYTES, headers=GUESSED)
    assert answer.json()["error"]["message"].startswith("This webhook is not signed")


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
