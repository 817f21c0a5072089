from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest
from tests.service.service_helper import VERSION, Running, digest, signal

from tidebreak.access.roles import Permission, Role
from tidebreak.errors import CannotAsk
from tidebreak.policy.places import SurfaceOff
from tidebreak.screens import Overloaded, Surface
from tidebreak.service.forms.screening import (
    HashedForm,
    MatchedForm,
    ScreenedForm,
    ScreenedItems,
)
from tidebreak.spool import NoRoom

KNOWN, UNKNOWN = b"harmless 1", b"harmless 99"
JSON = {"Content-Type": "application/json"}
MD5 = {"type": "md5", "value": "0" * 31 + "1"}


def test_bytes_are_screened_as_they_are(shared: Running):
    answer = shared.send("POST", "/v1/screen?surface=hosting&item=upload-7", content=KNOWN)
    form = ScreenedForm.model_validate_json(answer.content)
    assert (form.level, form.decision.action) == ("exact", "quarantine")
    assert (form.origin.surface, form.origin.item, form.origin.client) == (
        "hosting", "upload-7", "all",
    )  # fmt: skip
    assert form.parts[0].signals[0].value == hashlib.sha256(KNOWN).hexdigest()
    assert shared.send("POST", "/v1/screen", content=UNKNOWN).json()["state"] == "clear"


def test_a_form_with_a_file_and_fields(shared: Running):
    answer = shared.send(
        "POST", "/v1/screen", files={"file": ("a.jpg", KNOWN)}, data={"item": "x 1"}
    )
    form = ScreenedForm.model_validate_json(answer.content)
    assert (form.level, form.origin.item, form.parts[0].size) == ("exact", "x 1", len(KNOWN))


def test_a_large_upload_in_pieces_is_never_held_whole(shared: Running):
    size = 12 << 20

    async def body() -> AsyncIterator[bytes]:
        for _ in range(size >> 16):
            yield bytes(1 << 16)

    form = ScreenedForm.model_validate_json(
        shared.send("POST", "/v1/screen", content=body()).content
    )
    assert form.parts[0].size == size
    assert form.parts[0].signals[0].value == hashlib.sha256(bytes(size)).hexdigest()


@pytest.mark.parametrize(
    ("files", "data"),
    [
        ({"a": ("a", b"1"), "b": ("b", b"2")}, {}),
        ({}, {"item": "x"}),
        ({"file": ("a", b"1")}, {"surface": "nowhere"}),
        ({"file": ("a", b"1")}, {"item": digest(1)}),
    ],
)
def test_a_form_that_is_something_else_is_refused(
    shared: Running, files: dict[str, tuple[str, bytes]], data: dict[str, str]
):
    given = {**files, **({} if files else {"x": (None, "x")})}
    answer = shared.send("POST", "/v1/screen", files=given, data=data)
    assert answer.status_code == 422, answer.text
    assert digest(1) not in answer.text


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; b"]
)
def test_a_form_that_is_none_is_refused(shared: Running, kind: str):
    answer = shared.send("POST", "/v1/screen", content=b"--x\r\nno", headers={"Content-Type": kind})
    assert answer.status_code == 422


def test_a_batch_of_signals_in_order(shared: Running):
    body = {
        "items": [[signal(1)], [signal(99)], [signal(2), MD5]],
        "origin": {"surface": "hosting", "jurisdiction": "GB", "item": "batch 1"},
    }
    answer = shared.send("POST", "/v1/screen", json=body)
    form = ScreenedItems.model_validate_json(answer.content)
    assert [one.level for one in form.items] == ["exact", "none", "exact"]
    assert {one.origin.jurisdiction for one in form.items} == {"GB"}
    assert len({one.id for one in form.items}) == 3


def test_look_ups_leave_nothing_behind(shared: Running):
    before = len(shared.screener.records.page())
    answer = shared.send("POST", "/v1/match", json={"items": [[signal(1)], [signal(99)]]})
    form = MatchedForm.model_validate_json(answer.content)
    assert (form.version, [one.level for one in form.items]) == (VERSION, ["exact", "none"])
    assert len(shared.screener.records.page()) == before


