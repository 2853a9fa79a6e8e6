"""Messages reach people by real servers, or it is said why not; and an address is told nowhere."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.mail import mail_server
from tests.support.web import Peer, Reply, peer

from clockhouse import messenger
from clockhouse.errors import Invalid
from clockhouse.kit import Secret
from clockhouse.messenger import Kind, Message, Tone, Undelivered

MESSAGE = Message("Report failed", "3 times in a row <b>&", "https://clock.example.com/executions/1", Tone.BAD)
SLACK = "hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


@pytest.fixture(scope="module")
def web() -> Iterator[Peer]:
    with peer() as served:
        yield served


def mail(port: int, *, user: str = "ada:right", to: str = "ops@example.com") -> Secret:
    return Secret(f"mailto://{user}@127.0.0.1:{port}?to={to}&from=clock@example.com&mode=insecure")


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("mailtos://ada:right@smtp.example.com?to=ops@example.com", Kind("email", "smtp.example.com")),
        ("MAILTO://ada:right@gmail.com", Kind("email", "smtp.gmail.com")),
        (f"https://{SLACK}", Kind("slack", None)),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", Kind("slack", None)),
        (
            "https://prod-1.westeurope.logic.azure.com:443/workflows/abcdef/triggers/manual/paths/invoke"
            "?api-version=2022-03-01&sp=x&sv=1&sig=abcsig",
            Kind("ms_teams", "prod-1.westeurope.logic.azure.com"),
        ),
        ("https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t", Kind("google_chat", None)),
        ("https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", Kind("discord", None)),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", Kind("telegram", None)),
        ("ntfy://a-topic-that-nobody-knows", Kind("ntfy", None)),
        ("gotify://push.example.com/AbCdEfGh", Kind("gotify", "push.example.com")),
        ("https://example.com/hook?key=1", Kind("webhook", "example.com")),
        ("http://user:word@[::1]:8080/hook", Kind("webhook", "::1")),
        ("jsons://relay/hook", Kind("webhook", None)),
    ],
)
def test_an_address_says_whose_it_is(address, kind):
    assert messenger.kind_of(Secret(f"  {address}\n")) == kind


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "begins with what it is of"),
        ("ops@plant.example", "begins with what it is of"),
        ("plant://ed", "No service is known"),
        ("https://", "names no host"),
        ("https://plant.example:99999/", "no address"),
        ("https://[plant/", "no address"),
        ("https://plant.example/a b", "no spaces"),
        ("https://plant.example/\x07", "no spaces"),
        (f"https://plant.example/{'a' * 4000}", "at most 4000"),
        ("mailtos://?to=plant", "how an address of E-Mail is written"),
        ("msteams://plant", "gives each workflow"),
        *((f"{scheme}://plant", "own machine") for scheme in ("dbus", "gnome", "glib", "syslog", "macosx", "windows")),
        ("vapid://plant@example.com", "own machine"),
        ("File:///plant", "own machine"),
        (f"slack://{SLACK.partition('services/')[2]}?template=/plant", "names files"),
        ("fcm://plant@key/phone?mode=oauth2&keyfile=/plant", "names files"),
        ("mailto://ada:plant@example.com?pgp=yes", "names files"),
    ],
)
def test_what_no_message_can_be_sent_to_is_refused_and_not_told(address, sentence):
    with pytest.raises(Invalid, match=sentence) as refused:
        messenger.kind_of(Secret(address))

    assert "Write an address like mailtos://" in refused.value.sentence
    assert refused.value.fields == {"address": refused.value.sentence}
    assert "plant" not in refused.value.sentence


def test_which_services_take_files_of_this_machine_is_known():
    """Another version of Apprise may have more: see that `messenger` refuses what they take, and add them here."""
    import apprise.plugins

    folder = Path(apprise.plugins.__file__).parent
    taking = re.compile(r"AppriseAttachment\(asset=self\.asset\)|[^\w.]open\(path|[^\w.]open\(self\.__local")
    found = {
        str(file.relative_to(folder).with_suffix(""))
        for file in folder.rglob("*.py")
        if taking.search(file.read_text())
    }
    refused = {"discord", "fcm/__init__", "fcm/oauth", "slack", "telegram", "vapid/subscription", "workflows"}
    assert found == refused


@pytest.mark.parametrize(
    "address",
    [
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "tgram://123456789:abcdefg_hijklmnop/12315544",
        "workflows://prod-1.westeurope.logic.azure.com:443/abcdef/abcsig",
    ],
)
def test_no_service_has_a_template_from_this_machine(address):
    assert messenger.kind_of(Secret(f"{address}/"))
    with pytest.raises(Invalid, match="names files"):
        messenger.kind_of(Secret(f"{address}/?template=/etc/hostname"))


def test_a_message_comes_by_mail_as_it_was_written():
    with mail_server() as inbox:
        messenger.send(mail(inbox.port), MESSAGE)

    [(to, message)] = inbox.taken
    assert to == ["ops@example.com"]
    assert message["Subject"] == MESSAGE.title
    assert message["From"] == "clock@example.com"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().split() == f"{MESSAGE.text} {MESSAGE.link}".split()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ({"user": "ada:wr0ng-word"}, r"127\.0\.0\.1 does not accept the user and password of the address \(code 535\)"),
        ({"to": "nobody@example.com"}, r"127\.0\.0\.1 refused the message \(code 550\)"),
    ],
)
def test_a_mail_server_that_does_not_take_it_says_why(address, sentence):
    with mail_server() as inbox, pytest.raises(Undelivered, match=sentence) as undelivered:
        messenger.send(mail(inbox.port, **address), MESSAGE)

    assert "wr0ng" not in undelivered.value.sentence
    assert inbox.taken == []


@pytest.mark.parametrize("how", ["to=ada@example.com,nobody@example.com", "to=ada@example.com&cc=nobody@example.com"])
def test_what_some_took_is_not_to_be_sent_again(how):
    with mail_server() as inbox:
        told = messenger.send(Secret(mail(inbox.port).reveal().replace("to=ops@example.com", how)), MESSAGE)

    assert told == "Only some took it. 127.0.0.1 refused the message (code 550)."
    assert [to for to, _message in inbox.taken] == [["ada@example.com"]]


def test_any_other_web_address_is_posted_to_just_as_it_is_written(web):
    web.on("POST /hook/a%2Fb/", Reply(204))

    messenger.send(Secret(f"{web.url.replace('//', '//ada:w%40rd@')}/hook/a%2Fb/?method=x&:title=y&n=1&n=2"), MESSAGE)

    asked = web.asked[-1]
    assert asked.query == {"method": ["x"], ":title": ["y"], "n": ["1", "2"]}
    assert asked.headers["authorization"] == "Basic YWRhOndAcmQ="
    assert asked.json() == {
        "title": MESSAGE.title,
        "text": MESSAGE.text,
        "link": MESSAGE.link,
        "type": "failure",
    }


def test_what_is_very_long_is_cut_and_its_link_stays(web):
    web.on("POST /long", Reply())

    messenger.send(Secret(f"{web.url}/long"), Message("T" * 9000, "t" * 9000, MESSAGE.link))

    told = web.asked[-1].json()
    assert (len(told["title"]), len(told["text"]), told["link"]) == (200, 2000, MESSAGE.link)


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(403), r"127\.0\.0\.1 answered with status 403 \(Forbidden\)\."),
        (Reply(302, headers={"Location": "/elsewhere"}), "status 302"),
        (Reply(0), "ended the connection"),
        (Reply(500, b"key-in-the-path?"), "status 500"),
    ],
)
def test_a_web_server_that_does_not_take_it_says_why(web, reply, sentence):
    web.on("POST /key-in-the-path", reply)

    with pytest.raises(Undelivered, match=sentence) as undelivered:
        messenger.send(Secret(f"{web.url}/key-in-the-path"), MESSAGE)

    assert "key" not in undelivered.value.sentence
    assert web.asked[-1].path == "/key-in-the-path"


def test_a_redirection_is_not_followed_whatever_the_address_says(web):
    web.on("POST /moved", Reply(307, headers={"Location": "/elsewhere"}))
    before = len(web.asked)

    with pytest.raises(Undelivered, match="status 307"):
        messenger.send(Secret(f"{web.url.replace('http', 'json')}/moved?redirect=yes"), MESSAGE)

    assert len(web.asked) == before + 1


@pytest.mark.parametrize("status", [b"200 OK", b"302 Found\r\nLocation: /elsewhere"])
def test_of_an_answer_without_end_the_beginning_is_read(monkeypatch, status):
    monkeypatch.setattr(messenger, "_LONGEST_ANSWER", 4096)
    written = []
    with closing(socket.create_server(("127.0.0.1", 0))) as endless:

        def answer():
            with endless.accept()[0] as to, suppress(OSError):
                to.recv(65536)
                to.sendall(b"HTTP/1.1 " + status + b"\r\n\r\n")
                while sum(written) < 64 * 1024 * 1024:
                    written.append(to.send(bytes(65536)))

        answering = threading.Thread(target=answer, daemon=True)
        answering.start()
        with suppress(Undelivered):  # of what is not followed
            messenger.send(Secret(f"http://127.0.0.1:{endless.getsockname()[1]}/"), MESSAGE)
        answering.join(30)

    assert sum(written) < 64 * 1024 * 1024


def test_a_message_is_no_html_in_telegram(monkeypatch):
    sent = []

    def request(*_, data, **_others):
        sent.append(json.loads(data))
        return SimpleNamespace(status_code=200, content=b"{}", json=lambda: {"ok": True})

    monkeypatch.setattr("requests.Session.request", request)

    messenger.send(Secret("tgram://123456789:abcdefg_hijklmnop/12315544/"), Message("It failed", "<Response [500]>&"))

    assert "&lt;Response [500]&gt;&amp;" in sent[-1]["text"]


def test_what_a_message_says_is_not_taken_for_what_became_of_it(web):
    web.on("POST /auth/ssl-timed-out", Reply(0))

    with pytest.raises(Undelivered, match=r"127\.0\.0\.1 ended the connection\."):
        messenger.send(
            Secret(f"{web.url}/auth/ssl-timed-out"), Message("It timed out", "error=500 (535, b'x') Connection refused")
        )


def test_nobody_is_waited_for_without_end(monkeypatch):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = Secret(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        monkeypatch.setattr(messenger, "_SOCKET_S", 0.05)
        with pytest.raises(Undelivered, match="did not answer in time"):
            messenger.send(address, MESSAGE)
        monkeypatch.setattr(messenger, "_SOCKET_S", 2.0)
        monkeypatch.setattr(messenger, "TIME_OUT_S", 0.05)
        with pytest.raises(Undelivered, match=r"longer than 0 seconds.*may have arrived"):
            messenger.send(address, MESSAGE)
    with pytest.raises(Undelivered, match=r"nothing listens there|longer than"):
        messenger.send(address, MESSAGE)


def test_a_host_that_nobody_knows_is_said_to_be_unknown():
    with pytest.raises(Undelivered, match=r"nowhere\.invalid is not known"):
        messenger.send(Secret("https://nowhere.invalid/key"), MESSAGE)


def test_what_apprise_says_is_heard_by_nobody_else(web, capfd):
    web.on("POST /plant", Reply(500, b"plant"))
    everything = logging.getLogger()
    heard = StringIO()
    listening, before = logging.StreamHandler(heard), everything.level
    everything.addHandler(listening)
    everything.setLevel(logging.NOTSET)
    try:
        for address in (f"{web.url}/plant", "mailto://plant", "plant://plant", "http://127.0.0.1:9/plant"):
            with pytest.raises(Undelivered):
                messenger.send(Secret(address), MESSAGE)
            with suppress(Invalid):
                messenger.kind_of(Secret(address))
        logging.getLogger("somebody").info("else")
    finally:
        everything.removeHandler(listening)
        everything.setLevel(before)

    assert heard.getvalue() == "else\n"
    assert "plant" not in "".join(capfd.readouterr())


SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="/?#@:%&"), min_size=6).map(
    lambda text: f"q{text}q"
)
SAYINGS = (
    "{0}",
    "error={0}",
    "error=403 {0}",
    "(535, b'{0}')",
    "Socket Exception: {0} timed out",
    "{0} was refused: 550 {0}",
    "HTTPConnectionPool(host='a', port=80): Max retries exceeded with url: /{0}?{0} (certificate {0})",
)


CAUSES = (None, RuntimeError, OSError, KeyboardInterrupt)


@pytest.mark.slow
@given(
    SECRETS,
    st.lists(st.sampled_from(SAYINGS), max_size=3),
    st.sampled_from(CAUSES),
)
def test_whatever_apprise_says_or_raises_no_part_of_the_address_is_told(secret, told, cause):
    from apprise.plugins.custom_json import NotifyJSON

    def broken(service, *_arguments, **_options):
        for line in told:
            service.logger.warning(line.replace("{0}", secret))
        if cause is not None:
            raise cause(secret)
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NotifyJSON, "send", broken)
        with pytest.raises(Undelivered) as undelivered:
            messenger.send(Secret(f"http://ada:{quote(secret)}@127.0.0.1/{secret}?{secret}"), MESSAGE)

    told_of = f"{undelivered.value} {undelivered.value.facts} {undelivered.value.__cause__}"
    assert secret not in told_of
    assert undelivered.value.__context__ is None
