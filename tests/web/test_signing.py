from __future__ import annotations

import hashlib
import hmac

from tidebreak.web.signing import signed_headers


def test_a_receiver_can_check_what_came():
    headers = signed_headers(b"{}", b"secret", "d-1")
    text = headers["Tidebreak-Timestamp"].encode() + b".{}"
    signed = hmac.new(b"secret", text, hashlib.sha256).hexdigest()
    assert headers["Tidebreak-Signature"] == f"sha256={signed}"
    assert headers["Tidebreak-Delivery"] == "d-1"
    assert headers["Content-Type"] == "application/json"


def test_without_a_secret_nothing_is_signed():
    assert "Tidebreak-Signature" not in signed_headers(b"{}", b"", "d-1")
