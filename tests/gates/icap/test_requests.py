from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.gates.icap.chunks import Malformed
from tidebreak.gates.icap.requests import Request, http_fields, http_query, read_request

# RFC 3507, section 4.8.3, example 2: its heads and where they begin.
GET = (
    b"POST /origin-resource/form.pl HTTP/1.1\r\nHost: www.origin-server.com\r\n"
    b"Accept: text/html, text/plain\r\nAccept-Encoding: compress\r\nPragma: no-cache\r\n\r\n"
)
HEAD = (
    b"REQMOD icap://icap-server.net/server?arg=87 ICAP/1.0\r\nHost: icap-server.net\r\n"
    b"Encapsulated: req-hdr=0, req-body=147\r\n\r\n"
)


def read(data: bytes) -> Request | None:
    async def run() -> Request | None:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        return await read_request(reader, 5)

    return asyncio.run(run())


def test_the_example_of_the_rfc_is_read():
    assert len(GET) == 147
    assert read(HEAD + GET + b"1e\r\n") == Request(
        "REQMOD", "server",
        {"host": "icap-server.net", "encapsulated": "req-hdr=0, req-body=147"},
        {"req-hdr": GET}, "req-body",
    )  # fmt: skip


def asked(method: str, encapsulated: str | None, block: bytes = b"", *fields: str) -> Request:
    lines = [f"{method} icap://h/x ICAP/1.0", *fields]
    lines += [f"Encapsulated: {encapsulated}"] if encapsulated is not None else []
    made = read("\r\n".join((*lines, "", "")).encode() + block)
    assert made is not None
    return made


def test_heads_are_cut_where_they_are_said_to_begin():
    made = asked("RESPMOD", "req-hdr=0, res-hdr=3, res-body=8", b"REQRESP!body")
    assert made.heads == {"req-hdr": b"REQ", "res-hdr": b"RESP!"}
    assert made.body == "res-body"
    assert asked("RESPMOD", "res-body=0").heads == {}
    assert asked("REQMOD", "req-hdr=0, null-body=3", b"REQ").body == ""
    assert asked("OPTIONS", None) == Request("OPTIONS", "x")


def test_what_the_client_takes_is_noticed():
    made = asked("REQMOD", "req-body=0", b"", "Allow: trailers, 204", "Preview: 0",
                 "Connection: close")  # fmt: skip
    assert (made.allows_204, made.preview, made.closes) == (True, True, True)
    made = asked("REQMOD", "null-body=0", b"", "Allow: 2045", "Preview: 0")
    assert (made.allows_204, made.preview, made.closes) == (False, False, False)


@pytest.mark.parametrize(
    ("method", "encapsulated"),
    [("REQMOD", None), ("REQMOD", ""), ("REQMOD", "res-hdr=0, res-body=3"),
     ("REQMOD", "req-hdr=0, req-body=3, req-body=5"), ("REQMOD", "req-body=3, req-hdr=0"),
     ("REQMOD", "req-hdr=1, req-body=3"), ("REQMOD", "req-hdr=0, req-body=0"),
     ("RESPMOD", "res-hdr=5, res-body=3"), ("RESPMOD", "res-hdr=0, req-body=3"),
     ("REQMOD", "req-hdr=0, req-body=-3"), ("REQMOD", "req-hdr=0, req-body=999999"),
     ("REQMOD", "req-hdr=0; req-body=3"), ("REQMOD", "req-hdr=0, req-body=3x"),
     ("OPTIONS", "req-hdr=0, req-body=3")],
)  # fmt: skip
def test_where_parts_begin_is_no_matter_of_opinion(method: str, encapsulated: str | None):
    with pytest.raises(Malformed):
        asked(method, encapsulated, bytes(10))


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\n\r\n", b"REQMOD http://h/x ICAP/1.0\r\n\r\n", b"\r\n\r\n",
     b"REQMOD icap://h/x ICAP/2.0\r\n\r\n", HEAD.replace(b"Host: ", b"Host : "),
     HEAD.replace(b"Host", b" Host"), HEAD.replace(b"\r\n\r\n", b"\r\nEncapsulated: x=0\r\n\r\n"),
     HEAD[:-2] + b"a: b\r\n" * 200, HEAD[:-2] + b"a: " + b"b" * 100_000],
)  # fmt: skip
def test_what_is_no_request_is_malformed(data: bytes):
    with pytest.raises(Malformed):
        read(data)


def test_a_connection_may_end_between_requests_only():
    assert read(b"") is None
    for size in (len(HEAD) - 1, len(HEAD) + 5):
        with pytest.raises(EOFError):
            read((HEAD + GET)[:size])


def test_fields_of_http_are_read_and_folded_ones_are_not():
    assert http_fields(GET)[1] == ("Accept", "text/html, text/plain")
    with pytest.raises(Malformed):
        http_fields(b"GET / HTTP/1.1\r\nContent-Type: multipart/form-data;\r\n boundary=a\r\n\r\n")


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\nContent-Encoding: deflate\n\n", b"Content-Encoding: deflate\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n", b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nA: b\nContent-Encoding: deflate\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nA: b\r\n\r\n"],
)  # fmt: skip
def test_a_head_whose_fields_others_might_see_is_not_taken_for_one_without(head: bytes):
    with pytest.raises(Malformed):
        http_fields(head)


def test_a_head_without_fields_has_none():
    for start in (b"HTTP/1.1 200", b"HTTP/1.0 200 OK", b"PUT /a HTTP/1.1"):
        assert http_fields(start + b"\r\n\r\n") == []


def test_the_query_is_that_of_the_address():
    assert http_query(b"PUT /b/k?partNumber=2&uploadId=x HTTP/1.1\r\nA: b?c\r\n\r\n") == (
        "partNumber=2&uploadId=x"
    )
    assert http_query(b"PUT /b/k HTTP/1.1\r\nA: b?c\r\n\r\n") == ""


@settings(max_examples=150)
@given(st.lists(st.sampled_from([b"REQMOD icap://h/x ICAP/1.0", b"\r\n", b"Encapsulated: ",
       b"req-hdr=0", b", ", b"req-body=3", b"null-body=0", b"Preview: 0", b"Allow: 204", b"abc",
       b"\0", b": "]), max_size=14))  # fmt: skip
def test_whatever_comes_is_read_malformed_or_cut_off(parts: list[bytes]):
    try:
        made = read(b"".join(parts))
    except (Malformed, EOFError):
        return
    assert made is None or made.method == "REQMOD"
