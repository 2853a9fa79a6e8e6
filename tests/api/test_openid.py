"""Signing in with a real OpenID provider: the right way, and every wrong one."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwk
from tests.api.test_people import arrived, invited, person, signed_in
from tests.api.test_people import cheap as cheap
from tests.support import provider as providers
from tests.support.api import V1, Installation
from tests.support.provider import Provider

from clockhouse import openid
from clockhouse.config import OpenIdConfig
from clockhouse.kit import Secret
from clockhouse.model.openid import errand
from clockhouse.task.clock import SystemClock

BEGIN, RETURN = f"{V1}/session/openid", f"{V1}/session/openid/return"
COOKIE = "clockhouse_openid"
ANN = {"email": "ann@shop.example", "email_verified": True, "name": "Ann Lee"}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providers.running() as running:
        yield running


@pytest.fixture
def door(house: Installation, provider: Provider) -> Installation:
    """The house with the provider, without rules for whom nobody has invited."""
    return told(house, provider)


def told(house: Installation, provider: Provider, **rules: Any) -> Installation:
    config = OpenIdConfig(provider.issuer, "clockhouse", Secret("not-to-be-told"), name="Shop login", **rules)
    # The provider lives in real time: so does whoever looks at what it signs.
    parts = replace(house.parts, openid=openid.Provider(config, SystemClock()))
    house.inside._app.app.state.parts = parts  # type: ignore[attr-defined]
    return house


def begun(house: Installation, to: str = "/") -> tuple[httpx.Client, str]:
    """A browser on its way, and the address that it was sent to."""
    browser = house.anonymous()
    answer = browser.get(BEGIN, params={"to": to})
    assert answer.status_code == 303, answer.text
    return browser, answer.headers["Location"]


def came_back(house: Installation, provider: Provider, subject: str = "ann", **claims: Any) -> tuple[httpx.Client, str]:
    """A browser that has been there, and where it was sent on to."""
    browser, address = begun(house)
    back = provider.sign_in(address, subject, **{**ANN, **claims})
    return browser, browser.get(RETURN, params=back).headers["Location"]


def is_in(browser: httpx.Client) -> bool:
    return browser.get(f"{V1}/session").is_success


def test_an_invited_person_comes_in_and_is_known_from_then_on(door: Installation, provider: Provider) -> None:
    invited(door, "ann@shop.example", {"role": "viewer"})

    browser, onward = came_back(door, provider)

    assert onward == "/"
    assert browser.get(f"{V1}/account").json()["login"] == "ann@shop.example"
    assert COOKIE not in browser.cookies
    assert person(door)["is_linked"]
    again, _ = came_back(door, provider, email="another@shop.example")  # known by the subject, whatever the address
    assert again.get(f"{V1}/account").json()["login"] == "ann@shop.example"


def test_the_request_is_the_one_that_the_standards_ask_for(door: Installation, provider: Provider) -> None:
    browser, address = begun(door)

    assert address.startswith(f"{provider.issuer}/oauth2/authorize?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["response_type"] == "code"
    assert asked["scope"] == "openid profile email"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"http://clockhouse.test{RETURN}"
    assert all(len(asked[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    _, another = begun(door)
    other = parse_qs(urlsplit(another).query)
    assert all(other[name][0] != asked[name] for name in ("state", "nonce", "code_challenge"))
    kept = browser.cookies[COOKIE]
    assert all(asked[name] not in kept for name in ("state", "nonce"))


def test_the_cookie_of_the_way_is_short_lived_and_out_of_reach(door: Installation) -> None:
    plain = door.anonymous().get(BEGIN).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/"} <= set(plain.split("; "))
    safe = door.anonymous().get(f"https://clockhouse.test{BEGIN}").headers["set-cookie"]
    assert safe.startswith(f"__Host-{COOKIE}=")
    assert "Secure" in safe.split("; ")


def refused(browser: httpx.Client, back: dict[str, str], reason: str = "refused") -> None:
    answer = browser.get(RETURN, params=back)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sign-in?openid={reason}")
    assert not is_in(browser)


def test_another_state_is_refused(door: Installation, provider: Provider) -> None:
    invited(door)
    browser, address = begun(door)
    back = provider.sign_in(address, "ann", **ANN)

    refused(browser, {**back, "state": "x" + back["state"][1:]})


def test_what_another_browser_has_begun_is_refused(door: Installation, provider: Provider) -> None:
    """Login by somebody else's hand: the victim's browser has no cookie of that errand."""
    invited(door)
    _, address = begun(door)
    back = provider.sign_in(address, "ann", **ANN)
    victim, _ = begun(door)

    refused(victim, back)
    refused(door.anonymous(), back)


def test_a_cookie_that_was_tampered_with_is_refused(door: Installation, provider: Provider) -> None:
    invited(door)
    browser, address = begun(door)
    back = provider.sign_in(address, "ann", **ANN)
    kept = browser.cookies[COOKIE].strip('"')
    browser.cookies.clear()
    browser.cookies.set(COOKIE, kept[:-8] + ("A" if kept[-8] != "A" else "B") + kept[-7:])

    refused(browser, back)


def test_who_takes_too_long_begins_again(door: Installation, provider: Provider) -> None:
    invited(door)
    browser, address = begun(door)
    back = provider.sign_in(address, "ann", **ANN)
    kept = browser.cookies[COOKIE]
    door.clock.advance(timedelta(minutes=10))

    refused(browser, back)
    assert kept


def test_a_code_is_good_once(door: Installation, provider: Provider) -> None:
    invited(door)
    browser, address = begun(door)
    kept = browser.cookies[COOKIE]
    back = provider.sign_in(address, "ann", **ANN)
    assert browser.get(RETURN, params=back).headers["Location"] == "/"
    thief = door.anonymous()
    thief.cookies.set(COOKIE, kept.strip('"'))

    refused(thief, back)


def test_a_code_without_its_verifier_is_worth_nothing(door: Installation, provider: Provider) -> None:
    invited(door)
    browser, address = begun(door)
    back = provider.sign_in(address, "ann", **ANN)
    nonce = parse_qs(urlsplit(address).query)["nonce"][0]
    provider.challenges[nonce] = "x" * 43  # it was asked for with another one

    refused(browser, back)


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"aud": "somebody-else"},
        {"aud": ["clockhouse", "somebody-else"]},
        {"aud": ["clockhouse", "somebody-else"], "azp": "somebody-else"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"iat": "soon"},
    ],
    ids=str,
)
def test_a_token_for_another_purpose_is_refused(door: Installation, provider: Provider, lie: dict[str, Any]) -> None:
    invited(door)
    browser, address = begun(door)

    refused(browser, provider.sign_in(address, "ann", **{**ANN, **lie}))


def test_a_token_that_has_expired_a_moment_ago_may_pass_for_clocks_differ(
    door: Installation, provider: Provider
) -> None:
    invited(door)
    browser, onward = came_back(door, provider, exp=int(time.time()) - 30)  # noqa: TID251  the provider's own time
    assert (onward, is_in(browser)) == ("/", True)


def test_a_token_that_another_key_has_signed_is_refused(
    door: Installation, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited(door)
    other = jwk.KeySet([jwk.generate_key("RSA", 2048, {"use": "sig"})])
    monkeypatch.setattr(openid.Provider, "_key_set", lambda _self, *, is_fresh=False: other)
    browser, address = begun(door)

    refused(browser, provider.sign_in(address, "ann", **ANN))


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_anybody_could_have_made_is_refused(
    house: Installation, provider: Provider, algorithm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def encoded(part: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")

    token = f"{encoded({'alg': algorithm})}.{encoded({'sub': 'ann', **ANN})}."
    config = OpenIdConfig(provider.issuer, "clockhouse")

    with pytest.raises(openid.Forbidden):
        openid.Provider(config, SystemClock())._verified(token, errand())


def test_keys_that_have_changed_are_asked_for_again(
    door: Installation, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited(door)
    known = openid.Provider._key_set
    asked: list[bool] = []
    stale = jwk.KeySet([jwk.generate_key("RSA", 2048, {"use": "sig"})])

    def changing(self: openid.Provider, *, is_fresh: bool = False) -> jwk.KeySet:
        asked.append(is_fresh)
        return known(self, is_fresh=True) if is_fresh else stale

    monkeypatch.setattr(openid.Provider, "_key_set", changing)
    browser, _ = came_back(door, provider)

    assert is_in(browser)
    assert asked == [False, True]


def test_whom_nobody_has_invited_is_told_so(door: Installation, provider: Provider) -> None:
    browser, onward = came_back(door, provider)

    assert onward == "/sign-in?openid=stranger"
    assert not is_in(browser)
    assert [each["name"] for each in door.get(f"{V1}/people")] == ["admin"]


@pytest.mark.parametrize("verified", [False, "true", None, 0])
def test_an_address_that_the_provider_has_not_verified_is_nobodys(
    door: Installation, provider: Provider, verified: object
) -> None:
    invited(door, "ann@shop.example", {"role": "admin"})

    browser, onward = came_back(door, provider, "mallory", email_verified=verified)

    assert (onward, is_in(browser)) == ("/sign-in?openid=stranger", False)


def test_another_account_of_the_provider_is_not_somebody_who_is_linked(door: Installation, provider: Provider) -> None:
    invited(door)
    came_back(door, provider, "ann")

    browser, onward = came_back(door, provider, "mallory")  # with the same address, verified as it is

    assert (onward, is_in(browser)) == ("/sign-in?openid=stranger", False)


def test_somebody_disabled_stays_out(door: Installation, provider: Provider) -> None:
    invited(door)
    door.post(f"{V1}/people/ann@shop.example/disable")

    browser, onward = came_back(door, provider)

    assert (onward, is_in(browser)) == ("/sign-in?openid=refused", False)


def test_an_address_of_ones_own_domain_comes_in_with_the_role_of_newcomers(
    house: Installation, provider: Provider
) -> None:
    told(house, provider, domains=("shop.example",), default_role="viewer")

    browser, _ = came_back(house, provider)
    stranger, onward = came_back(house, provider, "eve", email="eve@evil.example")
    sneaky, sideways = came_back(house, provider, "sly", email="sly@not-shop.example")

    account = browser.get(f"{V1}/account").json()
    assert (account["name"], account["login"]) == ("Ann Lee", "ann@shop.example")
    [given] = account["grants"]
    assert (given["role"], given["project"], given["production"]) == ("viewer", None, False)
    assert (onward, sideways) == ("/sign-in?openid=stranger", "/sign-in?openid=stranger")
    assert not is_in(stranger)
    assert not is_in(sneaky)


@pytest.mark.parametrize("name", ["Admin", "Clockhouse", " admin "])
def test_a_newcomer_takes_nobodys_name(house: Installation, provider: Provider, name: str) -> None:
    told(house, provider, domains=("shop.example",))
    browser, _ = came_back(house, provider, name=name)

    assert browser.get(f"{V1}/account").json()["name"] == "ann@shop.example"


def test_without_a_role_of_newcomers_one_is_in_and_may_nothing(house: Installation, provider: Provider) -> None:
    told(house, provider, domains=("shop.example",))
    browser, _ = came_back(house, provider)

    assert browser.get(f"{V1}/account").json()["grants"] == []
    assert browser.get(f"{V1}/projects").status_code == 403


def test_groups_give_roles_and_take_what_they_gave(house: Installation, provider: Provider) -> None:
    told(house, provider, roles=(("coders", "developer"), ("ops", "operator")))

    def roles(*groups: str) -> list[str]:
        browser, _ = came_back(house, provider, groups=list(groups))
        return sorted(each["role"] for each in browser.get(f"{V1}/account").json()["grants"])

    assert roles("ops", "coders", "else") == ["operator"]
    assert roles("coders") == ["developer"]
    house.post(f"{V1}/projects", {"name": "Shop"})
    house.post(f"{V1}/people/ann@shop.example/grants", {"role": "viewer", "project": "shop"})
    assert roles("coders") == ["developer", "viewer"]
    assert roles() == ["viewer"]  # what a person gave stays


@pytest.mark.parametrize(
    ("to", "onward"),
    [
        ("/projects/shop?x=1", "/projects/shop?x=1"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\r\nSet-Cookie: x=1", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_the_way_leads_on_to_our_own_addresses_alone(
    door: Installation, provider: Provider, to: str, onward: str
) -> None:
    invited(door)
    browser, address = begun(door, to)
    back = provider.sign_in(address, "ann", **ANN)

    assert browser.get(RETURN, params=back).headers["Location"] == onward


def test_a_provider_that_is_down_is_told_on_the_page(house: Installation) -> None:
    config = OpenIdConfig("http://127.0.0.1:1", "clockhouse")
    gone = replace(house.parts, openid=openid.Provider(config, SystemClock()))
    house.inside._app.app.state.parts = gone  # type: ignore[attr-defined]

    assert house.anonymous().get(BEGIN).headers["Location"] == "/sign-in?openid=away"
    assert house.anonymous().get(f"{V1}/session/ways").json()["providers"] == [{"name": "OpenID Connect", "url": BEGIN}]


def test_a_provider_that_calls_itself_something_else_is_not_believed(house: Installation, provider: Provider) -> None:
    config = OpenIdConfig(provider.issuer.replace("127.0.0.1", "localhost") + "/", "clockhouse")
    other = replace(house.parts, openid=openid.Provider(config, SystemClock()))
    house.inside._app.app.state.parts = other  # type: ignore[attr-defined]

    assert house.anonymous().get(BEGIN).headers["Location"] == "/sign-in?openid=away"


def test_somebody_who_denies_at_the_provider_is_back_at_the_door(door: Installation) -> None:
    browser, _ = begun(door)
    refused(browser, {"error": "access_denied", "state": "x"})


def test_without_a_provider_there_is_no_such_way(house: Installation) -> None:
    assert house.anonymous().get(BEGIN).headers["Location"] == "/sign-in?openid=refused"


def test_a_password_goes_on_beside_the_provider(door: Installation, provider: Provider) -> None:
    arrived(door)
    came_back(door, provider)

    assert signed_in(door, "ann@shop.example").is_success
    stored = door.stored()
    assert b"not-to-be-told" not in stored
