"""HTTP calls of connectors: what is repeated, what is told, and what stays unsaid."""

import logging
import socket
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.support.web import Peer, Reply, peer, reply

from clockhouse.connectors import ConnectorError, http, libraries
from clockhouse.connectors.web import Web
from clockhouse.kit import Secret

SECRET = "a-token-nobody-may-see"


def quick(other: Peer, waits: list[float], **given: object) -> Web:
    return Web("The shop", other.url, wait=waits.append, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "first", "calls"),
    [
        ("GET", Reply(503), 2),
        ("PUT", Reply(502), 2),
        ("DELETE", Reply(504), 2),
        ("POST", Reply(429), 2),
        ("POST", Reply(503), 1),
        ("PATCH", Reply(503), 1),
        ("GET", Reply(500), 1),
        ("GET", Reply(404), 1),
    ],
)
def test_only_what_does_no_harm_twice_is_asked_again(other: Peer, method: str, first: Reply, calls: int) -> None:
    other.on(f"{method} /a", first, Reply(200))

    answer = quick(other, []).call(method, "/a", check=False)

    assert len(other.asked) == calls
    assert answer.is_ok is (calls == 2)


def test_a_connection_that_breaks_is_tried_again_for_reads_alone(other: Peer) -> None:
    other.on("GET /a", Reply(0), Reply(0), Reply(200))
    other.on("POST /a", Reply(0), Reply(200))
    web = quick(other, waits := [])

    assert web.call("GET", "/a").status == 200
    with pytest.raises(ConnectorError, match=r"The shop .* can't be reached"):
        web.call("POST", "/a")

    assert waits == [0.5, 1.0]
    assert [each.method for each in other.asked] == ["GET", "GET", "GET", "POST"]


def test_it_waits_as_long_as_the_server_asks_but_not_for_ever(other: Peer) -> None:
    other.on("POST /busy", Reply(429, headers={"Retry-After": "7"}), Reply(200))
    other.on("POST /shut", Reply(429, headers={"Retry-After": "3600"}), Reply(200))
    web = quick(other, waits := [])

    assert web.call("POST", "/busy").is_ok
    with pytest.raises(ConnectorError, match=r"answered 429. Ask less often") as told:
        web.call("POST", "/shut")

    assert waits == [7.0]
    assert told.value.status == 429


def test_it_gives_up_after_three_tries(other: Peer) -> None:
    other.on("GET /a", Reply(503))

    with pytest.raises(ConnectorError, match=r"The shop answered 503. Try again later"):
        quick(other, waits := []).call("GET", "/a")

    assert (len(other.asked), len(waits)) == (3, 2)


def test_a_server_that_is_not_there_is_told_with_what_to_do() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        web = Web("The shop", f"http://127.0.0.1:{unused.getsockname()[1]}/v1", wait=lambda _: None)

        with pytest.raises(ConnectorError, match=r"/v1/a\) can't be reached: .* Check the address and the network"):
            web.call("GET", "/a")


def test_a_server_that_says_nothing_is_not_waited_for_in_vain() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        web = Web("The shop", f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_seconds=0.05)

        with pytest.raises(ConnectorError, match=r"did not answer in 0\.05 seconds"):
            web.call("POST", "/a")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (reply({"message": "No such order"}, 404), "answered 404: No such order. Check the address"),
        (reply({"error": {"message": "Too long."}}, 400), "answered 400: Too long. Correct"),
        (reply({"detail": ["x"], "title": "Invalid"}, 422), "answered 422: Invalid"),
        (Reply(418, b"I am\n a teapot"), "answered 418: I am a teapot."),
        (Reply(403, b"<h1>No</h1>", {"Content-Type": "text/html"}), "answered 403. Give the token"),
        (reply({"message": f"Bad token {SECRET}"}, 401), r"answered 401: Bad token \*\*\*\*\. Check the token"),
    ],
)
def test_a_refusal_is_told_as_the_server_says_it(other: Peer, answer: Reply, told: str) -> None:
    other.on("GET /a", answer)

    with pytest.raises(ConnectorError, match=told):
        http.Client(other.url, token=Secret(SECRET)).get("/a")


