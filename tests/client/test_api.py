from __future__ import annotations

import json
from typing import Any

import pytest
from tests.client.service_helper import SCREENED

from tidebreak.client import api
from tidebreak.client.attempts import Reply
from tidebreak.client.calls import Call
from tidebreak.client.errors import CannotAsk
from tidebreak.errors import UsageError
from tidebreak.model import Examination, Level, Signal
from tidebreak.screens import Origin, Surface

ORIGIN = Origin(Surface.PRIVATE_MESSAGE, "EU", "message 5", "ignored")
SHA = Signal.parse("sha256", "ab" * 32)
PDQ = Signal.parse("pdq", "f0" * 32, 80)
NONE = {"level": "none", "matches": [], "omitted": 0}


def sent(call: Call[Any]) -> Any:
    assert call.body is not None
    return json.loads(b"".join(call.body.blocks(lambda: None)))


def answer(call: Call[Any], value: Any) -> Any:
    return call.answer(Reply(200, {}, json.dumps(value).encode()))


def test_signals_are_sent_with_their_quality_and_as_texts():
    call = api.match([[SHA, PDQ], [PDQ]])
    assert (call.method, call.path) == ("POST", "/v1/match")
    pdq = {"type": "pdq", "value": "f0" * 32, "quality": 80}
    assert sent(call) == {"items": [[{"type": "sha256", "value": "ab" * 32}, pdq], [pdq]]}
    verdicts, version = answer(call, {"items": [NONE, NONE], "version": "v7"})
    assert [verdict.level for verdict in verdicts] == [Level.NONE, Level.NONE]
    assert version == "v7"


def test_an_answer_for_another_number_of_items_is_none():
    with pytest.raises(CannotAsk, match="1 results for 2"):
        answer(api.match([[SHA], [PDQ]]), {"items": [NONE], "version": "v"})
    with pytest.raises(CannotAsk):
        answer(api.screen_signals([[SHA]], Origin(), ""), {"items": []})


@pytest.mark.parametrize("number", [0, 1001])
def test_a_call_has_a_bounded_number_of_items(number: int):
    with pytest.raises(UsageError):
        api.match([[SHA]] * number)


def test_content_goes_as_it_is_with_its_origin_beside_it():
    call = api.screen(b"bytes", ORIGIN, "")
    assert call.body is not None
    assert list(call.body.blocks(lambda: None)) == [b"bytes"]
    assert call.query == {"surface": "private-message", "jurisdiction": "EU", "item": "message 5"}
    assert answer(call, SCREENED).id == "s1"
    assert "item" not in api.screen(b"", Origin(), "").query


def test_what_is_recorded_has_a_key_that_is_its_own_or_the_callers():
    keys = [api.screen(b"", Origin(), "").headers["Idempotency-Key"] for _ in range(2)]
    assert keys[0] != keys[1]
    assert api.screen(b"", Origin(), "mine").headers["Idempotency-Key"] == "mine"
    assert api.screen_url("https://x", Origin(), "mine").headers["Idempotency-Key"] == "mine"
    assert "Idempotency-Key" in api.screen_signals([[SHA]], Origin(), "").headers
    assert "Idempotency-Key" not in api.match([[SHA]]).headers


def test_screening_signals_and_addresses():
    origin = {"surface": "private-message", "jurisdiction": "EU", "item": "message 5"}
    call = api.screen_signals([[SHA]], ORIGIN, "")
    assert sent(call)["origin"] == origin
    assert [one.id for one in answer(call, {"items": [SCREENED]})] == ["s1"]
    assert sent(api.screen_url("https://x/y", ORIGIN, "")) == {
        "url": "https://x/y", "origin": origin,
    }  # fmt: skip


def test_what_hashing_found():
    part = {"member": "a", "size": 5, "content": "image/png", "reason": "r", "note": "n",
            "signals": [{"type": "sha256", "value": "ab" * 32}]}  # fmt: skip
    call = api.hash_(b"x", full=True)
    assert call.query == {"full": "true"}
    assert answer(call, {"parts": [part], "sandbox": 4}) == (
        Examination("a", 5, "image/png", (SHA,), reason="r", note="n"),
    )
    assert api.hash_(b"x", full=False).query == {}
