"""OpenID Connect as a client: where a browser is sent, and who came back.

The authorization code flow with PKCE, of OpenID Connect Core 1.0 (section 3.1) and RFC 7636.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from clockhouse.config import OpenIdConfig
from clockhouse.errors import Forbidden, Unavailable
from clockhouse.model.openid import Claims, Errand
from clockhouse.task.clock import Clock
from clockhouse.telemetry import logger

log = logger("openid")

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]  # of a key pair: never the shared secret
_TIME_OUT = httpx.Timeout(10, connect=5)
_KNOWN_FOR_S = 3600
_AWAY_FOR_S = 5  # one that does not answer is not asked again at once
_AT_ONCE = 8  # who wait for it: a provider that hangs must not have all threads of the server wait
_ROOM_S = 1
_LEEWAY_S = 60  # that the provider's clock may differ by
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_STRANGE = "What the provider told of you cannot be trusted. Sign in again; if it goes on, tell an administrator."


class Provider:
    """One provider, whose addresses and keys are asked for when they are needed, and known for an hour."""

    def __init__(self, config: OpenIdConfig, clock: Clock) -> None:
        self.config = config
        self._clock = clock
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        self._away_until = 0.0
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, jwk.KeySet] | None = None
        trusts = urlsplit(config.issuer).hostname not in _LOOPBACK
        self._http = httpx.Client(timeout=_TIME_OUT, trust_env=trusts, follow_redirects=False)

    def address(self, errand: Errand, back: str) -> str:
        """Where the browser is sent; it is sent on to `back` from there. Raises Unavailable."""
        with self._turn():
            endpoint = str(self._known()["authorization_endpoint"])
        asked = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": back,
            "scope": " ".join(self.config.scopes),
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": errand.challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def claims(self, errand: Errand, code: str, back: str) -> Claims:
        """Who the provider says this is. Raises Unavailable, or Forbidden where what it says does not hold."""
        with self._turn():
            return self._told(self._verified(self._token(errand, code, back), errand))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._room.acquire(timeout=_ROOM_S):
            raise Unavailable(f"Very many sign in with {self.config.name} at this moment. Try again in a minute.")
        try:
            yield
        finally:
            self._room.release()

    def _token(self, errand: Errand, code: str, back: str) -> object:
        secret = self.config.client_secret
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": errand.verifier,
        }
        if secret is None:
            body["client_id"] = self.config.client_id
        authority = httpx.Auth() if secret is None else httpx.BasicAuth(self.config.client_id, secret.reveal())
        try:
            answer = self._http.post(str(self._known()["token_endpoint"]), data=body, auth=authority)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._away(error) from error
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise self._away(RuntimeError(f"status {answer.status_code}"))
        if not answer.is_success:
            log.warning("openid.refused", status=answer.status_code)
            raise Forbidden("The provider does not take back what it sent you with. Sign in again.")
        return _decoded(answer).get("id_token")

    def _verified(self, token: object, errand: Errand) -> Mapping[str, Any]:
        if not isinstance(token, str):
            raise Forbidden(_STRANGE)
        try:
            claims = self._signed(token)
            registry = jwt.JWTClaimsRegistry(
                now=int(self._clock.now().timestamp()),
                leeway=_LEEWAY_S,
                iss={"essential": True, "value": self.config.issuer},
                aud={"essential": True, "value": self.config.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": errand.nonce},
            )
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            log.warning("openid.distrusted", cause=type(error).__name__, said=str(error)[:200])
            raise Forbidden(_STRANGE) from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self.config.client_id:
            raise Forbidden(_STRANGE)
        return claims

    def _signed(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, self._key_set(), algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError):  # the provider may have changed its keys since
            return jwt.decode(token, self._key_set(is_fresh=True), algorithms=_ALGORITHMS).claims

    def _told(self, claims: Mapping[str, Any]) -> Claims:
        email, groups = claims.get("email"), claims.get(self.config.groups_claim)
        is_verified = isinstance(email, str) and claims.get("email_verified") is True
        name = claims.get("name") or claims.get("preferred_username")
        return Claims(
            subject=f"{self.config.issuer}#{claims['sub']}",
            email=str(email).strip().casefold() if is_verified else None,
            name=name.strip()[:80] if isinstance(name, str) and name.strip() else None,
            groups=frozenset(map(str, groups)) if isinstance(groups, list) else frozenset(),
        )

    def _known(self) -> Mapping[str, Any]:
        with self._lock:
            now = self._clock.monotonic()
            if self._metadata is None or now - self._metadata[0] > _KNOWN_FOR_S:
                found = self._get(f"{self.config.issuer.rstrip('/')}/.well-known/openid-configuration")
                wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if found.get("issuer") != self.config.issuer or not all(
                    isinstance(found.get(each), str) for each in wanted
                ):
                    raise self._away(ValueError("another issuer, or no addresses"))
                self._metadata = (now, found)
            return self._metadata[1]

    def _key_set(self, *, is_fresh: bool = False) -> jwk.KeySet:
        address = str(self._known()["jwks_uri"])
        with self._lock:
            now = self._clock.monotonic()
            if self._keys is None or is_fresh or now - self._keys[0] > _KNOWN_FOR_S:
                self._keys = (now, jwk.KeySet.import_key_set(self._get(address)))  # type: ignore[arg-type]  # checked by it
            return self._keys[1]

    def _get(self, address: str) -> dict[str, Any]:
        if self._clock.monotonic() < self._away_until:
            raise self._away(TimeoutError("it did not answer a moment ago"))
        try:
            answer = self._http.get(address)
            answer.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self._away_until = self._clock.monotonic() + _AWAY_FOR_S
            raise self._away(error) from error
        return _decoded(answer)

    def _away(self, error: Exception) -> Unavailable:
        log.warning("openid.away", issuer=self.config.issuer, cause=type(error).__name__)
        return Unavailable(f"{self.config.name} does not answer as it should. Try again, or sign in another way.")


def _decoded(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unavailable("The provider's answer cannot be understood. Try again, or sign in another way.")
    return found
