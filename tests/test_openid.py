"""An OpenID provider that does not answer holds up nobody but those who sign in with it."""

from __future__ import annotations

from contextlib import ExitStack

import httpx
import pytest
from tests.support.api import NOON

from clockhouse import openid
from clockhouse.config import OpenIdConfig
from clockhouse.errors import Unavailable
from clockhouse.model.openid import errand
from clockhouse.openid import Provider
from clockhouse.task.testing import ManualClock

CONFIG = OpenIdConfig("https://login.example.org", "clockhouse")
METADATA = {
    "issuer": CONFIG.issuer,
    "authorization_endpoint": f"{CONFIG.issuer}/authorize",
    "token_endpoint": f"{CONFIG.issuer}/token",
    "jwks_uri": f"{CONFIG.issuer}/keys",
}
BACK = "https://clock.example.org/back"


def told(clock: ManualClock, answer: httpx.MockTransport) -> Provider:
    provider = Provider(CONFIG, clock)
    provider._http = httpx.Client(transport=answer)
    return provider


def test_one_that_is_away_is_not_asked_again_at_once() -> None:
    asked, clock = list[str](), ManualClock(NOON)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        raise httpx.ConnectTimeout("away")

    provider = told(clock, httpx.MockTransport(answer))

    for _ in range(3):
        with pytest.raises(Unavailable):
            provider.address(errand(), BACK)
    assert len(asked) == 1

    clock.advance(6)
    with pytest.raises(Unavailable):
        provider.address(errand(), BACK)
    assert len(asked) == 2


def test_one_that_hangs_has_no_more_than_a_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openid, "_ROOM_S", 0.01)
    provider = told(ManualClock(NOON), httpx.MockTransport(lambda _: httpx.Response(200, json=METADATA)))

    with ExitStack() as waiting:
        for _ in range(openid._AT_ONCE):
            waiting.enter_context(provider._turn())
        with pytest.raises(Unavailable, match="Very many"):
            provider.address(errand(), BACK)

    assert provider.address(errand(), BACK).startswith("https://login.example.org/authorize?")
