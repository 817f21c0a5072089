from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from tests.service.service_helper import digest, signal

from tidebreak.access.roles import Principal
from tidebreak.model import Signal
from tidebreak.screens import Surface
from tidebreak.service import asked
from tidebreak.service.forms.screening import MOST_ITEMS, MOST_SIGNALS, OriginIn
from tidebreak.service.problems import Problem

NOBODY = Principal("", "someone", frozenset())


def request(query: str = "", headers: Mapping[str, str] | None = None) -> Request:
    raw = [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()]
    return Request({"type": "http", "query_string": query.encode(), "headers": raw})


def items(*given: list[dict[str, object]]) -> asked.Items:
    return asked.items_of(asked.parsed(asked.MATCH, json.dumps({"items": given}).encode())["items"])


def test_signals_are_read_as_everywhere_else():
    pdq: dict[str, object] = {"type": "pdq", "value": digest(2), "quality": 90}
    found = items([{**signal(1)}, pdq], [{**signal(3)}])
    assert found == [
        [Signal.parse("sha256", digest(1)), Signal.parse("pdq", digest(2), 90)],
        [Signal.parse("sha256", digest(3))],
    ]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ([[{"type": "sha256", "value": "zz"}]], "/items/0"),
        ([[{"type": "no-such", "value": "00"}]], "/items/0"),
        ([[{"type": digest(1)[:40], "value": "00"}]], "/items/0"),
        ([[{**signal(1)}], []], "/items/1"),
        ([], "/items"),
        ([[{**signal(1)}] * (MOST_SIGNALS + 1)], "/items/0"),
        ([[{**signal(1)}]] * (MOST_ITEMS + 1), "/items"),
        ([[{**signal(1), "quality": 101}]], "/items/0/0/quality"),
        ([[{"type": "photodna", "value": "A" * 192}]], "/items/0"),
        ([[{**signal(1)}], [{**signal(1)}, {**signal(2)}]], "/items/1"),
        ([[{"type": "pdq", "value": digest(n)} for n in range(asked.MOST_NEAR + 1)]], "/items/0"),
    ],
)
def test_what_cannot_be_looked_up_is_no_no(given: list[list[dict[str, object]]], pointer: str):
    with pytest.raises(Problem) as raised:
        items(*given)
    assert raised.value.said.status == 422
    assert raised.value.said.faults[0].pointer.startswith(pointer)
    assert digest(1)[:32] not in str(raised.value.said)


def test_views_of_a_picture_and_frames_of_a_video_are_one_content():
    views: list[dict[str, object]] = [
        {"type": "pdq", "value": digest(n), "quality": 90} for n in range(asked.MOST_NEAR)
    ]
    frames: list[dict[str, object]] = [
        {"type": "vpdq", "value": digest(n) + "00000000"} for n in range(30)
    ]
    assert asked.look_ups(items(views, [{**signal(1)}, *frames])) == asked.MOST_NEAR + 31


@given(st.binary(max_size=200))
def test_any_body_is_read_or_refused(body: bytes):
    for adapter in (asked.MATCH, asked.SCREEN):
        with suppress(Problem):  # anything else is a mistake
            assert asked.parsed(adapter, body)


def test_an_origin_may_be_said_in_three_places():
    at = asked.origin_of(
        request("jurisdiction=GB&item=b", {"Tidebreak-Surface": "hosting"}), {"item": "b"}, NOBODY
    )
    assert (at.surface, at.jurisdiction, at.item) == (Surface.HOSTING, "GB", "b")
    assert at.client == "someone"


@pytest.mark.parametrize(
    ("query", "headers", "fields"),
    [
        ("surface=private-message", {"Tidebreak-Surface": "public"}, {}),
        ("surface=public&surface=hosting", {}, {}),
        ("", {"Tidebreak-Surface": "public"}, {"surface": "hosting"}),
        ("", {"Tidebreak-Surfce": "private-message"}, {}),
        ("", {}, {"surfce": "private-message"}),
    ],
)
def test_an_origin_with_a_slip_in_it_is_refused(
    query: str, headers: dict[str, str], fields: dict[str, str]
):
    with pytest.raises(Problem) as raised:
        asked.origin_of(request(query, headers), fields, NOBODY)
    assert raised.value.said.status == 422


@pytest.mark.parametrize(
    "query", ["surface=elsewhere", "jurisdiction=E U", f"item={digest(1)}", f"item={'x' * 201}"]
)
def test_an_origin_that_is_none_is_refused(query: str):
    with pytest.raises(Problem) as raised:
        asked.origin_of(request(query), {}, NOBODY)
    assert raised.value.said.status == 422
    assert digest(1) not in str(raised.value.said)


def test_a_key_for_one_surface_is_for_no_other():
    hosting = Principal("", "h", frozenset(), surfaces=frozenset({Surface.HOSTING}))
    assert asked.origin(OriginIn(surface=Surface.HOSTING), hosting).surface is Surface.HOSTING
    with pytest.raises(Problem) as raised:
        asked.origin(None, hosting)
    assert raised.value.said.status == 403
