"""What is asked of a provider: its configuration, its keys, and an ID token for a code.

OpenID Connect Discovery 1.0 and Core 1.0, RFC 6749, RFC 7636. Nothing is followed elsewhere: the
configuration must be the issuer's own, and a redirect is an error.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from tidebreak.access.entrance import Denied
from tidebreak.access.oidc_settings import OidcSettings, secure_url
from tidebreak.errors import CannotAsk, UsageError

if TYPE_CHECKING:
    import httpx
    from joserfc.jwk import GuestProtocol, KeySet

_OK, _BAD_REQUEST = 200, 400
_SECONDS = 10.0
_MOST_BYTES = 1 << 20
_KEPT_SECONDS, _AGAIN_SECONDS = 3600.0, 60.0


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the provider is, by its own word."""

    authorization: str
    token: str
    keys: str
    states_issuer: bool
    """Whether it names itself when it sends people back (RFC 9207)."""


class Provider:
    """One provider; safe from several threads. Call it from a thread: it waits for the network."""

    def __init__(
        self,
        settings: OidcSettings,
        client: httpx.Client | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._ticks = settings, ticks
        self._client = client or _client(settings)
        self._lock = threading.Lock()
        self._endpoints: tuple[float, Endpoints] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def endpoints(self) -> Endpoints:
        """Return the endpoints; raise `CannotAsk` when the provider does not tell them."""
        with self._lock:
            if self._endpoints is None or self._endpoints[0] < self._ticks() - _KEPT_SECONDS:
                self._endpoints = (self._ticks(), self._discover())
            return self._endpoints[1]

    def id_token(self, code: str, verifier: str) -> str:
        """Return the ID token for a code (not verified); raise `Denied` for a code that is none."""
        settings = self._settings
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier,
                "redirect_uri": settings.redirect_url, "client_id": settings.client_id}  # fmt: skip
        # RFC 6749, section 2.3.1: with a secret by HTTP Basic; without one PKCE has to do.
        named = (settings.client_id, settings.client_secret)
        answer = self._ask("POST", self.endpoints().token, data=form,
                           auth=named if settings.client_secret else None)  # fmt: skip
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Denied("The provider did not vouch for anybody; log in again.")
        return token

    def key_for(self, token: GuestProtocol) -> Any:
        """Return the key that a token names; keys are asked for again when it is a new one."""
        from joserfc.errors import InvalidKeyIdError

        kid = token.headers().get("kid")
        with self._lock:
            asked, known = self._keys or self._ask_keys()
            try:
                if asked >= self._ticks() - _KEPT_SECONDS:
                    return known.get_by_kid(kid)
            except InvalidKeyIdError:
                if asked >= self._ticks() - _AGAIN_SECONDS:
                    raise  # somebody invents names of keys
            return self._ask_keys()[1].get_by_kid(kid)

    def _ask_keys(self) -> tuple[float, KeySet]:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        where = self._endpoints[1] if self._endpoints else self._discover()
        try:
            found = KeySet.import_key_set(cast("Any", self._ask("GET", where.keys)))
        except (JoseError, ValueError, KeyError, TypeError):
            raise CannotAsk("The provider's keys cannot be read; try again later.") from None
        self._keys = (self._ticks(), found)
        return self._keys

    def _discover(self) -> Endpoints:
        issuer = self._settings.issuer
        found = self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise CannotAsk("The provider calls itself another issuer; correct [oidc] issuer.")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        try:
            places = [secure_url(str(found.get(name, "")), f"The provider's {name}")
                      for name in names]  # fmt: skip
        except UsageError as error:
            raise CannotAsk(str(error)) from None
        states = found.get("authorization_response_iss_parameter_supported") is True
        return Endpoints(places[0], places[1], places[2], states)

    def _ask(self, method: str, url: str, **more: Any) -> Mapping[str, Any]:
        status, body = self._sent(method, url, **more)
        if method == "POST" and status == _BAD_REQUEST:
            raise Denied("The provider did not vouch for anybody; log in again.")
        try:
            found = json.loads(body) if status == _OK else None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise CannotAsk(
                f"The provider's answer cannot be used (HTTP {status}); try again later."
            )
        return cast("dict[str, Any]", found)

    def _sent(self, method: str, url: str, **more: Any) -> tuple[int, bytes]:
        import httpx

        body = bytearray()
        try:
            with self._client.stream(method, url, **more) as response:
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise CannotAsk("The provider sends too much; see to its address.")
        except httpx.HTTPError as error:
            raise CannotAsk(
                f"The provider does not answer ({type(error).__name__}); try again later."
            ) from None
        return response.status_code, bytes(body)


def _client(settings: OidcSettings) -> httpx.Client:
    try:
        import httpx
        import joserfc as _  # noqa: F401 - said now, not at the first log-in
    except ImportError:
        raise UsageError(
            "Logging in at a provider needs the extra: pip install 'tidebreak[service]'"
        ) from None
    import ssl

    context = ssl.create_default_context(cafile=settings.ca_file or None)
    return httpx.Client(timeout=_SECONDS, verify=context, follow_redirects=False)
