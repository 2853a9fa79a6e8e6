"""People: invited, let in by password, given roles, and out again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import argon2
import httpx
import pytest
from tests.support.api import HERE, V1, Installation

from clockhouse import passwords

GOOD, BETTER = "four words in a row", "five other words in a row"
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Digests that take no time: what they cost is no matter here."""
    monkeypatch.setattr(passwords, "_HASHER", CHEAP)
    passwords._nobodys.cache_clear()


def invited(house: Installation, login: str = "ann@shop.example", *grants: dict[str, Any], **more: Any) -> Any:
    body = {"login": login, "name": login.partition("@")[0].title(), "grants": list(grants), **more}
    return house.post(f"{V1}/people", body)


def let_in(house: Installation, url: str) -> httpx.Client:
    browser = house.anonymous()
    assert browser.post(f"{V1}/session", json={"token": url.partition("#token=")[2]}).is_success
    return browser


def arrived(house: Installation, login: str = "ann@shop.example", *grants: dict[str, Any]) -> httpx.Client:
    """Somebody who was invited and has chosen a password."""
    browser = let_in(house, invited(house, login, *grants)["url"])
    answer = browser.post(f"{V1}/account/password", json={"new": GOOD})
    assert answer.is_success, answer.text
    return browser


def signed_in(house: Installation, login: str, password: str = GOOD, *, address: str | None = None) -> httpx.Response:
    client = house.anonymous() if address is None else at(house, address)
    return client.post(f"{V1}/session/password", json={"login": login, "password": password})


def at(house: Installation, address: str) -> httpx.Client:
    """Somebody who carries nothing, at another machine."""
    return httpx.Client(transport=house.inside.at(address), base_url=HERE)


