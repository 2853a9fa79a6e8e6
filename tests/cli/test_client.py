"""The client: refusals become our errors, streams survive cuts."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from tests.cli.standin import Asked, StandIn, Talk
from tests.support.server import free_port

from clockhouse.client import Client, Part
from clockhouse.errors import (
    ClockhouseError,
    Conflict,
    Forbidden,
    Internal,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)

LOG = "/executions/e1/log/stream"


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn.listening() as listening:
        yield listening


@pytest.fixture
def client(server: StandIn) -> Iterator[Client]:
    with Client(server.base_url, "tok", pause=lambda _: None) as made:
        yield made


def line(seq: int, text: str = "hello") -> dict[str, object]:
    return {"seq": seq, "at": "2026-11-22T08:00:00Z", "stream": "stdout", "level": None, "text": text}


def test_sends_the_token_and_leaves_out_what_is_not_given(client: Client, server: StandIn) -> None:
    server.says("GET", "/executions", {"items": []})
    assert client.get("/executions", state=["failed", "lost"], before=None) == {"items": []}
    assert server.asked[0].token == "tok"
    assert server.asked[0].queries == {"state": ["failed", "lost"]}


def test_an_answer_without_content_is_none(client: Client, server: StandIn) -> None:
    server.says("DELETE", "/projects/a", None, 204)
    assert client.delete("/projects/a") is None


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "unauthenticated", Unauthenticated),
        (403, "forbidden", Forbidden),
        (404, "not_found", NotFound),
        (409, "conflict", Conflict),
        (503, "unavailable", Unavailable),
        (500, "internal", Internal),
        (418, "something-new", Internal),
    ],
)
def test_a_refusal_is_the_error_that_the_server_named(
    client: Client, server: StandIn, status: int, code: str, kind: type[ClockhouseError]
) -> None:
    server.refuses("GET", "/projects", status, code, "Do that instead.")
    with pytest.raises(kind, match=r"^Do that instead\.$") as refused:
        client.get("/projects")
    assert type(refused.value) is kind


def test_an_invalid_request_says_which_fields(client: Client, server: StandIn) -> None:
    server.refuses("POST", "/projects", 422, "invalid", "Some values need another.", slug="Taken.")
    with pytest.raises(Invalid) as refused:
        client.post("/projects", {"name": "x"})
    assert refused.value.fields == {"slug": "Taken."}


def test_nobody_listening_says_how_to_start() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with Client(address) as client, pytest.raises(Unavailable) as refused:
        client.get("/projects")
    assert refused.value.sentence == (
        f"Clockhouse does not answer at {address}. Start it with `make run` or `clockhouse serve`, "
        "or name another address with --server."
    )


def test_another_program_at_the_address_is_recognised(client: Client, server: StandIn) -> None:
    def page(_: Asked, talk: Talk) -> None:
        talk.begin("text/html")
        talk.write(b"<html>")

    server.streams("/projects", page)
    server.says("POST", "/projects", {"detail": "nope"}, 405)
    with pytest.raises(Unavailable, match="does not speak Clockhouse's API"):
        client.get("/projects")
    with pytest.raises(Unavailable, match="status 405"):
        client.post("/projects", {})


@pytest.mark.parametrize("address", ["ftp://x", "localhost:8420", "http://", "http://x:port", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Invalid, match="is not an address"):
        Client(address)


def test_a_proxy_is_not_asked_for_this_machine(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    server.says("GET", "/projects", [])
    with Client(server.base_url) as client:
        assert client.get("/projects") == []


def test_a_stream_gives_its_lines_and_then_its_end(client: Client, server: StandIn) -> None:
    def answer(_: Asked, talk: Talk) -> None:
        talk.begin()
        talk.event("lines", [line(1), line(2)])
        talk.event("end", {"state": "succeeded"})

    server.streams(LOG, answer)
    assert list(client.follow(LOG)) == [Part((line(1), line(2))), Part(end={"state": "succeeded"})]


def test_characters_that_end_lines_elsewhere_stay_in_the_text(client: Client, server: StandIn) -> None:
    text = "a\u2028b\x85c\x0cd é"

    def answer(_: Asked, talk: Talk) -> None:
        talk.begin()
        talk.event("lines", [line(1, text)])
        talk.event("end", {})

    server.streams(LOG, answer)
    assert next(client.follow(LOG)).lines[0]["text"] == text


def test_a_cut_stream_goes_on_after_the_last_line(client: Client, server: StandIn) -> None:
    def answer(asked: Asked, talk: Talk) -> None:
        talk.begin()
        if len(server.asked) == 1:
            talk.event("lines", [line(1), line(2)])
            talk.write(b'event: lines\r\ndata: [{"seq": 3')  # cut in the middle
        elif len(server.asked) == 2:
            talk.event("lines", [line(2), line(3)])  # one of them again
        else:
            talk.event("end", {"state": "failed"})

    server.streams(LOG, answer)
    parts = list(client.follow(LOG))
    assert [each["seq"] for part in parts for each in part.lines] == [1, 2, 3]
    assert parts[-1].end == {"state": "failed"}
    assert [asked.query["after"] for asked in server.asked] == ["0", "2", "3"]


def test_a_stream_outlives_a_server_that_is_started_anew(server: StandIn) -> None:
    waits: list[float] = []

    def answer(_: Asked, talk: Talk) -> None:
        if len(server.asked) in (2, 3):
            talk.begin("application/json", 503)
            talk.write(b'{"error": {"code": "unavailable", "message": "Starting.", "fields": {}}}')
            return
        talk.begin()
        talk.event(*(("lines", [line(1)]) if len(server.asked) == 1 else ("end", {})))

    server.streams(LOG, answer)
    with Client(server.base_url, pause=waits.append) as client:
        assert len(list(client.follow(LOG))) == 2
    assert waits == sorted(waits)
    assert len(waits) == 3


def test_a_stream_gives_up_on_a_server_that_stays_away(client: Client, server: StandIn) -> None:
    def answer(_: Asked, talk: Talk) -> None:
        talk.begin()
        if len(server.asked) == 1:
            talk.event("lines", [line(1)])

    server.streams(LOG, answer)
    with pytest.raises(Unavailable):
        list(client.follow(LOG))
    assert 5 < len(server.asked) < 20


def test_what_is_refused_is_not_asked_again(client: Client, server: StandIn) -> None:
    with pytest.raises(NotFound):
        list(client.follow(LOG))
    assert len(server.asked) == 1


def test_lines_come_before_the_stream_has_ended(client: Client, server: StandIn) -> None:
    seen = threading.Event()

    def answer(_: Asked, talk: Talk) -> None:
        talk.begin()
        talk.event("lines", [line(1)])
        assert seen.wait(10)
        talk.event("end", {})

    server.streams(LOG, answer)
    parts = client.follow(LOG)
    assert next(parts).lines == (line(1),)
    seen.set()
    assert next(parts).end == {}
