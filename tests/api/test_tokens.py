"""Personal access tokens: bounded, listed, withdrawn, and never more than who made them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.api.test_people import BETTER, GOOD, arrived, error, invited
from tests.api.test_people import cheap as cheap
from tests.support.api import V1, Installation

from clockhouse.control import sessions, tokens


def with_token(house: Installation, token: str) -> httpx.Client:
    client = house.anonymous()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def made(client: httpx.Client | Installation, **body: Any) -> Any:
    answer = (client.client if isinstance(client, Installation) else client).post(
        f"{V1}/tokens", json={"name": "ci", **body}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def shop(house: Installation) -> Installation:
    for name in ("Shop", "Bank"):
        house.post(f"{V1}/projects", {"name": name})
    return house


def test_a_token_is_told_once_listed_and_withdrawn(shop: Installation) -> None:
    ann = arrived(shop, "ann", {"role": "developer"})
    token = made(ann, name="laptop", role="viewer", project="shop")
    client = with_token(shop, token["token"])
    assert client.get(f"{V1}/projects/shop").is_success

    [listed] = ann.get(f"{V1}/tokens").json()
    assert (listed["name"], listed["role"], listed["project"], listed["owner"]) == ("laptop", "viewer", "shop", "ann")
    assert listed["used_at"] is not None
    assert "token" not in listed
    assert token["token"].encode() not in shop.stored()

    assert ann.delete(f"{V1}/tokens/{listed['id']}").status_code == 204
    error(client.get(f"{V1}/projects/shop"), 401)
    error(ann.delete(f"{V1}/tokens/{listed['id']}"), 404)


@pytest.mark.parametrize(("asked", "days"), [({}, 90), ({"days": 30}, 30), ({"expires_at": "2026-12-01T12:00:00Z"}, 9)])
def test_a_token_ends(house: Installation, asked: dict[str, Any], days: int) -> None:
    client = with_token(house, made(house, **asked)["token"])
    house.clock.advance(timedelta(days=days, seconds=-1))
    assert client.get(f"{V1}/account").is_success
    house.clock.advance(timedelta(seconds=1))
    error(client.get(f"{V1}/account"), 401)


@pytest.mark.parametrize(
    "body",
    [
        {"days": 367},
        {"days": 0},
        {"expires_at": "2026-11-22T11:59:59Z"},
        {"expires_at": "2028-01-01T00:00:00Z"},
        {"days": 3, "expires_at": "2026-12-01T00:00:00Z"},
        {"role": "root"},
        {"name": ""},
    ],
    ids=str,
)
def test_an_end_is_ahead_and_within_a_year(house: Installation, body: dict[str, Any]) -> None:
    assert house.fields(f"{V1}/tokens", {"name": "ci", **body})


def test_a_token_outlives_the_session_that_made_it(shop: Installation) -> None:
    ann = arrived(shop, "ann")
    client = with_token(shop, made(ann)["token"])
    shop.clock.advance(timedelta(days=89))
    error(ann.get(f"{V1}/account"), 401)
    assert client.get(f"{V1}/account").is_success


def test_a_role_bounds_what_it_is_good_for(shop: Installation) -> None:
    client = with_token(shop, made(shop, role="viewer")["token"])

    assert client.get(f"{V1}/projects/shop").is_success
    error(client.post(f"{V1}/projects", json={"name": "More"}), 403)
    error(client.get(f"{V1}/people"), 403)


def test_a_project_bounds_what_it_is_good_for(shop: Installation) -> None:
    client = with_token(shop, made(shop, project="shop")["token"])

    assert client.post(f"{V1}/projects/shop/components", json={"name": "A"}).is_success
    error(client.get(f"{V1}/projects/bank"), 404)
    error(client.post(f"{V1}/projects", json={"name": "More"}), 403)


def test_a_token_ends_with_its_project(shop: Installation) -> None:
    client = with_token(shop, made(shop, project="shop")["token"])
    shop.delete(f"{V1}/projects/shop")

    error(client.get(f"{V1}/account"), 401)


def test_a_token_has_what_its_owner_has_now(shop: Installation) -> None:
    ann = arrived(shop, "ann", {"role": "admin"})
    client = with_token(shop, made(ann)["token"])
    assert client.get(f"{V1}/people").is_success

    shop.post(f"{V1}/people/ann/grants", {"role": "viewer"})

    error(client.get(f"{V1}/people"), 403)


def test_a_token_made_with_a_token_has_no_more_than_that_one(shop: Installation) -> None:
    parent = made(shop, role="viewer", project="shop", days=7)
    child = made(with_token(shop, parent["token"]), role="admin", days=300)

    assert (child["role"], child["project"], child["expires_at"]) == ("viewer", "shop", parent["expires_at"])
    answer = with_token(shop, parent["token"]).post(f"{V1}/tokens", json={"name": "ci", "project": "bank"})
    error(answer, 404)


def test_a_token_is_no_way_to_a_session_a_password_or_others_tokens(shop: Installation) -> None:
    other = made(shop, name="other")
    client = with_token(shop, made(shop, role="viewer")["token"])

    assert "makes no sign-in links" in error(client.post(f"{V1}/session/link"), 403)["message"]
    error(client.post(f"{V1}/account/password", json={"new": "four words in a row"}), 403)
    error(client.patch(f"{V1}/account", json={"name": "Mallory"}), 403)
    error(client.post(f"{V1}/account/sessions/end-others"), 403)
    error(client.delete(f"{V1}/tokens/{other['id']}"), 403)
    mine = next(each["id"] for each in client.get(f"{V1}/tokens").json() if each["role"] == "viewer")
    assert client.delete(f"{V1}/tokens/{mine}").status_code == 204


def test_somebody_elses_token_is_as_if_it_were_not_there(shop: Installation) -> None:
    ann = arrived(shop, "ann", {"role": "operator"})
    others = made(shop)

    error(ann.delete(f"{V1}/tokens/{others['id']}"), 404)
    assert ann.get(f"{V1}/tokens").json() == []
    error(ann.get(f"{V1}/tokens/all"), 403)


def test_a_service_account_gets_its_tokens_from_an_administrator(shop: Installation) -> None:
    invited(shop, "ci", {"role": "developer", "project": "shop"}, kind="service")
    ann = arrived(shop, "ann", {"role": "operator"})
    token = made(shop, service="ci")

    assert token["owner"] == "ci"
    client = with_token(shop, token["token"])
    assert client.get(f"{V1}/account").json()["kind"] == "service"
    assert client.get(f"{V1}/projects/shop").is_success
    error(client.get(f"{V1}/projects/bank"), 404)
    error(ann.post(f"{V1}/tokens", json={"name": "x", "service": "ci"}), 403)
    said = shop.refused(403, "POST", f"{V1}/tokens", {"name": "x", "service": "ann"})
    assert "alone makes tokens" in said["message"]


def test_the_tokens_of_servers_are_listed_and_withdrawn(house: Installation) -> None:
    """Of a server that is gone for good, nobody has the file any more."""
    _, gone = sessions.first_tokens(house.parts, None, alone=False, name="old-rack:/var/lib/clockhouse")
    listed = {each["name"]: each for each in house.get(f"{V1}/tokens/all") if each["kind"] == "tool"}
    assert set(listed) == {None, "old-rack:/var/lib/clockhouse"}

    house.delete(f"{V1}/tokens/{listed['old-rack:/var/lib/clockhouse']['id']}")

    error(with_token(house, gone).get(f"{V1}/account"), 401)
    assert house.get(f"{V1}/account")["name"] == "admin"
    _, new = sessions.first_tokens(house.parts, gone, alone=False)  # a start of it makes another one
    assert new != gone


def test_a_token_of_before_names_were_kept_can_be_withdrawn(house: Installation) -> None:
    from clockhouse.store.tables.actors import tokens as tokens_table

    with house.database.begin() as tx:
        tx.execute(tokens_table.update().values(id=None))
    [listed] = house.get(f"{V1}/tokens/all")
    house.delete(f"{V1}/tokens/{listed['id']}")

    error(house.client.get(f"{V1}/account"), 401)


def test_there_is_an_end_to_the_number_of_tokens(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_MOST", 3)
    for _ in range(3):
        made(house)
    assert "3 tokens already" in house.refused(409, "POST", f"{V1}/tokens", {"name": "more"})["message"]


def withdrawn(house: Installation) -> list[str]:
    """The tokens that the audit trail says are."""
    found = house.get(f"{V1}/audit", action="token.withdrawn")
    return [each["object"] for each in found["items"]]


@pytest.mark.parametrize("withdraws", [False, True])
def test_a_new_password_ends_tokens_only_where_that_was_asked_for(house: Installation, withdraws: bool) -> None:
    ann = arrived(house)
    mine, others = made(ann), made(house)

    body = {"new": BETTER, "old": GOOD, "withdraw_tokens": withdraws}
    assert ann.post(f"{V1}/account/password", json=body).is_success

    good = [with_token(house, each["token"]).get(f"{V1}/account").is_success for each in (mine, others)]
    assert good == [not withdraws, True]
    assert withdrawn(house) == (["ann@shop.example/ci"] if withdraws else [])


@pytest.mark.parametrize("body", [None, {}, {"withdraw_tokens": True}], ids=str)
def test_a_fresh_link_ends_tokens_only_where_that_was_asked_for(
    house: Installation, body: dict[str, bool] | None
) -> None:
    token = made(arrived(house))["token"]
    house.post(f"{V1}/people/ann@shop.example/link", body)

    assert with_token(house, token).get(f"{V1}/account").is_success is not bool(body)
    assert withdrawn(house) == (["ann@shop.example/ci"] if body else [])
