"""Messages to people, in the services that reach them: Apprise speaks to those, and nothing of it is told elsewhere."""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, wraps
from html import escape
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from clockhouse.errors import Invalid, Unavailable
from clockhouse.kit import Secret
from clockhouse.telemetry import logger

if TYPE_CHECKING:
    from apprise.asset import AppriseAsset
    from apprise.plugins.base import NotifyBase

log = logger("messenger")

TIME_OUT_S = 15.0
_SOCKET_S = 10.0  # for each wait within one sending
_AT_ONCE = 32  # of them, those included that nobody waits for any more
_LONGEST_ADDRESS = 4000
_MOST_HEARD = 1000
_LONGEST_TITLE, _LONGEST_TEXT = 200, 2000
_LONGEST_ANSWER, _PIECE = 1024 * 1024, 64 * 1024  # in bytes; what follows is not read

_EXAMPLES = (
    "Write an address like mailtos://user:password@smtp.example.com?to=ops@example.com, or the https:// address that "
    "Slack, Microsoft Teams, Google Chat or another service gives for messages."
)
# They act on the machine of the server itself, or on files of it.
_OF_THIS_MACHINE = frozenset(
    ("blink1", "dbus", "file", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "vapid", "windows")
)
_TEAMS_OF_OLD = frozenset({"msteam", "msteams"})
_NAME_FILES = ("keyfile", "pem", "pgp", "smime", "subfile")  # how parameters begin that name files
_FILES_SENTENCE = "This address names files of the server's machine, which no channel may use."
_KINDS = {
    "AWS Simple Email Service (SES)": "amazon_ses",
    "AWS Simple Notification Service (SNS)": "amazon_sns",
    "E-Mail": "email",
    "Form": "webhook",
    "JSON": "webhook",
    "Power Automate / Workflows (for MSTeams)": "ms_teams",
    "XML": "webhook",
}
# They show the backslashes with which Apprise would keep plain text from being Markdown, even within a link.
_SHOW_ESCAPES = frozenset({"google_chat", "ms_teams"})
_LOGGERS = ("apprise", "oauthlib", "requests", "requests_oauthlib", "urllib3")

# How Apprise begins to speak of who took it, of who else was refused, and of why a connection failed.
_OF_THE_TAKEN = ("Sent ", "SMTP recipient ")
_TELLING = (*_OF_THE_TAKEN, "Socket Exception")
_STATUS = re.compile(r"\berror=(\d{3})\b")
_MAIL_CODE = re.compile(r"\((\d{3}), b['\"]|was refused: (\d{3}) ")
_OF_THE_ADDRESS = re.compile(r"with url: \S+|host='[^']*'")
_SAYINGS = (
    (("timed out", "timeout"), "did not answer in time"),
    (("name resolution", "name or service", "nameresolution", "nodename", "no address associated"), "is not known"),
    (("connection refused",), "refused the connection: nothing listens there"),
    (("certificate", "hostname mismatch"), "has a certificate that is not trusted here"),
    (("starttls", "ssl", "tls"), "does not encrypt as the address wants it"),
    (("unreachable", "no route"), "cannot be reached from here"),
    (("auth", "login"), "does not accept the user and password of the address"),
    (("connection",), "ended the connection"),
)
_LOGIN_CODES = range(530, 540)


class Tone(StrEnum):
    """What a message is like, which services show with a colour or a sign."""

    INFO = "info"
    BAD = "failure"
    GOOD = "success"


@dataclass(frozen=True, slots=True)
class Message:
    """What people are told. `link` is where they see more, empty where there is no such place."""

    title: str
    text: str
    link: str = ""
    tone: Tone = Tone.INFO


@dataclass(frozen=True, slots=True)
class Kind:
    """What an address is of: the service, and its host where that has a name and is not part of what is secret."""

    name: str  # like `email`, `slack`, `ms_teams`, `webhook`
    host: str | None


class Undelivered(Unavailable):
    """A message was not taken, as far as is known. The sentence says why, and nothing of the address but its host."""