def test_what_no_list_could_know_is_no_no(shared: Running):
    sha1 = {"type": "sha1", "value": "1" * 40}
    answer = shared.send("POST", "/v1/match", json={"items": [[sha1], [signal(99)], [signal(1)]]})
    form = MatchedForm.model_validate_json(answer.content)
    assert [one.reason for one in form.items] == ["not kept here", "", ""]


def test_hashing(shared: Running):
    answer = shared.send("POST", "/v1/hash?full=true", content=KNOWN)
    form = HashedForm.model_validate_json(answer.content)
    assert form.parts[0].signals[0].value == hashlib.sha256(KNOWN).hexdigest()
    assert form.sandbox == 3


@pytest.mark.parametrize("path", ["/v1/match", "/v1/screen"])
def test_distances_are_for_those_who_need_them(shared: Running, path: str):
    for role, seen in ((Role.PLATFORM, False), (Role.ANALYST, True)):
        answer = shared.send("POST", path, json={"items": [[signal(1)]]}, key=shared.key(role))
        assert answer.status_code == 200
        for word in ("distance", "known_fraction", "file_fraction", "ranges"):
            assert (f'"{word}"' in answer.text) == seen


@pytest.mark.parametrize("path", ["/v1/screen", "/v1/hash"])
@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Content-Encoding", "deflate", 415), ("Content-Encoding", "br", 415),
        ("Content-Encoding", "identity, gzip", 415), ("Content-Encoding", "Identity", 200),
        ("Content-Transfer-Encoding", "base64", 415), ("Transfer-Encoding", "deflate", 415),
        ("Content-Range", "bytes 0-999/60000", 400),
        ("Content-Type", "multipart/mixed; boundary=B", 415),
        ("Content-Type", "MULTIPART/related", 415), ("Content-Type", "message/rfc822", 415),
        ("Content-Type", "application/x-www-form-urlencoded", 415),
        ("Content-Type", "image/jpeg", 200),
    ],
)  # fmt: skip
def test_what_is_wrapped_or_a_piece_is_refused_not_looked_at(
    shared: Running, path: str, header: str, value: str, status: int
):
    screened = shared.screener.screened
    answer = shared.send("POST", path, content=KNOWN, headers={header: value})
    assert answer.status_code == status, answer.text
    if status != 200:
        assert shared.screener.screened == screened


@pytest.mark.parametrize(
    "body",
    [
        {"items": [[signal(99)]], "orgin": {"surface": "private-message"}},
        {"items": [[signal(99)]], "origin": {"surfce": "private-message"}},
        {"items": [[{**signal(99), "qualty": 3}]]}, {"items": [[signal(99)]], "url": "http://x"},
    ],
)  # fmt: skip
def test_a_slip_is_not_taken_for_public(shared: Running, body: dict[str, object]):
    screened = shared.screener.screened
    assert shared.send("POST", "/v1/screen", json=body).status_code == 422
    answer = shared.send("POST", "/v1/screen?surfce=private-message", content=b"x")
    assert answer.status_code == 422
    assert "surface" in answer.json()["detail"]
    assert shared.screener.screened == screened


@pytest.mark.parametrize("path", ["/v1/screen", "/v1/hash"])
def test_nothing_is_no_upload(shared: Running, path: str):
    for body in ({"content": b""}, {"files": {"file": ("a", b"")}}):
        answer = shared.send("POST", path, **body)
        assert answer.status_code == 422, answer.text
        assert "clear" not in answer.text
    # As HTTP/1.0 without Content-Length, where the body is whatever comes.
    assert shared.send("POST", path).status_code in (411, 422)


@pytest.mark.parametrize("body", ["", "{", "[]", '{"items": 1}', '{"items": [[{"type": 1}]]}'])
@pytest.mark.parametrize("path", ["/v1/match", "/v1/screen"])
def test_json_that_is_something_else_is_refused(shared: Running, path: str, body: str):
    assert shared.send("POST", path, content=body, headers=JSON).status_code == 422


