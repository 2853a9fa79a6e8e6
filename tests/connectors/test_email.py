"""Mail, sent to a real mail server."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.certificates import Authority
from tests.support.mail import Inbox, mail_server

from clockhouse.connectors import ConnectorError, email
from clockhouse.kit import Secret


@pytest.fixture(scope="module")
def served() -> Iterator[Inbox]:
    with mail_server() as found:
        yield found


@pytest.fixture
def inbox(served: Inbox) -> Inbox:
    served.taken.clear()
    return served


@pytest.fixture
def server(inbox: Inbox) -> email.Client:
    return email.Client("127.0.0.1", "Clock <clock@example.com>", port=inbox.port, security="none")


def test_a_mail_has_all_that_it_was_given(server: email.Client, inbox: Inbox, tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_text("a,b\n")

    refused = server.send(
        ["bob@example.com"],
        "Täglich",
        "In words",
        html="<p>In <b>words</b></p>",
        cc=["eve@example.com"],
        bcc=["mallory@example.com"],
        reply_to="team@example.com",
        attachments={"numbers.csv": tmp_path / "numbers.csv", "note.txt": "Hello", "raw.bin": b"\x00"},
    )

    assert refused == []
    ((recipients, message),) = inbox.taken
    assert recipients == ["bob@example.com", "eve@example.com", "mallory@example.com"]
    assert (message["Subject"], message["To"], message["Cc"]) == ("Täglich", "bob@example.com", "eve@example.com")
    assert (message["From"], message["Reply-To"], message["Bcc"]) == (
        "Clock <clock@example.com>",
        "team@example.com",
        None,
    )
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert (text.get_content().strip(), html.get_content().strip()) == ("In words", "<p>In <b>words</b></p>")
    assert [(each.get_filename(), each.get_content_type()) for each in message.iter_attachments()] == [
        ("numbers.csv", "text/csv"),
        ("note.txt", "text/plain"),
        ("raw.bin", "application/octet-stream"),
    ]


def test_addresses_that_are_refused_are_given_back(server: email.Client, inbox: Inbox) -> None:
    assert server.send(["bob@example.com", "nobody@example.com"], "Hi", "Hello") == ["nobody@example.com"]
    assert len(inbox.taken) == 1
    with pytest.raises(ConnectorError, match=r"none of the recipients: nobody@example.com \(No such user here\)"):
        server.send("nobody@example.com", "Hi", "Hello")


def test_a_user_signs_in(inbox: Inbox) -> None:
    def signed_in(password: str) -> email.Client:
        return email.Client(
            "127.0.0.1", "a@example.com", user="ada", password=Secret(password), port=inbox.port, security="none"
        )

    signed_in("right").send("bob@example.com", "Hi", "Hello")

    assert len(inbox.taken) == 1
    with pytest.raises(ConnectorError, match=r"refused the user ada\. Check the user and the password") as told:
        signed_in("wrong").send("bob@example.com", "Hi", "Hello")
    assert "wrong" not in str(told.value)


def test_a_password_is_not_sent_over_an_open_line() -> None:
    client = email.Client("mail.example.com", "a@example.com", user="ada", password=Secret("p"), security="none")

    with pytest.raises(ConnectorError, match="A password is not sent over an open line"):
        client.send("bob@example.com", "Hi", "Hello")


def test_a_server_without_encryption_is_told(inbox: Inbox) -> None:
    with pytest.raises(ConnectorError, match="Choose another security"):
        email.Client("127.0.0.1", "a@example.com", port=inbox.port).send("bob@example.com", "Hi", "Hello")


def test_a_server_that_is_silent_or_not_there_is_told() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        client = email.Client("127.0.0.1", "a@b.c", port=silent.getsockname()[1], security="none", timeout_seconds=0.05)
        with pytest.raises(ConnectorError, match=r"did not answer in 0\.05 seconds"):
            client.send("bob@example.com", "Hi", "Hello")
    with pytest.raises(ConnectorError, match="can't be reached"):
        client.send("bob@example.com", "Hi", "Hello")


def test_a_line_break_makes_no_header_of_its_own(server: email.Client, inbox: Inbox) -> None:
    with pytest.raises(ConnectorError, match="The mail can't be written"):
        server.send("bob@example.com", "Hi\nBcc: eve@example.com", "Hello")

    assert inbox.taken == []


def test_a_certificate_that_is_not_the_servers_is_refused(inbox: Inbox) -> None:
    client = email.Client("127.0.0.1", "a@b.c", port=inbox.port, security="tls", timeout_seconds=2)

    with pytest.raises(ConnectorError, match=r"can't be (trusted|reached)"):
        client.send("bob@example.com", "Hi", "Hello")


def test_an_encrypted_mail_is_sent_to_a_server_that_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Authority("tests").write(tmp_path / "mail", "mail")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    with mail_server(context) as inbox:
        client = email.Client("127.0.0.1", "a@example.com", user="ada", password=Secret("right"), port=inbox.port)

        with pytest.raises(ConnectorError, match="can't be trusted"):
            client.send("bob@example.com", "Hi", "Hello")
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
        client.send("bob@example.com", "Hi", "Hello")

    assert len(inbox.taken) == 1