def kind_of(address: Secret) -> Kind:
    """Whose an address is; nothing is sent.

    Raises Invalid, which names the field `address` and tells nothing of it, for one that no message can be sent to.
    """
    with _heard():
        return _target(address).kind


def send(address: Secret, message: Message) -> str | None:
    """Sends a message, and waits until it was taken: at most 15 seconds, in which nothing else of the caller goes on.

    An address may be of several. Where only some took it, that is told as a sentence: sent again, they would have it
    twice. Raises Undelivered; what took too long may arrive nevertheless.
    """
    if not _room.acquire(blocking=False):
        raise Undelivered("Very many messages are being sent at this moment. Try again in a minute.")
    sending = _Sending(address, message)
    # A daemon: what a service keeps waiting must not keep the server from ending.
    threading.Thread(target=sending.run, name="message", daemon=True).start()
    if not sending.is_done.wait(TIME_OUT_S):
        log.warning("message.undelivered", cause="timeout")
        raise Undelivered(f"It took longer than {TIME_OUT_S:.0f} seconds. The message may have arrived nevertheless.")
    if sending.trouble is not None and not sending.is_taken_by_some:
        raise Undelivered(sending.trouble)
    return sending.trouble


class _Sending:
    """One message on its way, in a thread of its own; `trouble` is a sentence once it is done."""

    def __init__(self, address: Secret, message: Message) -> None:
        self._address = address
        self._message = message
        self.is_done = threading.Event()
        self.trouble: str | None = None
        self.is_taken_by_some = False

    def run(self) -> None:
        try:
            with _heard() as heard:
                self.trouble = self._sent(heard)
        except Invalid as error:
            self.trouble = error.sentence
        except BaseException as error:  # whatever it is, its text may have the address in it
            log.warning("message.undelivered", cause=type(error).__name__)
            self.trouble = f"The service could not be used ({type(error).__name__})."
        finally:
            _room.release()
            self.is_done.set()

    def _sent(self, heard: list[str]) -> str | None:
        target = _target(self._address)
        heard.clear()  # what it said about how the address is written
        try:
            if target.tell(self._message):
                return None
        except Exception as error:
            reason = _reason(target.kind, [*heard, f"{type(error).__name__}: {error}"])
        else:
            reason = _reason(target.kind, heard)
        self.is_taken_by_some = any(said.startswith(_OF_THE_TAKEN) for said in heard)
        if self.is_taken_by_some:
            reason = f"Only some took it. {reason}"
        log.warning("message.undelivered", kind=target.kind.name, host=target.kind.host, reason=reason)
        return reason


@dataclass(frozen=True, slots=True)
class _Target:
    kind: Kind
    service: NotifyBase
    is_plain: bool  # an https address that no service is known by

    def tell(self, message: Message) -> bool:
        from apprise.common import NotifyFormat, NotifyType, OverflowMode

        text = _cut(message.text, _LONGEST_TEXT)
        extras = getattr(self.service, "payload_extras", None)
        if message.link and isinstance(extras, dict):
            extras.setdefault("link", message.link)
        if message.link and not self.is_plain:
            text = f"{text}\n\n{message.link}"
        if self.kind.name == "telegram":
            text = escape(text, quote=False)  # Apprise has it read plain text as HTML
        if self.kind.name == "ms_teams":
            text = text.replace("\n", "\n\n")  # it takes a single end of a line for a space
        return self.service.notify(
            body=text,
            title=_cut(message.title, _LONGEST_TITLE),
            notify_type=NotifyType(message.tone.value),
            body_format=NotifyFormat.MARKDOWN if self.kind.name in _SHOW_ESCAPES else NotifyFormat.TEXT,
            overflow=OverflowMode.TRUNCATE,
        )


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


_room = threading.BoundedSemaphore(_AT_ONCE)
_loading = threading.Lock()
_present = threading.local()  # what Apprise says in this thread, while somebody listens


