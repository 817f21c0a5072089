"""Logging in at a provider: authorisation code with PKCE (OpenID Connect Core 1.0, RFC 9700).

`begin` sends somebody there, `finish` takes the answer. What ties both together is a random
state: the browser keeps it in the cookie `STATE_COOKIE`, this store a digest of it, with the nonce
and the verifier, sealed. It is good once, and for ten minutes.

The provider sends people back from elsewhere, and a session's cookie is ``SameSite=Strict``: answer
the return with a page that goes on by itself, not with a redirect, or the browser keeps the new
cookie to itself once.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode

from tidebreak.access.bearer import draw_secret
from tidebreak.access.entrance import Denied
from tidebreak.access.ledger import Ledger, at
from tidebreak.access.oidc_provider import Provider
from tidebreak.access.oidc_settings import OidcSettings
from tidebreak.access.people import People, host_of
from tidebreak.access.sessions import Session, Sessions
from tidebreak.access.throttle import Rule, Throttle, network_of
from tidebreak.errors import OverLimit, UsageError

STATE_COOKIE = "__Host-tidebreak-oidc"
STATE_COOKIE_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Of signatures: asymmetric ones alone."""
_PENDING_SECONDS, _LEEWAY_SECONDS = 600, 60
_MOST_PENDING = 5_000
_BEGINNING = Rule("oidc", 20, 60)
"""Log-ins begun from one address without one that is finished."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and the value of its state cookie."""

    url: str
    state: str = field(repr=False)


class Oidc:
    """Logs people in at one provider. Call it from a thread: it waits for the network."""

    def __init__(
        self, ledger: Ledger, settings: OidcSettings, provider: Provider | None = None
    ) -> None:
        self._ledger, self._sql, self._settings = ledger, ledger.sql, settings
        self._provider = provider or Provider(settings)
        self._people, self._sessions = People(ledger), Sessions(ledger)
        self._throttle = Throttle(ledger)

    def begin(self, address: str = "") -> Begun:
        """Begin a log-in; raises `CannotAsk` when the provider does not answer.

        Raises `OverLimit` when too many are begun, from ``address`` or altogether.
        """
        self._throttle.enter((_BEGINNING, network_of(address)))
        state, nonce, verifier = draw_secret(), draw_secret(), draw_secret()
        where = self._provider.endpoints().authorization
        place, until = self._digest(state), at(self._ledger.clock() + _PENDING_SECONDS)
        content = json.dumps({"nonce": nonce, "verifier": verifier}).encode()
        sealed = self._ledger.vault.seal(_vault_place(place), content)
        with self._sql.writing():
            self._sql.change("DELETE FROM pending WHERE until < ?", (self._ledger.now,))
            if (self._sql.row("SELECT count(*) FROM pending") or (0,))[0] >= _MOST_PENDING:
                raise OverLimit("Too many log-ins are under way; try again later.", 60)
            self._sql.change(
                "INSERT INTO pending (digest, content, until) VALUES (?, ?, ?)",
                (place, sealed, until),
            )
        query = {
            "response_type": "code", "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect_url, "scope": self._settings.scope,
            "state": state, "nonce": nonce, "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }  # fmt: skip
        return Begun(f"{where}{'&' if '?' in where else '?'}{urlencode(query)}", state)

    def finish(self, answer: Mapping[str, str], cookie: str, address: str = "") -> Session:
        """Return a session for what the browser brings back: its query and its state cookie.

        Raises `Denied` for anything that is not in order, `CannotAsk` when the provider does not
        answer.
        """
        state = answer.get("state", "")
        if not state or not _same(state, cookie):
            raise Denied("This log-in was not begun in this browser; begin again.")
        pending = self._take(state)
        told = answer.get("iss")
        named = self._provider.endpoints().states_issuer
        if (named or told is not None) and told != self._settings.issuer:
            raise Denied("Another provider answered; begin again.")
        if "code" not in answer:
            raise Denied("The provider let nobody in; begin again, or ask whoever runs it.")
        token = self._provider.id_token(answer["code"], pending["verifier"])
        session = self._let_in(self._claims(token, pending["nonce"]))
        self._throttle.forget((_BEGINNING, network_of(address)))
        return session

    def _take(self, state: str) -> dict[str, str]:
        """Return what was kept of a log-in that was begun, and forget it."""
        place = self._digest(state)
        with self._sql.writing():
            row = self._sql.row(
                "SELECT content FROM pending WHERE digest = ? AND until >= ?",
                (place, self._ledger.now),
            )
            self._sql.change("DELETE FROM pending WHERE digest = ?", (place,))
        if row is None:
            raise Denied("This log-in was begun too long ago, or is over; begin again.")
        return json.loads(self._ledger.vault.open(_vault_place(place), bytes(row[0])))

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """Return what an ID token says, once it is found good (Core 1.0, section 3.1.3.7)."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        needed = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
            "nonce": {"essential": True, "value": nonce},
            "sub": {"essential": True}, "exp": {"essential": True}, "iat": {"essential": True},
        }  # fmt: skip
        rules: Any = needed
        clock = int(self._ledger.clock())
        try:
            claims = jwt.decode(token, self._provider.key_for, algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(now=clock, leeway=_LEEWAY_SECONDS, **rules).validate(claims)
        except (JoseError, ValueError, TypeError):
            raise Denied("What the provider says of you cannot be verified; begin again.") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._settings.client_id:
            raise Denied("What the provider says is meant for somebody else; begin again.")
        return claims

    def _let_in(self, claims: Mapping[str, Any]) -> Session:
        settings, subject = self._settings, str(claims["sub"])
        roles = settings.roles_for(claims.get(settings.groups_claim))
        if not roles:
            raise Denied("None of your groups may come in here; ask an administrator.")
        name = str(claims.get(settings.name_claim) or claims.get("name") or "")
        try:
            id = self._people.from_provider(settings.issuer, subject, name, roles)
        except UsageError as error:
            raise Denied(str(error)) from None
        session = self._sessions.begin(id)
        if session is None:
            raise Denied("This account is disabled here; ask an administrator.")
        actor = session.principal.actor
        self._ledger.audit.append(
            "access.login", actor, "session", {"at": host_of(settings.issuer)}
        )
        return session

    def _digest(self, state: str) -> bytes:
        return self._ledger.digests.of("oidc", state)


def _vault_place(digest: bytes) -> str:
    return f"access/oidc/{digest.hex()}"


def _same(one: str, other: str) -> bool:
    return compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
