"""A real OpenID provider on this machine, which also checks PKCE. What a user is said to be may overrule its claims."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import httpx
import werkzeug.serving

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what the package imports has moved meanwhile
    from authlib.oauth2.rfc7636 import CodeChallenge
    from oidc_provider_mock import _app as package


@dataclass(slots=True)
class Provider:
    """Where it is, and the challenges that it was shown, by nonce."""

    issuer: str
    challenges: dict[str, str] = field(default_factory=dict)

    def sign_in(self, address: str, subject: str, **claims: Any) -> dict[str, str]:
        """Signs somebody in who was sent to `address`; what the browser is sent back with."""
        self.know(subject, **claims)
        self.note(address)
        answer = httpx.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}

    def know(self, subject: str, **claims: Any) -> None:
        """There is such a user."""
        assert httpx.put(f"{self.issuer}/users/{subject}", json=claims).is_success

    def note(self, address: str) -> None:
        """Somebody was sent to this address: the nonce tells which code comes of it."""
        asked = parse_qs(urlsplit(address).query)
        self.challenges[asked["nonce"][0]] = asked["code_challenge"][0]


class _Challenge(CodeChallenge):  # type: ignore[misc]  # it has no types
    """Authlib's own check; the codes of the package keep no challenge."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(required=True)
        self._provider = provider

    def get_authorization_code_challenge(self, authorization_code: Any) -> str:
        return self._provider.challenges[authorization_code.nonce]

    def get_authorization_code_challenge_method(self, authorization_code: Any) -> str:
        return "S256"


@contextmanager
def running() -> Iterator[Provider]:
    provider = Provider("")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        app = package.app()
    app.debug = False
    app.before_request(_checking(_Challenge(provider)))
    server = werkzeug.serving.make_server("127.0.0.1", 0, _without_warnings(app), threaded=False)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    server.log_startup = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _checking(challenge: _Challenge) -> Callable[[], None]:
    def prepare() -> None:
        server = flask.g._authlib_authorization_server
        for kind in (server._authorization_grants, server._token_grants):
            for index, (grant, extensions) in enumerate(kind):
                if grant is package.AuthorizationCodeGrant and challenge not in extensions:
                    kind[index] = (grant, [*extensions, challenge])

    return prepare


def _without_warnings(app: flask.Flask) -> Callable[..., Any]:
    def answer(environ: Any, start: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [b"".join(app(environ, start))]

    return answer
