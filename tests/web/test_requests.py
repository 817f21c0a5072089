from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from tidebreak.web.requests import Refused, bearer_of, body_of


def request(parts: Sequence[bytes] = (), *, pause: float = 0.0, sent: str = "") -> Request:
    """Return a request that comes in ``parts``, each after a pause."""
    left = list(parts)

    async def receive() -> dict[str, object]:
        await asyncio.sleep(pause)
        part = left.pop(0) if left else b""
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    headers = [(b"authorization", sent.encode("latin-1"))] if sent else []
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


@given(st.lists(st.binary(max_size=20), max_size=5), st.integers(0, 60))
def test_a_body_is_whole_or_refused(parts: list[bytes], most: int):
    whole = b"".join(parts)
    if len(whole) <= most:
        assert asyncio.run(body_of(request(parts), most, 5)) == whole
        return
    with pytest.raises(Refused, match=f"at most {most} bytes") as caught:
        asyncio.run(body_of(request(parts), most, 5))
    assert caught.value.status == 413


def test_who_is_slow_is_refused_however_often_something_comes():
    slow = request([b"x"] * 1000, pause=0.01)
    with pytest.raises(Refused, match="too slow") as caught:
        asyncio.run(body_of(slow, 1 << 20, 0.1))
    assert (caught.value.status, caught.value.headers) == (408, {"Connection": "close"})


def test_a_refusal_is_a_status_and_a_sentence():
    response = Refused(401, "Send a token.", {"WWW-Authenticate": "Bearer"}).response
    assert (response.status_code, json.loads(bytes(response.body))) == (
        401, {"error": "Send a token."},
    )  # fmt: skip
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("sent", "token"), [
    ("", ""), ("Bearer a.b", "a.b"), ("bearer  a.b ", "a.b"), ("Basic a.b", ""), ("Bearer", ""),
    ("a.b", ""), ("Bearer \xff", "\xff"),
])  # fmt: skip
def test_the_token_of_a_request(sent: str, token: str):
    assert bearer_of(request(sent=sent)) == token
