from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.client.attempts import Reply
from tidebreak.client.bodies import Body
from tidebreak.client.calls import Call, as_many, batches, get, new_key, place, send_bytes
from tidebreak.client.errors import (
    AskPermission,
    CannotAsk,
    CheckKey,
    CorrectRequest,
    LookAgain,
    NameAnother,
    Refused,
    SendLess,
)
from tidebreak.client.fields import Fields

READ = get("/v1/x", lambda fields: fields.text("x"))


def problem(status: int, value: Any, request: str = "r1") -> Reply:
    return Reply(status, {"x-request-id": request}, json.dumps(value).encode())


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, CheckKey), (403, AskPermission), (404, NameAnother), (409, LookAgain), (413, SendLess),
     (422, CorrectRequest), (400, CorrectRequest), (415, CorrectRequest)],
)  # fmt: skip
def test_a_problem_says_what_to_do(status: int, kind: type[Refused]):
    value = {"type": "urn:tidebreak:problem:x", "title": "T", "status": status, "detail": "Do so."}
    with pytest.raises(kind, match=rf"status {status}\): Do so\.") as caught:
        READ.answer(problem(status, value))
    assert (caught.value.status, caught.value.request) == (status, "r1")
    assert caught.value.kind == "urn:tidebreak:problem:x"


@pytest.mark.parametrize("value", [[], "text", {}, {"detail": 5}, {"title": None}])
def test_a_refusal_of_somebody_in_between_is_one(value: Any):
    with pytest.raises(AskPermission, match="does not say why"):
        READ.answer(problem(403, value))


def test_what_is_wrong_with_a_request_is_named():
    faults = [{"pointer": "/origin/item", "detail": "This may be a hash."}]
    with pytest.raises(CorrectRequest, match=r"No\. /origin/item: This may be a hash\."):
        READ.answer(problem(422, {"detail": "No.", "errors": faults}))
    with pytest.raises(CorrectRequest, match=r"No\.$"):
        READ.answer(problem(422, {"detail": "No.", "errors": [{"pointer": 5}]}))


def test_what_a_stranger_says_does_not_move_the_cursor():
    with pytest.raises(Refused) as caught:
        READ.answer(problem(400, {"detail": "a\x1b[2Jb\r\n" + "c" * 9999}))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("status", [100, 301, 302, 304, 500, 501, 511, 599])
def test_anything_else_is_no_answer(status: int):
    with pytest.raises(CannotAsk, match=str(status)):
        READ.answer(Reply(status, {}, b'{"x": "y"}'))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"x": 1}'])
def test_a_page_that_is_no_answer_is_none(body: bytes):
    with pytest.raises(CannotAsk):
        READ.answer(Reply(200, {}, body))


def test_what_is_repeated_does_no_harm():
    assert READ.repeatable()
    assert not Call("POST", "/", Fields.text, safe=False).repeatable()  # type: ignore[arg-type]
    call = send_bytes("/", iter([b"x"]), lambda _: None)
    assert call.repeatable()
    assert call.body is not None
    list(call.body.blocks(lambda: None))
    assert not call.repeatable()


def test_the_length_is_sent_where_it_is_known():
    assert send_bytes("/", b"abc", lambda _: None).length == {"Content-Length": "3"}
    assert send_bytes("/", iter([b"abc"]), lambda _: None).length == {}
    assert READ.length == {}
    assert Body(b"").size == 0


@given(st.text(min_size=1))
def test_a_name_is_one_step_of_a_path(name: str):
    name = name.encode("utf-8", "replace").decode()
    assert place("lists", name).count("/") == 3


def test_keys_differ():
    assert len({new_key() for _ in range(100)}) == 100


def test_batches_and_their_answers():
    assert [len(batch) for batch in batches(range(2500))] == [1000, 1000, 500]
    assert as_many([1, 2], 2) == [1, 2]
    with pytest.raises(CannotAsk):
        as_many([1], 2)