def _target(address: Secret) -> _Target:
    """Raises Invalid."""
    text = address.reveal().strip()
    scheme = _scheme(text)
    asset = _library()
    services = _services()
    wanted = _understood(text)
    is_plain = not wanted and scheme in ("http", "https")
    if is_plain:
        wanted = _webhook(text)
    elif not wanted and scheme in services:
        raise _miswritten(services[scheme])
    elif not wanted:
        raise _refused("No service is known by what this address begins with.")
    if any(str(name).lower().startswith(_NAME_FILES) for name in wanted.get("qsd", {})):
        raise _refused(_FILES_SENTENCE)
    return _made(services[wanted["schema"]], wanted, asset, is_plain=is_plain)


def _scheme(text: str) -> str:
    """In small letters."""
    if len(text) > _LONGEST_ADDRESS or not text.isprintable() or " " in text:
        raise _refused(f"An address has no spaces, and at most {_LONGEST_ADDRESS} characters.")
    found = re.match(r"([a-z][a-z0-9+.-]*)://", text, re.IGNORECASE)
    scheme = found[1].lower() if found else ""
    if not scheme:
        raise _refused("An address begins with what it is of, like mailtos:// or https://.")
    if scheme in _OF_THIS_MACHINE:
        raise _refused("This is an address of the server's own machine, where no channel is.")
    if scheme in _TEAMS_OF_OLD:
        raise _refused("Microsoft Teams gives each workflow for messages an https:// address: write that one.")
    return scheme


def _webhook(text: str) -> dict[str, Any]:
    """For Apprise, an address that JSON is posted to, as it is written: it would read its own words in the query."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _refused("This is no address.") from None
    if not parts.hostname:
        raise _refused("This address names no host.")
    return {
        "schema": "jsons" if parts.scheme == "https" else "json",
        "secure": parts.scheme == "https",
        "host": f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname,
        "port": port,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "fullpath": f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}",
        "payload": {"version": "", "attachments": "", "message": "text"},
    }


def _made(plugin: Any, wanted: dict[str, Any], asset: AppriseAsset, *, is_plain: bool) -> _Target:
    from apprise.apprise_attachment import AppriseAttachment

    if not plugin.enabled:
        raise _refused(f"This server has not what {plugin.service_name} needs.")
    name = _KINDS.get(str(plugin.service_name)) or re.sub(r"[^a-z0-9]+", "_", str(plugin.service_name).lower())
    if _is_mail(plugin) and "format" not in wanted.get("qsd", {}):
        wanted = {**wanted, "format": "text"}
    try:
        service = plugin(**{**wanted, "asset": asset})
    except Exception:
        raise _miswritten(plugin) from None
    if not service.enabled:
        raise _refused(f"This server has not what {plugin.service_name} needs.")
    if any(isinstance(value, AppriseAttachment) and len(value) for value in vars(service).values()):
        raise _refused(_FILES_SENTENCE)
    service.socket_connect_timeout = service.socket_read_timeout = _SOCKET_S
    service.redirects = False  # whatever the address says
    return _Target(Kind(name.strip("_")[:60], _host(service, plugin, is_plain=is_plain)), service, is_plain)


def _host(service: NotifyBase, plugin: Any, *, is_plain: bool) -> str | None:
    """Some services have a token in the place of a host: that has no dot."""
    of_mail = getattr(service, "smtp_host", None)
    told = of_mail or (service.host if "host" in plugin.template_tokens else None)
    host = str(told or "").strip("[]").lower()
    is_one = of_mail or is_plain or host == "localhost" or re.search(r"[.:]", host)
    return host if is_one and re.fullmatch(r"[a-z0-9.:_-]{1,253}", host) else None


def _is_mail(plugin: Any) -> bool:
    return str(plugin.service_name) == "E-Mail"


def _refused(sentence: str) -> Invalid:
    told = f"{sentence} {_EXAMPLES}"
    return Invalid(told, {"address": told})


def _miswritten(plugin: Any) -> Invalid:
    more = " Where the user is no address for mail, &from=… says whom it is from." if _is_mail(plugin) else ""
    told = f"This is not how an address of {plugin.service_name} is written: see {plugin.setup_url}.{more} {_EXAMPLES}"
    return Invalid(told, {"address": told})


def _reason(kind: Kind, heard: Sequence[str]) -> str:
    """Why a message was not taken, in our own words: nothing of what was heard but the number of an answer."""
    who = kind.host or "The service"
    for said in heard:
        if status := _STATUS.search(said):
            return f"{who} answered with status {_called(int(status[1]))}."
    for said in heard:
        if code := _MAIL_CODE.search(said):
            return f"{who} {_mail_trouble(int(code[1] or code[2]))}."
    told = _OF_THE_ADDRESS.sub("", " ".join(heard)).lower()
    for words, reason in _SAYINGS:
        if any(word in told for word in words):
            return f"{who} {reason}."
    return f"{who} did not take the message."


def _called(status: int) -> str:
    with suppress(ValueError):
        return f"{status} ({HTTPStatus(status).phrase})"
    return str(status)


def _mail_trouble(code: int) -> str:
    if code in _LOGIN_CODES:
        return f"does not accept the user and password of the address (code {code})"
    return f"refused the message (code {code})"


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What Apprise says in this thread meanwhile. It is for nobody else: there may be addresses in it."""
    heard: list[str] = []
    _present.heard = heard
    try:
        yield heard
    finally:
        _present.heard = None