def test_a_secret_address_is_in_no_error_log_or_trace(other: Peer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    other.on(f"POST /hooks/{SECRET}", Reply(200), Reply(500))
    web = Web("The shop", Secret(f"{other.url}/hooks/{SECRET}"), wait=lambda _: None)
    gone = Web("The shop", Secret(f"http://127.0.0.1:9/{SECRET}"), wait=lambda _: None)

    web.call("POST", json={})
    said = []
    for each in (web, gone):
        with pytest.raises(ConnectorError) as told:
            each.call("POST", json={})
        said += traceback.format_exception(told.value)

    assert SECRET not in caplog.text + "".join(said) + repr(http.Client(token=Secret(SECRET)))


def test_a_token_goes_to_its_own_server_alone(other: Peer) -> None:
    client = http.Client("https://api.example.com", token=Secret(SECRET))

    with pytest.raises(ConnectorError, match=r"http://127.0.0.1:\d+ is another server"):
        client.get(other.url)

    assert other.asked == []


@pytest.mark.parametrize("address", ["ftp://example.com", "example.com/a", "file:///etc/passwd"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(ConnectorError, match="must begin with https:// or http://"):
        http.Client(address).get("/a")
    with pytest.raises(ConnectorError, match="must begin with https:// or http://"):
        http.Client().get(address)


def test_requests_have_what_they_are_given(other: Peer, tmp_path: Path) -> None:
    other.on("GET /v1/orders", reply([{"id": 1}]))
    other.on("POST /v1/orders", reply({"id": 2}, 201))
    other.on("PUT /v1/orders/2", Reply(204))
    other.on("GET /v1/file", Reply(200, b"\x00\x01"))
    client = http.Client(f"{other.url}/v1", user="ada", password=Secret("pass"), headers={"X-Of": "us"})

    assert client.get_json("orders", query={"day": "monday", "page": None}) == [{"id": 1}]
    assert client.post("/orders", form={"name": "tea"}).json() == {"id": 2}
    assert client.put("/orders/2", json={"name": "coffee"}).status == 204
    assert client.download("file", tmp_path / "file") == 2

    first, second, third, _ = other.asked
    assert (first.path, first.query, first.headers["x-of"]) == ("/v1/orders", {"day": ["monday"]}, "us")
    assert first.headers["authorization"] == "Basic YWRhOnBhc3M="
    assert (second.form(), third.json()) == ({"name": "tea"}, {"name": "coffee"})
    assert (tmp_path / "file").read_bytes() == b"\x00\x01"


def test_a_status_is_an_answer_where_it_is_not_checked(other: Peer) -> None:
    other.on("GET /ill", Reply(500, b"ill"))

    answer = http.Client().get(f"{other.url}/ill", check=False)

    assert (answer.status, answer.is_ok, answer.text) == (500, False, "ill")
    with pytest.raises(ConnectorError, match="The answer is no JSON"):
        answer.json()


def test_a_library_that_is_missing_is_named() -> None:
    with pytest.raises(ConnectorError, match=r"no_such_library is not installed.* pip install 'clockhouse\[s3\]'"):
        _ = libraries.found("no_such_library", "s3").Client


@pytest.mark.parametrize("token", [f"{SECRET}\n", f" {SECRET}\r\n"])
def test_white_space_around_a_token_does_not_matter(other: Peer, token: str) -> None:
    other.on("GET /a", Reply(200))

    http.Client(other.url, token=Secret(token), headers={"X-Api-Key": token}).get("/a", headers={"X-Of": "us\n"})

    sent = other.asked[0].headers
    assert (sent["authorization"], sent["x-api-key"], sent["x-of"]) == (f"Bearer {SECRET}", SECRET, "us")


@pytest.mark.parametrize("value", [f"{SECRET}\nX-Evil: 1", f"{SECRET}\0", f"{SECRET}é", f"{SECRET}\ud800"])
def test_a_header_that_cannot_be_sent_is_told_without_its_value(other: Peer, value: str) -> None:
    def told(client: http.Client, headers: dict[str, str]) -> str:
        with pytest.raises(ConnectorError, match="has a line break or a letter that can't be sent") as error:
            client.get("/a", headers=headers)
        return str(error.value)

    said = [told(http.Client(other.url, token=Secret(value)), {}), told(http.Client(other.url), {"X-Api-Key": value})]

    assert SECRET not in "".join(said)
    assert other.asked == []


def test_a_header_with_a_name_that_is_none_is_told(other: Peer) -> None:
    with pytest.raises(ConnectorError, match="The name of a header has a letter that none may have"):
        http.Client(other.url, headers={"X-A:": "1"}).get("/a")


def test_a_call_that_cannot_be_made_is_made_once(other: Peer) -> None:
    other.on("GET /a", Reply(302, headers={"Location": "ftp://example.com/"}))

    with pytest.raises(ConnectorError, match=r"can't be called: UnsupportedProtocol"):
        quick(other, waits := [], follows=True).call("GET", "/a")

    assert (len(other.asked), waits) == (1, [])


KEY = "k:2/7-of-the-shop"


@pytest.mark.parametrize("said", [f"{'x' * 290} {SECRET} {KEY}", SECRET, f"?key={quote(SECRET)}", KEY, quote(KEY, "")])
def test_nothing_given_in_secret_is_in_what_a_server_repeats(other: Peer, said: str) -> None:
    other.on("POST /a", reply({"message": said}, 400), Reply(400, said.encode()))
    client = http.Client(other.url, headers={"X-Api-Key": SECRET})

    for _ in range(2):
        with pytest.raises(ConnectorError, match=r"\*\*") as told:
            client.post("/a", query={"key": Secret(KEY), "day": "monday"})
        assert not [each for each in (SECRET[:5], KEY[:3], quote(KEY, "")[:5]) if each in str(told.value)]

    assert other.asked[0].query == {"key": [KEY], "day": ["monday"]}


def test_short_values_of_headers_leave_errors_readable(other: Peer) -> None:
    other.on("GET /a", reply({"message": "Order 1 is no order of us"}, 404))

    with pytest.raises(ConnectorError, match="Order 1 is no order of us"):
        http.Client(other.url, headers={"X-Version": "1", "X-Of": "us", "Accept": "order"}).get("/a")


def test_a_server_that_another_leads_to_gets_no_key_of_that_one(other: Peer) -> None:
    with peer() as stranger:
        stranger.on("GET /b", Reply(200))
        other.on("GET /b", Reply(200))
        other.on("GET /far", Reply(302, headers={"Location": f"{stranger.url}/b"}))
        other.on("GET /near", Reply(302, headers={"Location": "/b"}))
        client = http.Client(other.url, token=Secret(SECRET), headers={"X-Api-Key": SECRET, "Accept": "text/plain"})

        client.get("/far", headers={"X-Once": SECRET})
        client.get("/near", headers={"X-Once": SECRET})

    far, near = stranger.asked[0].headers, other.asked[-1].headers
    assert far["accept"] == "text/plain"
    assert SECRET not in str(far)
    assert (near["x-api-key"], near["x-once"], near["authorization"]) == (SECRET, SECRET, f"Bearer {SECRET}")