@pytest.mark.parametrize("path", ["/v1/match", "/v1/screen"])
@pytest.mark.parametrize("kind", ["sha256", "sha1", "btih", "ed2k", "cid-v1"])
def test_what_is_wrong_with_a_hash_is_said_without_it(shared: Running, path: str, kind: str):
    value = digest(1) + "zz"
    answer = shared.send("POST", path, json={"items": [[{"type": kind, "value": value}]]})
    assert answer.status_code == 422
    assert value[:20] not in answer.text
    assert answer.json()["errors"][0]["pointer"] == "/items/0"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Overloaded(3), 429), (CannotAsk("x"), 503), (NoRoom("x"), 503),
        (SurfaceOff("off"), 403), (RuntimeError("x"), 500),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/v1/match", "/v1/screen", "/v1/hash"])
def test_whatever_fails_is_an_error_and_never_a_no(
    service: Running, path: str, error: Exception, status: int
):
    service.screener.fails = error
    body = {"json": {"items": [[signal(99)]]}} if path != "/v1/hash" else {"content": b"x"}
    answer = service.send("POST", path, **body)
    assert answer.status_code == status
    assert "none" not in answer.text
    assert "clear" not in answer.text
    assert (answer.headers.get("retry-after") is not None) == (status in (429, 503))
    assert service.parts.budget.used == 0


def test_a_quota_ends_and_says_when_to_come_back(service: Running):
    from tidebreak.access.limits import Limits

    key = service.key(Role.PLATFORM, limits=Limits(per_second=1, burst=3, per_day=100))
    three = {"items": [[signal(99)]] * 3}
    assert service.send("POST", "/v1/match", json=three, key=key).status_code == 200
    answer = service.send("POST", "/v1/screen", content=b"x", key=key)
    assert answer.status_code == 429
    assert answer.json()["type"] == "urn:tidebreak:problem:over-quota"
    assert int(answer.headers["retry-after"]) >= 1
    assert service.screener.screened == 0


@pytest.mark.parametrize("path", ["/v1/match", "/v1/screen"])
def test_each_signal_is_a_look_up_whatever_it_is_put_in(service: Running, path: str):
    from tidebreak.access.limits import Limits

    key = service.key(Role.PLATFORM, limits=Limits(per_second=1, burst=3, per_day=100))
    two = {"items": [[signal(98), MD5]]}
    assert service.send("POST", path, json=two, key=key).status_code == 200
    assert service.send("POST", path, json=two, key=key).status_code == 429
    assert service.send("POST", path, json={"items": [[signal(1)]]}, key=key).status_code == 200


def test_what_look_ups_find_is_watched(service: Running):
    seen: list[tuple[int, int, list[tuple[bytes, bool]]]] = []
    gatekeeper = service.parts.gatekeeper
    gatekeeper.looked_up = (  # type: ignore[method-assign]
        lambda principal, asked, hits, near=(): seen.append((asked, hits, list(near)))
    )
    pdq = {"type": "pdq", "value": digest(5), "quality": 90}
    service.send("POST", "/v1/match", json={"items": [[signal(1), pdq], [signal(99)]]})
    service.send("POST", "/v1/screen", content=KNOWN)
    service.send("POST", "/v1/screen", json={"items": [[signal(99)]]})
    assert seen == [
        (3, 1, [(bytes.fromhex(digest(5)), True)]), (1, 1, []), (1, 0, []),
    ]  # fmt: skip


def test_a_key_for_one_surface_or_list(shared: Running):
    key = shared.key(Role.PLATFORM, surfaces=frozenset({Surface.HOSTING}))
    assert shared.send("POST", "/v1/screen", content=b"x", key=key).status_code == 403
    fine = shared.send("POST", "/v1/screen?surface=hosting", content=b"x", key=key)
    assert fine.status_code == 200
    narrow = shared.key(Role.PLATFORM, lists=frozenset({"another"}))
    answer = shared.send("POST", "/v1/match", json={"items": [[signal(1)]]}, key=narrow)
    (item,) = answer.json()["items"]
    assert (item["level"], item["matches"], item["omitted"]) == ("none", [], 0)


def test_no_url_is_fetched_where_that_is_off(shared: Running):
    body = {"url": "http://192.0.2.1/x"}
    answer = shared.send("POST", "/v1/screen", json=body)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:tidebreak:problem:fetching-off"
    assert "192.0.2.1" not in answer.text
    key = shared.key(Role.ANALYST)  # may screen, may not fetch
    assert Permission.FETCH.value in shared.send("POST", "/v1/screen", json=body, key=key).text
