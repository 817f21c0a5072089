"""A small provider of identities, by the letter of OpenID Connect, that a test can bend.

Tokens are signed with bare cryptography, not with the library that reads them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ISSUER = "https://id.example/realm"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Key:
    """One RSA key of the provider, under a name."""

    def __init__(self, kid: str) -> None:
        self.kid, self.private = kid, rsa.generate_private_key(65537, 2048)

    @property
    def public(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid,
                "n": number(numbers.n), "e": number(numbers.e)}  # fmt: skip

    def sign(self, claims: dict, **header: str) -> str:
        head = {"alg": "RS256", "kid": self.kid, **header}
        signed = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
        made = self.private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{b64(made)}"


@cache
def known_key(kid: str) -> Key:
    """Return one key per name: making them takes a while."""
    return Key(kid)


class FakeProvider:
    """Behind an `httpx.MockTransport`; what it says can be changed by a test."""

    def __init__(self, clock, key: Key) -> None:
        self.clock, self.keys, self.asked = clock, [key], []
        self.claims: dict = {"sub": "248289", "preferred_username": "ann", "groups": ["analysts"]}
        self.changes: dict = {}
        self.configuration: dict = {
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example/authorize?tenant=1",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/keys",
            "authorization_response_iss_parameter_supported": True,
        }
        self.signed_with: Key | None = None
        self.codes: dict[str, dict[str, str]] = {}
        self.down = False

    @property
    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def visit(self, url: str) -> dict[str, str]:
        """Be the browser of somebody who logs in there; return what it brings back."""
        place = urlsplit(url)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        assert f"{place.scheme}://{place.netloc}{place.path}" == "https://id.example/authorize"
        assert (asked["tenant"], asked["response_type"]) == ("1", "code")
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": ISSUER}

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.down:
            raise httpx.ConnectError("no route")
        if request.url.path == "/realm/.well-known/openid-configuration":
            return httpx.Response(200, json=self.configuration)
        if request.url.path == "/keys":
            return httpx.Response(200, json={"keys": [key.public for key in self.keys]})
        assert (request.method, request.url.path) == ("POST", "/token")
        return self._token(request)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        asked = self.codes.pop(form["code"], None)
        basic = b64(b"tidebreak:s3cret").encode()
        sent = request.headers["Authorization"].removeprefix("Basic ").rstrip("=").encode()
        challenge = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        if asked is None or sent != basic or challenge != asked["code_challenge"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        assert form["redirect_uri"] == asked["redirect_uri"]
        now = int(self.clock.now)
        claims = {"iss": ISSUER, "aud": asked["client_id"], "nonce": asked["nonce"], "iat": now,
                  "exp": now + 300, **self.claims, **self.changes}  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = (self.signed_with or self.keys[0]).sign(claims)
        return httpx.Response(200, json={"access_token": "x", "token_type": "Bearer",
                                         "id_token": token})  # fmt: skip
