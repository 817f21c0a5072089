from __future__ import annotations

import http.client
import io
import re
from pathlib import Path

import pytest

from tidebreak.gates.content_policy import Outcome
from tidebreak.gates.icap.answers import Offered, bare, options, refusal, unchanged
from tidebreak.gates.icap.requests import Request
from tidebreak.spool import Spool

OFFERED = Offered("tag", 4096, 100, 60, 403, ("css", "js"), "ok; on-failure=closed")


def parted(data: bytes) -> tuple[str, dict[str, str], bytes]:
    """Return first line, fields and what is encapsulated."""
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    return first, dict(field.split(": ", 1) for field in fields), rest


def body_at(fields: dict[str, str], rest: bytes) -> bytes:
    """Return the body, its chunks read by the standard library's reader of chunks."""
    match = re.search(r"(null-)?body=(\d+)", fields["Encapsulated"])
    assert match is not None
    if match[1]:
        assert len(rest) == int(match[2])
        return b""

    class Socket:
        def makefile(self, *_: object) -> io.BytesIO:
            start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            return io.BytesIO(start + rest[int(match[2]) :])

    response = http.client.HTTPResponse(Socket())  # type: ignore[arg-type]
    response.begin()
    return response.read()


def test_options_say_what_the_service_does():
    first, fields, rest = parted(options(OFFERED, ("REQMOD",)))
    assert (first, rest) == ("ICAP/1.0 200 OK", b"")
    assert fields["ISTag"] == '"tag"'
    assert fields["Methods"] == "REQMOD"
    assert fields["Encapsulated"] == "null-body=0"
    assert fields["Transfer-Ignore"] == "css, js"
    assert fields["Transfer-Preview"] == "*"  # one of them must be (RFC 3507, 4.10.2)
    assert fields["X-Tidebreak-Gate"] == "ok; on-failure=closed"


@pytest.mark.parametrize(("method", "name"), [("REQMOD", "req"), ("RESPMOD", "res")])
@pytest.mark.parametrize("size", [0, 1, 65_536, 200_000])
def test_what_is_unchanged_comes_back_byte_for_byte(tmp_path: Path, method, name, size):
    heads = {"req-hdr": b"POST / HTTP/1.1\r\n\r\n", "res-hdr": b"HTTP/1.1 200 OK\r\n\r\n"}
    request = Request(method, "x", {}, heads, f"{name}-body")
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    with Spool(tmp_path, size) as content:
        content.write(data)
        _, fields, rest = parted(b"".join(unchanged(request, content, "tag")))
    assert fields["Encapsulated"] == f"{name}-hdr=0, {name}-body={len(heads[f'{name}-hdr'])}"
    assert rest.startswith(heads[f"{name}-hdr"])
    assert body_at(fields, rest) == data


def test_what_has_no_body_or_no_head_comes_back_without():
    request = Request("REQMOD", "x", {}, {"req-hdr": b"GET / HTTP/1.1\r\n\r\n"})
    _, fields, rest = parted(b"".join(unchanged(request, None, "tag")))
    assert fields["Encapsulated"] == "req-hdr=0, null-body=18"
    assert body_at(fields, rest) == b""
    _, fields, _ = parted(b"".join(unchanged(Request("RESPMOD", "x"), None, "tag")))
    assert fields["Encapsulated"] == "null-body=0"


def test_a_refusal_and_a_failure_are_one_page_and_neither_passes_for_clear():
    pages = []
    for outcome, kind in ((Outcome.REFUSE, 0), (Outcome.FAILURE, 2)):
        _, fields, rest = parted(refusal(outcome, "ab<c", OFFERED, close=False))
        assert fields["X-Infection-Found"].startswith(f"Type={kind}; Resolution=2; Threat=")
        assert fields["Encapsulated"].startswith("res-hdr=0, res-body=")
        assert rest.startswith(b"HTTP/1.1 403 Forbidden\r\n")
        page = body_at(fields, rest)
        assert f"Content-Length: {len(page)}\r\n".encode() in rest
        assert b"Reference: ab&lt;c" in page
        pages.append(page)
    assert pages[0] == pages[1]


def test_the_last_answer_says_that_it_is():
    assert parted(bare(400, "tag", close=True))[1]["Connection"] == "close"
    assert "Connection" not in parted(bare(204, "tag"))[1]
    assert parted(refusal(Outcome.FAILURE, "a", OFFERED, close=True))[1]["Connection"] == "close"
