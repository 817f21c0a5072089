"""How events that are posted to others are signed, and what tells one that is posted again."""

from __future__ import annotations

import hashlib
import hmac
import time

from tidebreak.version import VERSION


def signed_headers(body: bytes, secret: bytes, delivery: str) -> dict[str, str]:
    """Return the headers of an event that is posted to somebody's webhook.

    With a secret, ``Tidebreak-Signature: sha256=<hex>`` is the HMAC-SHA256 (RFC 2104) of
    ``<Tidebreak-Timestamp>.<body>``. ``Tidebreak-Delivery`` is the same when one is tried again.
    """
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"tidebreak/{VERSION}",
        "Tidebreak-Delivery": delivery,
        "Tidebreak-Timestamp": stamp,
    }
    if secret:
        signed = hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256)
        headers["Tidebreak-Signature"] = f"sha256={signed.hexdigest()}"
    return headers
