from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from tests.gates.hma.conftest import MakeSite

from tidebreak.gates.hma.intake import flag, is_json, needed, number, query_of
from tidebreak.gates.hma.refusals import Invalid


def request(query: str = "", kind: str = "") -> Request:
    headers = [(b"content-type", kind.encode())]
    return Request({"type": "http", "query_string": query.encode(), "headers": headers})


def test_the_first_of_several_values_counts_and_empty_ones_are_there():
    assert query_of(request("a=1&b=&a=2&c=%20x+y")) == {"a": "1", "b": "", "c": " x y"}


@given(st.text(alphabet="%abc&=+\x00\xff;", max_size=30))
def test_any_query_is_read(text: str):
    query = request().scope | {"query_string": text.encode("latin-1")}
    assert isinstance(query_of(Request(query)), dict)


@pytest.mark.parametrize(
    ("text", "told"),
    [("true", True), ("1", True), ("Yes", True), ("on", True), ("False", False), ("0", False),
     ("n", False), (True, True), (False, False), (None, None), (1, True)],
)  # fmt: skip
def test_truths_in_their_spellings(text: object, told: bool | None):
    assert flag({"x": text}, "x") is told


@pytest.mark.parametrize("text", ["maybe", "", [], {}])
def test_what_is_no_truth_is_invalid(text: object):
    with pytest.raises(Invalid):
        flag({"x": text}, "x")


def test_numbers_as_text_and_as_they_are():
    assert (number({"x": "0.5"}, "x"), number({"x": 1}, "x"), number({}, "x")) == (0.5, 1.0, None)
    for bad in ("x", [], {}):
        with pytest.raises(Invalid):
            number({"x": bad}, "x")


def test_what_must_be_there():
    assert needed({"x": ""}, "x") == ""
    for given_ in ({}, {"x": None}, {"x": 5}):
        with pytest.raises(Invalid) as invalid:
            needed(given_, "x")
        assert invalid.value.faults[0]["loc"] == ["x"]


@pytest.mark.parametrize(
    ("kind", "told"),
    [("application/json", True), ("Application/JSON; charset=utf-8", True), ("text/plain", False),
     ("application/problem+json", True), ("", False), ("application/jsonx", False)],
)  # fmt: skip
def test_what_says_that_it_is_json(kind: str, told: bool):
    assert is_json(request(kind=kind)) is told


def test_a_form_that_comes_too_slowly_is_given_up(make_site: MakeSite):
    site = make_site(upload_seconds=0.05)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"--x\r\n"
        await asyncio.sleep(30)

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = site.send("POST", "/h/hash", content=slowly(), headers=kind)
    assert answer.status_code == 408
    assert site.send("POST", "/h/hash", content=b"", headers=kind).status_code == 400