def error(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()["error"]
    return found


def person(house: Installation, login: str = "ann@shop.example") -> Any:
    return next(each for each in house.get(f"{V1}/people") if each["login"] == login)


ADMIN = {"role": "admin", "production": True}


class TestInvitations:
    def test_an_invited_person_chooses_a_password_and_comes_in_with_it(self, house: Installation) -> None:
        made = invited(house, "Ann@Shop.example", {"role": "developer"}, name="Ann Lee")
        assert made["login"] == "ann@shop.example"
        assert made["url"].startswith(f"{HERE}/sign-in#token=")
        assert (made["signed_in_at"], made["has_password"]) == (None, False)

        browser = let_in(house, made["url"])
        account = browser.get(f"{V1}/account").json()
        assert (account["name"], account["has_password"]) == ("Ann Lee", False)
        assert browser.post(f"{V1}/account/password", json={"new": GOOD}).json()["has_password"]

        answer = signed_in(house, " ANN@shop.example ")
        assert answer.json()["name"] == "Ann Lee"
        assert person(house)["signed_in_at"] is not None

    def test_an_invitation_is_good_for_seven_days_and_once(self, house: Installation) -> None:
        first, second = invited(house, "ann"), invited(house, "ben")
        let_in(house, first["url"])
        token = first["url"].partition("#token=")[2]
        assert house.anonymous().post(f"{V1}/session", json={"token": token}).status_code == 401

        house.clock.advance(timedelta(days=7))
        token = second["url"].partition("#token=")[2]
        assert house.anonymous().post(f"{V1}/session", json={"token": token}).status_code == 401

    def test_a_login_is_taken_once(self, house: Installation) -> None:
        invited(house, "ann")
        said = house.refused(409, "POST", f"{V1}/people", {"login": "ANN", "name": "Another"})
        assert "“ann” is somebody's login" in said["message"]

    @pytest.mark.parametrize("login", ["a b", "ann/ben", "-ann", "änn", "ann?", "a" * 101])
    def test_a_login_is_plain(self, house: Installation, login: str) -> None:
        assert set(house.fields(f"{V1}/people", {"login": login, "name": "Ann"})) == {"login"}

    def test_a_service_account_has_no_link_and_never_signs_in(self, house: Installation) -> None:
        made = invited(house, "ci", {"role": "developer"}, kind="service")
        assert (made["kind"], made["url"]) == ("service", None)
        assert "signs in nowhere" in house.refused(409, "POST", f"{V1}/people/ci/link")["message"]
        error(signed_in(house, "ci"), 401)

    def test_a_fresh_link_ends_the_password_the_sessions_and_the_link_before(self, house: Installation) -> None:
        browser = arrived(house)
        first = house.post(f"{V1}/people/ann@shop.example/link")["url"]
        second = house.post(f"{V1}/people/ann@shop.example/link")["url"]

        error(browser.get(f"{V1}/account"), 401)
        error(signed_in(house, "ann@shop.example"), 401)
        token = first.partition("#token=")[2]
        error(house.anonymous().post(f"{V1}/session", json={"token": token}), 401)
        assert not let_in(house, second).get(f"{V1}/account").json()["has_password"]

    def test_nothing_of_a_password_or_a_link_is_kept_as_it_is(self, house: Installation) -> None:
        made = invited(house)
        let_in(house, made["url"]).post(f"{V1}/account/password", json={"new": GOOD})
        signed_in(house, GOOD, GOOD)  # typed into the wrong place

        stored = house.stored()

        assert GOOD.encode() not in stored
        assert made["url"].partition("=")[2].encode() not in stored


class TestPasswords:
    def test_the_first_administrator_chooses_a_login_with_the_password(self, house: Installation) -> None:
        browser = house.browser()
        assert browser.get(f"{V1}/account").json()["login"] is None

        wanted = error(browser.post(f"{V1}/account/password", json={"new": GOOD}), 422)
        assert set(wanted["fields"]) == {"login"}
        chosen = browser.post(f"{V1}/account/password", json={"new": GOOD, "login": "Root@Shop.example"})

        assert chosen.json()["login"] == "root@shop.example"
        assert signed_in(house, "root@shop.example").is_success

    def test_the_first_administrator_is_called_what_they_say_and_may_change_the_login(
        self, house: Installation
    ) -> None:
        browser, account = house.browser(), f"{V1}/account"
        browser.post(f"{V1}/account/password", json={"new": GOOD, "login": "admin"})

        assert browser.patch(account, json={"name": "Ada Lovelace"}).json()["name"] == "Ada Lovelace"
        changed = browser.patch(account, json={"login": "Ada@Shop.example"}).json()

        assert (changed["name"], changed["login"]) == ("Ada Lovelace", "ada@shop.example")
        assert signed_in(house, "ada@shop.example").is_success
        assert browser.get(f"{V1}/session").json()["name"] == "Ada Lovelace"

    def test_a_login_that_was_given_is_not_changed_by_its_owner(self, house: Installation) -> None:
        ann = arrived(house)
        login = ann.get(f"{V1}/account").json()["login"]

        error(ann.patch(f"{V1}/account", json={"login": "boss@shop.example"}), 403)
        assert ann.patch(f"{V1}/account", json={"login": login}).is_success
        house.browser().patch(f"{V1}/account", json={"login": "root"})
        error(house.browser().patch(f"{V1}/account", json={"login": login}), 409)

    def test_what_stays_as_it_is_is_not_in_the_audit_trail(self, house: Installation) -> None:
        ann, account = arrived(house), f"{V1}/account"

        for same in ({"login": "ANN@shop.example"}, {"name": "Ann"}):
            assert ann.patch(account, json=same).is_success
        assert ann.patch(account, json={"name": "Ann Lee"}).is_success

        told = [each for each in house.get(f"{V1}/audit")["items"] if each["action"].startswith("person.")]
        changes = [(each["action"], each["facts"]["name"]) for each in told if each["actor"] == "Ann"]
        assert changes == [("person.renamed", "Ann Lee")]

    def test_whether_there_are_passwords_is_told_to_who_is_at_the_door(self, house: Installation) -> None:
        ways = f"{V1}/session/ways"
        assert house.anonymous().get(ways).json() == {"passwords": False, "providers": []}
        arrived(house)
        assert house.anonymous().get(ways).json()["passwords"]

    def test_a_start_prints_no_link_once_somebody_can_sign_in(self, house: Installation) -> None:
        from clockhouse.control import sessions

        browser = house.browser()
        browser.post(f"{V1}/account/password", json={"new": GOOD, "login": "root"})

        one_time, tool = sessions.first_tokens(house.parts, house.token, alone=True)

        assert (one_time, tool) == (None, house.token)

    def test_a_change_asks_for_the_old_one_and_ends_the_other_sessions(self, house: Installation) -> None:
        here = arrived(house)
        there = house.anonymous()
        there.post(f"{V1}/session/password", json={"login": "ann@shop.example", "password": GOOD})

        for old in ({}, {"old": BETTER}):
            said = error(here.post(f"{V1}/account/password", json={"new": BETTER, **old}), 422)
            assert set(said["fields"]) == {"old"}
        assert here.post(f"{V1}/account/password", json={"new": BETTER, "old": GOOD}).is_success

        error(there.get(f"{V1}/account"), 401)
        assert here.get(f"{V1}/account").is_success
        error(signed_in(house, "ann@shop.example", GOOD), 401)
        assert signed_in(house, "ann@shop.example", BETTER).is_success

    def test_guessing_the_old_one_is_slowed_down_too(self, house: Installation) -> None:
        browser = arrived(house)
        for _ in range(6):
            error(browser.post(f"{V1}/account/password", json={"new": BETTER, "old": "wrong wrong wrong"}), 422)
        answer = browser.post(f"{V1}/account/password", json={"new": BETTER, "old": GOOD})

        assert error(answer, 429)
        house.clock.advance(timedelta(seconds=int(answer.headers["Retry-After"])))
        assert browser.post(f"{V1}/account/password", json={"new": BETTER, "old": GOOD}).is_success

    def test_a_weak_one_is_refused_where_it_is_typed(self, house: Installation) -> None:
        browser = let_in(house, invited(house)["url"])
        said = error(browser.post(f"{V1}/account/password", json={"new": "password1234"}), 422)
        assert set(said["fields"]) == {"new"}

    def test_spaces_at_its_ends_belong_to_it(self, house: Installation) -> None:
        browser = let_in(house, invited(house, "ann")["url"])
        assert browser.post(f"{V1}/account/password", json={"new": f" {GOOD} "}).is_success

        error(signed_in(house, "ann", GOOD), 401)
        assert signed_in(house, "ann", f" {GOOD} ").is_success

    def test_no_token_changes_a_password(self, house: Installation) -> None:
        assert (
            "Sign in to the console" in house.refused(403, "POST", f"{V1}/account/password", {"new": GOOD})["message"]
        )

    def test_a_digest_of_before_is_renewed_at_the_next_sign_in(
        self, house: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        arrived(house)
        dearer = argon2.PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
        monkeypatch.setattr(passwords, "_HASHER", dearer)

        assert signed_in(house, "ann@shop.example").is_success

        assert b"m=8,t=2,p=1" in house.stored()


class TestWrongPasswords:
    def test_unknown_logins_and_wrong_passwords_are_told_alike(self, house: Installation) -> None:
        arrived(house)
        answers = [signed_in(house, "ann@shop.example", BETTER), signed_in(house, "nobody@shop.example", BETTER)]

        assert answers[0].json() == answers[1].json()
        assert [each.status_code for each in answers] == [401, 401]
        assert "do not belong together" in answers[0].json()["error"]["message"]

    def test_an_unknown_login_is_checked_as_long_as_a_known_one(
        self, house: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        arrived(house)
        checked: list[str] = []
        matches = passwords._matches
        monkeypatch.setattr(passwords, "_matches", lambda known, text: checked.append(known) or matches(known, text))

        signed_in(house, "ann@shop.example", BETTER)
        signed_in(house, "nobody@shop.example", BETTER)

        mine, nobodys = (each.rpartition("$")[0].rpartition("$")[0] for each in checked)
        assert mine == nobodys  # the same parameters

    def test_after_some_wrong_ones_even_the_right_one_has_to_wait(self, house: Installation) -> None:
        arrived(house)
        for _ in range(6):
            error(signed_in(house, "ann@shop.example", BETTER, address="10.0.0.1"), 401)

        answer = signed_in(house, "ann@shop.example", GOOD, address="10.0.0.1")

        assert "Try again in 2 s" in error(answer, 429)["message"]
        assert answer.headers["Retry-After"] == "2"
        house.clock.advance(timedelta(seconds=2))
        assert signed_in(house, "ann@shop.example", GOOD, address="10.0.0.1").is_success

    def test_what_is_refused_for_its_haste_makes_the_wait_no_longer(self, house: Installation) -> None:
        arrived(house)
        for _ in range(50):
            signed_in(house, "ann@shop.example", BETTER, address="10.0.0.1")
        house.clock.advance(timedelta(seconds=2))

        assert signed_in(house, "ann@shop.example", GOOD, address="10.0.0.1").is_success

    def test_the_wait_never_gets_long(self, house: Installation) -> None:
        arrived(house)
        waits = []
        for _ in range(20):
            answer = signed_in(house, "ann@shop.example", BETTER, address="10.0.0.1")
            wait = int(answer.headers.get("Retry-After", 0))
            waits.append(wait)
            house.clock.advance(timedelta(seconds=wait))

        assert max(waits) <= 300

    def test_a_success_forgets_the_wrong_ones(self, house: Installation) -> None:
        arrived(house)
        for _ in range(3):
            for _ in range(4):
                error(signed_in(house, "ann@shop.example", BETTER), 401)
            assert signed_in(house, "ann@shop.example").is_success

    def test_many_addresses_at_one_login_wait_together_but_not_where_she_is_signed_in(
        self, house: Installation
    ) -> None:
        arrived(house)
        assert signed_in(house, "ann@shop.example", address="10.9.9.9").is_success
        for number in range(21):
            error(signed_in(house, "ann@shop.example", BETTER, address=f"10.0.0.{number}"), 401)

        error(signed_in(house, "ann@shop.example", GOOD, address="10.0.1.1"), 429)
        assert signed_in(house, "ann@shop.example", GOOD, address="10.9.9.9").is_success
        house.clock.advance(timedelta(seconds=30))
        assert signed_in(house, "ann@shop.example", GOOD, address="10.0.1.1").is_success

    def test_one_address_at_many_logins_waits(self, house: Installation) -> None:
        arrived(house)
        for number in range(41):
            error(signed_in(house, f"person-{number}", BETTER, address="2001:db8::1"), 401)

        error(signed_in(house, "ann@shop.example", GOOD, address="2001:db8::ffff"), 429)
        assert signed_in(house, "ann@shop.example", GOOD, address="2001:db8:1::1").is_success

    def test_many_at_once_are_all_counted(self, house: Installation) -> None:
        """Counted before the password is looked at: several servers share the database."""
        from clockhouse.model.patience import HERE as PATIENCE
        from clockhouse.store import attempts

        with house.database.begin() as tx:
            waits = [attempts.begin(tx, {"ann": PATIENCE}) for _ in range(8)]

        assert [bool(each) for each in waits] == [False] * 6 + [True] * 2

    def test_the_count_is_bounded_and_forgets(self, house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
        import sqlalchemy as sa

        from clockhouse.model.patience import HERE as PATIENCE
        from clockhouse.store import attempts
        from clockhouse.store.tables.actors import sign_in_attempts

        monkeypatch.setattr(attempts, "_MOST", 10)

        def count() -> int:
            with house.database.read() as tx:
                return int(tx.execute(sa.select(sa.func.count()).select_from(sign_in_attempts)).scalar_one())

        for number in range(20):
            with house.database.begin() as tx:
                attempts.begin(tx, {f"login {number}": PATIENCE})
        assert count() == 10
        house.clock.advance(timedelta(hours=1, seconds=1))
        with house.database.begin() as tx:
            attempts.begin(tx, {"another": PATIENCE})
        assert count() == 1


class TestRoles:
    def test_roles_are_given_replaced_in_their_place_and_taken_away(self, house: Installation) -> None:
        house.post(f"{V1}/projects", {"name": "Shop"})
        invited(house, "ann", {"role": "viewer"})

        house.post(f"{V1}/people/ann/grants", {"role": "developer", "project": "shop"})
        given = house.post(f"{V1}/people/ann/grants", {"role": "operator", "project": "shop", "production": True})

        told = [(each["role"], each["project"], each["production"]) for each in given["grants"]]
        assert told == [("viewer", None, False), ("operator", "shop", True)]
        left = house._good("DELETE", f"{V1}/people/ann/grants/{given['grants'][1]['id']}")
        assert [each["role"] for each in left["grants"]] == ["viewer"]
        assert house.refused(404, "DELETE", f"{V1}/people/ann/grants/{given['grants'][1]['id']}")

    def test_a_project_administrator_gives_roles_there_and_nowhere_else(self, house: Installation) -> None:
        for name in ("Shop", "Bank"):
            house.post(f"{V1}/projects", {"name": name})
        ann = arrived(house, "ann", {"role": "admin", "project": "shop"})
        invited(house, "ben", {"role": "developer", "project": "bank"})
        bens = person(house, "ben")["grants"][0]["id"]

        assert ann.post(f"{V1}/people/ben/grants", json={"role": "developer", "project": "shop"}).is_success

        error(ann.post(f"{V1}/people/ben/grants", json={"role": "developer"}), 403)
        error(ann.post(f"{V1}/people/ben/grants", json={"role": "developer", "project": "bank"}), 404)
        error(ann.delete(f"{V1}/people/ben/grants/{bens}"), 404)
        error(ann.post(f"{V1}/people", json={"login": "x", "name": "X"}), 403)
        error(ann.get(f"{V1}/people"), 403)
        error(ann.post(f"{V1}/people/ben/disable"), 403)

    def test_the_members_of_a_project_are_those_whose_roles_reach_it(self, house: Installation) -> None:
        for name in ("Shop", "Bank"):
            house.post(f"{V1}/projects", {"name": name})
        ann = arrived(house, "ann", {"role": "viewer", "project": "shop"})
        invited(house, "ben", {"role": "developer", "project": "bank"}, {"role": "operator", "project": "shop"})
        invited(house, "eve", {"role": "developer", "project": "bank"})

        members = {
            each["name"]: [g["project"] for g in each["grants"]]
            for each in ann.get(f"{V1}/projects/shop/members").json()
        }

        assert members == {"admin": [None], "Ann": ["shop"], "Ben": ["shop"]}
        error(ann.get(f"{V1}/projects/bank/members"), 404)

    def test_somebody_without_a_role_has_an_account_and_nothing_else(self, house: Installation) -> None:
        house.post(f"{V1}/projects", {"name": "Shop"})
        ann = arrived(house, "ann")

        assert ann.get(f"{V1}/account").is_success
        assert ann.get(f"{V1}/projects/shop").status_code in (403, 404)

    def test_the_last_administrator_stays_one(self, house: Installation) -> None:
        admin = house.get(f"{V1}/people")[0]
        invited(house, "ci", ADMIN, kind="service")  # signs in nowhere, and so is none
        for method, path in (
            ("POST", "/disable"),
            ("DELETE", ""),
            ("DELETE", f"/grants/{admin['grants'][0]['id']}"),
        ):
            said = house.refused(409, method, f"{V1}/people/{admin['id']}{path}")
            assert "the last administrator" in said["message"]
        said = house.refused(409, "POST", f"{V1}/people/{admin['id']}/grants", {"role": "viewer"})
        assert "the last administrator" in said["message"]
        assert house.get(f"{V1}/people")[1]["grants"][0]["role"] == "admin"

    def test_what_serves_the_installation_outlives_who_began_it(self, house: Installation) -> None:
        agent = house.post(f"{V1}/agents", {"name": "rack-1", "environment": "development"})["token"]
        invited(house, "ann", ADMIN)
        admin = next(each for each in house.get(f"{V1}/people") if each["name"] == "admin")

        house.delete(f"{V1}/people/{admin['id']}")

        assert [each["name"] for each in house.get(f"{V1}/people")] == ["Ann"]  # with the tool token of before
        known = house.anonymous().get(f"{V1}/session", headers={"Authorization": f"Bearer {agent}"})
        assert "an agent's token" in error(known, 403)["message"]


class TestDisabled:
    def test_somebody_disabled_is_out_at_once_and_in_again_when_enabled(self, house: Installation) -> None:
        ann = arrived(house, "ann", {"role": "viewer"})
        token = ann.post(f"{V1}/tokens", json={"name": "mine"}).json()["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        assert house.anonymous().get(f"{V1}/account", headers=bearer).is_success

        house.post(f"{V1}/people/ann/disable")

        error(ann.get(f"{V1}/account"), 401)
        error(house.anonymous().get(f"{V1}/account", headers=bearer), 401)
        assert "disabled" in error(signed_in(house, "ann"), 401)["message"]
        assert "do not belong" in error(signed_in(house, "ann", BETTER), 401)["message"]
        assert "enable the account" in house.refused(409, "POST", f"{V1}/people/ann/link")["message"]

        house.post(f"{V1}/people/ann/enable")
        error(ann.get(f"{V1}/account"), 401)  # the session has ended for good
        assert house.anonymous().get(f"{V1}/account", headers=bearer).is_success
        assert signed_in(house, "ann").is_success

    def test_somebody_removed_is_gone_with_what_they_had(self, house: Installation) -> None:
        ann = arrived(house, "ann", {"role": "viewer"})
        house.delete(f"{V1}/people/ann")

        error(ann.get(f"{V1}/account"), 401)
        error(signed_in(house, "ann"), 401)
        house.refused(404, "POST", f"{V1}/people/ann/enable")
        invited(house, "ann")  # the login is free


def test_what_happens_to_people_is_in_the_audit_trail(house: Installation) -> None:
    import sqlalchemy as sa

    from clockhouse.store.tables.audit import audit

    house.post(f"{V1}/projects", {"name": "Shop"})
    arrived(house, "ann", {"role": "developer", "project": "shop"})
    signed_in(house, "ann", BETTER)
    signed_in(house, "nobody", BETTER)
    house.post(f"{V1}/people/ann/disable")
    house.post(f"{V1}/people/ann/enable")
    house.delete(f"{V1}/people/ann")

    with house.database.read() as tx:
        rows = tx.execute(sa.select(audit.c.action, audit.c.object, audit.c.facts)).all()
    noted = [(row.action, row.object) for row in rows]

    for action in ("invited", "granted", "disabled", "enabled", "removed"):
        assert (f"person.{action}", "ann") in noted
    assert ("password.changed", "ann") in noted
    assert ("session.began", "Ann") in noted
    assert ("session.refused", "Ann") in noted
    assert ("session.refused", "somebody") in noted
    assert "nobody" not in str(rows)
