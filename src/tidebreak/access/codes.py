"""Second factors: codes that change every 30 s (TOTP, RFC 6238), and codes for emergencies."""

from __future__ import annotations

import base64
import hmac
import os
import struct
from urllib.parse import quote, urlencode

STEP_SECONDS, DIGITS = 30, 6
_SECRET_BYTES = 20
"""As RFC 4226, section 4, recommends; authenticator apps all know SHA-1 and six digits."""
_AROUND = (0, -1, 1)
"""Steps that count: clocks may be half a minute off (RFC 6238, section 5.2)."""

RECOVERY_CODES = 10
_RECOVERY_BYTES = 10


def draw_totp() -> bytes:
    """Return a new secret."""
    return os.urandom(_SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    """Return the code of one step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(secret: bytes, code: str, seconds: float) -> int | None:
    """Return the step, near the one of ``seconds`` since 1970, whose code this is; else None.

    Whoever takes it must refuse it, and all before it, from then on (RFC 6238, section 5.2).
    """
    shown, now = plain(code).encode(errors="replace"), int(seconds) // STEP_SECONDS
    found = None
    for step in (now + around for around in _AROUND):
        if hmac.compare_digest(code_at(secret, max(step, 0)).encode(), shown) and found is None:
            found = step
    return found


def uri(secret: bytes, name: str, issuer: str = "Tidebreak") -> str:
    """Return what authenticator apps take, as text or in a picture (Key Uri Format)."""
    label = quote(f"{issuer}:{name}", safe=":")
    query = {"secret": shown_secret(secret), "issuer": issuer, "digits": DIGITS,
             "period": STEP_SECONDS}  # fmt: skip
    return f"otpauth://totp/{label}?{urlencode(query, quote_via=quote)}"


def shown_secret(secret: bytes) -> str:
    """Return the secret as a person can type it: base32."""
    return base64.b32encode(secret).decode().rstrip("=")


def draw_recovery() -> list[str]:
    """Return codes of 80 bits, each of which is good once."""
    texts = [base64.b32encode(os.urandom(_RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    return ["-".join(text[at : at + 4] for at in range(0, 16, 4)).lower() for text in texts]


def plain(code: str) -> str:
    """Return a code without what people put between its signs."""
    return "".join(code.split()).replace("-", "").lower()