class _Ear(logging.Handler):
    """Keeps for who listens in its thread how a message went, nothing of what was in it, and passes nothing on."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = getattr(_present, "heard", None)
        if heard is None or len(heard) == _MOST_HEARD:
            return
        with suppress(Exception):
            said = record.getMessage()
            if record.levelno >= logging.WARNING or said.startswith(_TELLING):
                heard.append(said)


def _services() -> Any:
    """Apprise's classes by their schemes."""
    from apprise.manager_plugins import NotificationManager

    return NotificationManager()  # type: ignore[no-untyped-call]  # as Apprise has it


def _understood(text: str) -> dict[str, Any]:
    """An address as Apprise reads it, one that a service gives its users among them; empty for one that it cannot."""
    from apprise.plugins import url_to_dict

    return url_to_dict(text) or {}  # type: ignore[no-untyped-call]  # as Apprise has it


def _bounded(send: Callable[..., Any]) -> Callable[..., Any]:
    """The same for what Apprise sends, but for answers without end: requests would keep all of one in memory."""

    @wraps(send)
    def sent(*given: Any, **named: Any) -> Any:
        answer = send(*given, **named)
        answer._content, answer._content_consumed = _beginning(answer.raw), True
        answer.close()
        return answer

    return sent


def _beginning(raw: Any) -> bytes:
    found, until = bytearray(), monotonic() + TIME_OUT_S
    while len(found) < _LONGEST_ANSWER and monotonic() < until:
        piece = raw.read1(_PIECE, decode_content=True)
        if not piece:
            break
        found += piece
    return bytes(found[:_LONGEST_ANSWER])


def _library() -> AppriseAsset:
    with _loading:
        return _loaded()


@cache
def _loaded() -> AppriseAsset:
    """Loads Apprise, which takes half a second, and makes it quiet: it keeps nothing and logs nowhere."""
    for name in _LOGGERS:
        quiet = logging.getLogger(name)
        quiet.propagate = False
        quiet.handlers[:] = [_Ear()]
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what it imports for old versions of Python
        from apprise.asset import AppriseAsset
        from requests.adapters import HTTPAdapter

        _services().load_modules()
    HTTPAdapter.send = _bounded(HTTPAdapter.send)  # type: ignore[method-assign]
    return AppriseAsset(
        app_id="Clockhouse",
        app_desc="Clockhouse",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        image_path_mask="",
        http_redirects=False,  # an address is for its own host
        async_mode=False,
        pgp_autogen=False,
        pem_autogen=False,
        storage_mode="memory",
        allow_templates=False,
        timezone="UTC",
        language="en",
    )
