"""Who gets in, and who does not."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.support.api import COMPONENT, V1, Installation, described
from tests.support.ledger import refusing

from clockhouse import __version__
from clockhouse.control import sessions
from clockhouse.errors import Unavailable
from clockhouse.store import actors
from clockhouse.store.actors import TokenKind

OPEN = {
    ("GET", f"{V1}/health"),
    ("GET", f"{V1}/session/ways"),
    ("POST", f"{V1}/session"),
    ("POST", f"{V1}/session/password"),
}
OPERATIONS = sorted((method.upper(), path) for path, methods in described().items() for method in methods)


def test_health_tells_of_a_database_that_cannot_be_written_to(house: Installation) -> None:
    with refusing(house.database):
        said = house.refused(503, "POST", f"{V1}/projects", {"name": "Shop"})
        assert house.refused(503, "GET", f"{V1}/health") == said
        assert house.refused(503, "GET", "/healthz") == said
    assert "There is no room left for the database" in said["message"]

    house.post(f"{V1}/projects", {"name": "Shop"})

    assert house.get(f"{V1}/health")["status"] == "ok"


def one_time_token(house: Installation) -> str:
    url: str = house.post(f"{V1}/session/link")["url"]
    return url.partition("#token=")[2]


def test_what_is_open_is_the_health_and_the_sign_in(house: Installation) -> None:
    assert set(OPERATIONS) >= OPEN
    well = {"status": "ok", "version": __version__}
    assert house.anonymous().get(f"{V1}/health").json() == well
    assert house.anonymous().get("/healthz").json() == well


def test_a_one_time_token_signs_in_once(house: Installation) -> None:
    token, browser = one_time_token(house), house.anonymous()

    first = browser.post(f"{V1}/session", json={"token": token})
    second = house.anonymous().post(f"{V1}/session", json={"token": token})

    may = {
        "project": None,
        "permissions": ["read", "develop", "operate", "administer"],
        "operates_in": ["development", "production"],
    }
    assert first.json() == {"name": "admin", "version": __version__, "may": [may]}
    assert browser.get(f"{V1}/session").json()["name"] == "admin"
    assert second.status_code == 401
    assert "used already" in second.json()["error"]["message"]


def test_a_one_time_token_is_good_for_an_hour(house: Installation) -> None:
    token = one_time_token(house)
    house.clock.advance(timedelta(hours=1))

    assert house.anonymous().post(f"{V1}/session", json={"token": token}).status_code == 401


def test_a_sign_in_link_leads_to_the_address_that_was_asked(house: Installation) -> None:
    assert house.post(f"{V1}/session/link")["url"].startswith("http://clockhouse.test/sign-in#token=")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: Installation) -> None:
    answer = house.anonymous().post(f"{V1}/session", json={"token": one_time_token(house)})

    name, *flags = answer.headers["set-cookie"].split("; ")
    assert name.startswith("clockhouse_session=")
    assert {"HttpOnly", "SameSite=strict", "Path=/", "Max-Age=2592000"} <= set(flags)
    assert "Secure" not in flags


def test_the_session_cookie_stays_on_tls_where_there_is_tls(house: Installation) -> None:
    answer = house.anonymous().post("https://clockhouse.test/api/v1/session", json={"token": one_time_token(house)})

    name, *flags = answer.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-clockhouse_session=")
    assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(flags)
    assert not any(each.startswith("Domain") for each in flags)
    token = name.partition("=")[2]
    for cookie, status in [(f"__Host-clockhouse_session={token}", 200), (f"clockhouse_session={token}", 401)]:
        asked = house.anonymous().get("https://clockhouse.test/api/v1/session", headers={"Cookie": cookie})
        assert asked.status_code == status


def test_a_new_tool_token_takes_the_place_of_the_one_before(house: Installation) -> None:
    _, kept = sessions.first_tokens(house.parts, house.token, alone=True)
    assert kept == house.token

    _, new = sessions.first_tokens(house.parts, None, alone=True)

    def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return house.anonymous().get(f"{V1}/session", headers=headers).status_code

    assert (status(new), status(house.token)) == (200, 401)


def test_a_new_tool_token_leaves_those_of_other_servers(house: Installation) -> None:
    _, new = sessions.first_tokens(house.parts, None, alone=False)

    with house.parts.database.read() as tx:
        assert all(actors.by_token(tx, token, TokenKind.TOOL) for token in (new, house.token))


def test_a_session_ends_after_a_month(house: Installation) -> None:
    browser = house.browser()
    for _ in range(29):
        house.clock.advance(timedelta(days=1))
        assert browser.get(f"{V1}/session").is_success
    house.clock.advance(timedelta(days=1))

    assert browser.get(f"{V1}/session").status_code == 401


def test_a_session_that_nobody_uses_ends_after_a_week(house: Installation) -> None:
    browser = house.browser()
    house.clock.advance(timedelta(days=7))

    assert browser.get(f"{V1}/session").status_code == 401


def test_a_session_that_was_planted_is_no_way_in_after_a_sign_in(house: Installation) -> None:
    """Session fixation: what the browser carried before is not what it carries after."""
    browser = house.browser()
    planted = browser.cookies["clockhouse_session"]
    assert browser.post(f"{V1}/session", json={"token": one_time_token(house)}).is_success

    assert browser.cookies["clockhouse_session"] != planted
    copied = {"Cookie": f"clockhouse_session={planted}"}
    assert house.anonymous().get(f"{V1}/session", headers=copied).status_code == 401
    unknown = house.anonymous()
    unknown.cookies.set("clockhouse_session", "made-up-elsewhere")
    unknown.post(f"{V1}/session", json={"token": one_time_token(house)})
    made_up = {"Cookie": "clockhouse_session=made-up-elsewhere"}
    assert house.anonymous().get(f"{V1}/session", headers=made_up).status_code == 401


def test_sessions_are_listed_with_where_they_are_and_ended_one_by_one_or_all(house: Installation) -> None:
    here, there, elsewhere = house.browser(), house.browser(), house.browser()
    there.get(f"{V1}/session", headers={"User-Agent": "Firefox"})

    listed = here.get(f"{V1}/account/sessions").json()
    assert [each["is_this"] for each in listed].count(True) == 1
    assert len(listed) == 3
    assert {each["address"] for each in listed} == {"127.0.0.1"}
    assert all(each["used_at"] for each in listed)

    mine = next(each["id"] for each in there.get(f"{V1}/account/sessions").json() if each["is_this"])
    assert here.delete(f"{V1}/account/sessions/{mine}").status_code == 204
    assert there.get(f"{V1}/session").status_code == 401
    origin = {"Origin": "http://clockhouse.test"}
    assert here.post(f"{V1}/account/sessions/end-others", headers=origin).json() == {"ended": 1}
    assert elsewhere.get(f"{V1}/session").status_code == 401
    assert here.get(f"{V1}/session").is_success


def test_where_a_session_was_used_is_noted_now_and_then(house: Installation) -> None:
    browser = house.browser()
    house.clock.advance(timedelta(minutes=6))
    browser.get(f"{V1}/session", headers={"User-Agent": "x" * 5000})

    [session] = browser.get(f"{V1}/account/sessions").json()

    assert session["used_at"].startswith("2026-11-22T12:06:00")
    assert session["program"] == "x" * 200


def test_who_asks_is_known_even_where_it_cannot_be_noted(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable("There is no room left.")

    browser = house.browser()
    house.clock.advance(timedelta(hours=1))
    monkeypatch.setattr(actors, "note_use", refuse)

    assert browser.get(f"{V1}/session").is_success


def test_signing_out_ends_the_session_itself(house: Installation) -> None:
    browser = house.browser()
    cookie = browser.cookies["clockhouse_session"]

    assert browser.delete(f"{V1}/session").status_code == 204

    assert "clockhouse_session" not in browser.cookies
    copied = {"Cookie": f"clockhouse_session={cookie}"}
    assert house.anonymous().get(f"{V1}/session", headers=copied).status_code == 401


@pytest.mark.parametrize("kind", ["session", "one-time"])
def test_a_token_serves_only_what_it_is_for(house: Installation, kind: str) -> None:
    browser = house.browser()
    token = browser.cookies["clockhouse_session"] if kind == "session" else one_time_token(house)

    assert house.anonymous().get(f"{V1}/session", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    tool = {"Cookie": f"clockhouse_session={house.token}"}
    assert house.anonymous().get(f"{V1}/session", headers=tool).status_code == 401
    assert house.anonymous().post(f"{V1}/session", json={"token": house.token}).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YWRtaW46", "nonsense", "Bearer \xff"])
def test_an_odd_authorization_header_is_no_way_in(house: Installation, header: str) -> None:
    answer = house.anonymous().get(f"{V1}/session", headers={"Authorization": header.encode("latin-1")})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://clockhouse.test.evil.example", "http://[", "http://:0"]
)
def test_another_site_changes_nothing_with_our_cookie(house: Installation, origin: str) -> None:
    browser = house.browser()

    answer = browser.post(f"{V1}/projects", json={"name": "Theirs"}, headers={"Origin": origin})

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "forbidden"
    assert house.get(f"{V1}/projects") == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "Text/Plain; charset=utf-8"},
        {},
        {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "application/json", "Sec-Fetch-Site": "same-site"},
        {"Content-Type": "application/json", "Origin": "http://clockhouse.test:8420"},
        {"Origin": "http://clockhouse.test", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/projects", "/session/link", "/account/sessions/end-others"])
def test_what_a_form_elsewhere_can_send_changes_nothing(
    house: Installation, headers: dict[str, str], path: str
) -> None:
    answer = house.browser().post(f"{V1}{path}", content=b'{"name": "Theirs"}', headers=headers)

    assert answer.status_code == 403
    assert "Another site" in answer.json()["error"]["message"]


@pytest.mark.parametrize("headers", [{"Origin": "http://clockhouse.test"}, {"Sec-Fetch-Site": "same-origin"}], ids=str)
def test_a_page_of_ours_needs_no_body(house: Installation, headers: dict[str, str]) -> None:
    assert house.browser().post(f"{V1}/session/link", headers=headers).is_success


def test_a_program_with_a_token_needs_no_origin(house: Installation) -> None:
    assert house.client.post(f"{V1}/session/link").is_success


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api/docs", "/api/openapi.json", "/nothing/here", "/assets/no.js"])
def test_no_page_is_shown_within_anothers(closed_house: Installation, path: str) -> None:
    _is_never_framed(closed_house.anonymous().get(path))


@pytest.mark.parametrize(("method", "path"), sorted(OPERATIONS))
def test_no_answer_of_the_api_is_shown_within_anothers(closed_house: Installation, method: str, path: str) -> None:
    _is_never_framed(closed_house.anonymous().request(method, re.sub(r"\{\w+\}", "1", path), json={}))


def test_not_even_our_own_failure_is_shown_within_anothers(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(sessions, "check_health", fail)
    answer = house.anonymous().get(f"{V1}/health")

    assert answer.status_code == 500
    _is_never_framed(answer)


def _is_never_framed(answer: httpx.Response) -> None:
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_another_site_signs_nobody_in(house: Installation) -> None:
    answer = house.anonymous().post(
        f"{V1}/session", json={"token": one_time_token(house)}, headers={"Origin": "http://evil.example"}
    )

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_our_own_pages_change_things_with_the_cookie(house: Installation) -> None:
    answer = house.browser().post(f"{V1}/projects", json={"name": "Ours"}, headers={"Origin": "http://clockhouse.test"})

    assert answer.status_code == 201


def test_no_token_is_kept_as_it_is(house: Installation) -> None:
    browser, token = house.browser(), one_time_token(house)

    stored = house.stored()

    for known in (browser.cookies["clockhouse_session"], token, house.token):
        assert known.encode() not in stored


def test_answers_are_not_kept_by_caches_nor_guessed_at(house: Installation) -> None:
    house.create()

    answers: list[Any] = [house.client.get(f"{V1}/session"), house.client.get(f"{COMPONENT}/nothing")]
    answers.append(house.client.post(f"{V1}/projects", json={}))

    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
