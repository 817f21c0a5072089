from __future__ import annotations

import asyncio
import contextlib
import gzip
import re
import socket
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gates.pairs import connected, said, talk
from tests.gates.screening import BROKEN, CLEAR, KNOWN, Screener, gate_of

from tidebreak.errors import CannotAsk
from tidebreak.gates.icap.session import IcapOptions, Session
from tidebreak.gates.policy import OnFailure


class Icap:
    """A session for one client, and whoever screens for it."""

    def __init__(self, folder: Path, idle: float = 5, whole: float = 5, **policy) -> None:
        self.screener = Screener()
        self.gate = gate_of(self.screener, folder, **policy)
        self._options = IcapOptions(idle=idle, whole=whole)

    async def run(self, there: socket.socket) -> None:
        await Session(self.gate, self._options, there).run()

    async def talk(self, *parts: bytes, **more) -> bytes:
        return await talk(self.run, *parts, **more)

    @property
    def asked(self) -> list[bytes]:
        return [data for data, _ in self.screener.asked]


@pytest.fixture
def icap(tmp_path: Path) -> Icap:
    return Icap(tmp_path)


def request(
    body: bytes | None, *fields: str, method: str = "RESPMOD", head: bytes = b"", end: bytes = b"0"
) -> bytes:
    """A request whose body is one chunk, after a preview if ``fields`` say so."""
    name = "req" if method == "REQMOD" else "res"
    head = head or (b"POST / HTTP/1.1\r\n\r\n" if name == "req" else b"HTTP/1.1 200 OK\r\n\r\n")
    kind = "null" if body is None else name
    lines = [f"{method} icap://h/x ICAP/1.0", "Host: h", *fields,
             f"Encapsulated: {name}-hdr=0, {kind}-body={len(head)}", "", ""]  # fmt: skip
    chunks = b"" if body is None else b"%x\r\n%b\r\n%b\r\n\r\n" % (len(body), body, end)
    return "\r\n".join(lines).encode() + head + chunks


ALLOW = "Allow: 204"


def statuses(reply: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"ICAP/1\.0 (\d+) ", reply)]


@pytest.mark.anyio
async def test_204_is_said_only_to_who_takes_it(icap: Icap):
    for sent, status in (
        (request(CLEAR, ALLOW), 204),
        (request(CLEAR), 200),
        (request(CLEAR, "Preview: 4096", end=b"0; ieof"), 204),
        (request(None, ALLOW, method="REQMOD"), 204),
        (request(None, method="REQMOD"), 200),
    ):
        assert statuses(await icap.talk(sent)) == [status]
    assert icap.asked == [CLEAR] * 3


@pytest.mark.anyio
async def test_after_a_preview_204_needs_leave_again(icap: Icap):
    preview = request(CLEAR[:100], "Preview: 100")
    rest = b"%x\r\n%b\r\n0\r\n\r\n" % (len(CLEAR) - 100, CLEAR[100:])
    assert statuses(await icap.talk(preview + rest)) == [100, 200]
    preview = request(CLEAR[:100], "Preview: 100", ALLOW)
    assert statuses(await icap.talk(preview + rest)) == [100, 204]
    assert icap.asked == [CLEAR, CLEAR]


@pytest.mark.anyio
@pytest.mark.parametrize("data", [KNOWN, BROKEN])
async def test_what_does_not_pass_is_replaced_by_a_page(icap: Icap, data: bytes):
    reply = await icap.talk(request(data, ALLOW))
    assert statuses(reply) == [200]
    assert b"HTTP/1.1 403 Forbidden\r\n" in reply
    assert b"X-Infection-Found: " in reply
    assert data not in reply


@pytest.mark.anyio
async def test_requests_may_follow_each_other_without_waiting(icap: Icap):
    sent = request(CLEAR, ALLOW) + request(KNOWN) + request(CLEAR, ALLOW, method="REQMOD")
    assert statuses(await icap.talk(sent)) == [204, 200, 204]
    assert icap.asked == [CLEAR, KNOWN, CLEAR]


@pytest.mark.anyio
async def test_a_client_may_say_that_a_request_is_its_last(icap: Icap):
    sent = request(CLEAR, ALLOW, "Connection: close") + request(CLEAR, ALLOW)
    assert statuses(await icap.talk(sent, done=False)) == [204]


@pytest.mark.anyio
async def test_a_service_at_a_path_of_its_own_has_one_method(icap: Icap):
    sent = b"OPTIONS icap://h/reqmod ICAP/1.0\r\nHost: h\r\n\r\n"
    assert b"Methods: REQMOD\r\n" in await icap.talk(sent)
    sent = b"OPTIONS icap://h/avscan ICAP/1.0\r\nHost: h\r\n\r\n"
    assert b"Methods: REQMOD, RESPMOD\r\n" in await icap.talk(sent)
    sent = request(CLEAR, ALLOW).replace(b"icap://h/x", b"icap://h/reqmod")
    assert statuses(await icap.talk(sent)) == [405]
    assert statuses(await icap.talk(request(CLEAR).replace(b"RESPMOD", b"FOOMOD"))) == [405]


@pytest.mark.anyio
async def test_the_tag_changes_with_the_lists(icap: Icap):
    def tag(reply: bytes) -> bytes:
        return re.findall(rb'ISTag: "([^"]+)"', reply)[-1]

    first = tag(await icap.talk(request(CLEAR, ALLOW)))
    assert tag(await icap.talk(request(CLEAR, ALLOW))) == first
    icap.screener.version = "8"
    assert tag(await icap.talk(request(CLEAR, ALLOW))) != first


def posted(**more) -> bytes:
    """The request that a browser would have sent, handed over."""
    made = httpx.Request("POST", "http://localhost/", **more)
    lines = [b"POST / HTTP/1.1", *(name + b": " + value for name, value in made.headers.raw)]
    head = b"\r\n".join((*lines, b"", b""))
    return request(made.read(), ALLOW, method="REQMOD", head=head)


@pytest.mark.anyio
async def test_the_files_of_a_form_are_what_is_judged(icap: Icap):
    form = [("f", ("a", CLEAR)), ("g", ("b", KNOWN))]
    assert statuses(await icap.talk(posted(files=form))) == [200]
    assert icap.asked == [CLEAR, KNOWN]
    assert statuses(await icap.talk(posted(data={"a": "b"}))) == [204]
    packed = {"content": gzip.compress(KNOWN), "headers": {"Content-Encoding": "gzip"}}
    assert statuses(await icap.talk(posted(**packed))) == [200]
    assert icap.asked[-1] == KNOWN


@pytest.mark.anyio
@pytest.mark.parametrize("mode", list(OnFailure))
@pytest.mark.parametrize("head", [
    b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/100\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: a/b;\r\n c=d\r\n\r\n",
])  # fmt: skip
async def test_what_cannot_be_taken_apart_passes_an_open_gate_alone(
    tmp_path: Path, mode: OnFailure, head: bytes
):
    icap = Icap(tmp_path, on_failure=mode)
    assert statuses(await icap.talk(request(CLEAR, ALLOW, head=head))) == [
        204 if mode is OnFailure.OPEN else 200
    ]
    assert icap.asked == []


@pytest.mark.anyio
@pytest.mark.parametrize("mode", list(OnFailure))
async def test_without_answers_the_stated_fail_mode_counts(tmp_path: Path, mode: OnFailure):
    icap = Icap(tmp_path, on_failure=mode)
    icap.screener.error = CannotAsk("nobody is there")
    reply = await icap.talk(request(CLEAR))
    assert (b"HTTP/1.1 403" in reply) is (mode is OnFailure.CLOSED)
    assert (CLEAR in reply) is (mode is OnFailure.OPEN)
    said_of_itself = await icap.talk(b"OPTIONS icap://h/x ICAP/1.0\r\n\r\n")
    assert f"X-Tidebreak-Gate: failing; on-failure={mode}".encode() in said_of_itself


@pytest.mark.anyio
@pytest.mark.parametrize("mode", list(OnFailure))
async def test_more_than_is_taken_never_passes_and_ends_the_connection(
    tmp_path: Path, mode: OnFailure
):
    icap = Icap(tmp_path, most=100, on_failure=mode)
    reply = await icap.talk(request(bytes(101), ALLOW) + request(b"x", ALLOW))
    assert statuses(reply) == [200]
    assert b"Connection: close\r\n" in reply
    assert b"HTTP/1.1 403" in reply
    assert icap.asked == []


@pytest.mark.anyio
async def test_what_is_malformed_gets_400_and_what_is_cut_off_nothing(icap: Icap):
    assert statuses(await icap.talk(b"GET / HTTP/1.1\r\n\r\n")) == [400]
    assert statuses(await icap.talk(request(CLEAR).replace(b"\r\n0\r\n", b"\r\nx\r\n"))) == [400]
    for cut in (10, 60, 120, 500):
        assert await icap.talk(request(CLEAR)[:cut]) == b""
    assert icap.asked == []


@pytest.mark.anyio
async def test_a_client_that_trickles_gets_408(tmp_path: Path):
    icap = Icap(tmp_path, whole=0.2)
    loop = asyncio.get_running_loop()
    async with connected(icap.run) as here:
        await loop.sock_sendall(here, request(b"x").removesuffix(b"0\r\n\r\n"))
        with contextlib.suppress(OSError):
            for _ in range(30):
                await loop.sock_sendall(here, b"1\r\nx\r\n")
                await asyncio.sleep(0.02)
        assert statuses(await said(here)) == [408]
    assert icap.asked == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(
    st.sampled_from([request(CLEAR, ALLOW), request(KNOWN, ALLOW), request(CLEAR, "Preview: 9"),
                     request(None, method="REQMOD"), b"OPTIONS icap://h/x ICAP/1.0\r\n\r\n",
                     b"5\r\nhello\r\n", b"0\r\n\r\n", b"\r\n"]),
    st.binary(max_size=40),
), max_size=6))  # fmt: skip
def test_whatever_is_said_it_ends_and_nothing_known_comes_back(tmp_path_factory, parts):
    icap = Icap(tmp_path_factory.mktemp("icap"), idle=2)
    reply = asyncio.run(icap.talk(*parts))
    assert KNOWN not in reply
    without_body = parts.count(request(None, method="REQMOD"))
    assert statuses(reply).count(204) <= sum(data != KNOWN for data in icap.asked) + without_body
