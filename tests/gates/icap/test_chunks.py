from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.gates.icap.chunks import CONTINUE, Chunked, Malformed, line


class Writer:
    """What is sent, and what comes after ``100 Continue``."""

    def __init__(self, reader: asyncio.StreamReader, rest: bytes) -> None:
        self.sent, self._reader, self._rest = b"", reader, rest

    def write(self, data: bytes) -> None:
        self.sent += data
        self._reader.feed_data(self._rest)
        self._reader.feed_eof()

    async def drain(self) -> None: ...


async def read(data: bytes, rest: bytes | None = None) -> tuple[bytes, bytes, bool]:
    """Return the body, what was sent for it, and whether it was all in the preview.

    With a ``rest``, ``data`` is a preview.
    """
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    if rest is None:
        reader.feed_eof()
    writer = Writer(reader, rest or b"")
    chunked = Chunked(reader, writer, 5, preview=rest is not None)  # type: ignore[arg-type]
    body = b"".join([part async for part in chunked.parts()])
    return body, writer.sent, chunked.in_preview


def chunks(data: bytes, sizes: list[int], end: bytes = b"0\r\n\r\n") -> bytes:
    made = b""
    for size in (*sizes, len(data)):
        part, data = data[:size], data[size:]
        made += b"%x\r\n%b\r\n" % (len(part), part) if part else b""
    return made + end


SIZES = st.lists(st.integers(1, 60), max_size=6)


@settings(max_examples=60)
@given(st.binary(max_size=200), st.binary(max_size=200), SIZES, SIZES)
def test_a_body_is_the_same_with_a_preview_and_without(first, second, sizes, more):
    whole = asyncio.run(read(chunks(first + second, sizes)))
    assert whole == (first + second, b"", False)
    parts = asyncio.run(read(chunks(first, sizes), chunks(second, more)))
    assert parts == (first + second, CONTINUE, False)


@pytest.mark.parametrize("end", [b"0; ieof\r\n\r\n", b"0;ieof\r\n\r\n", b"0;x=1; IEOF\r\n\r\n"])
def test_what_was_all_in_the_preview_is_not_asked_for(end: bytes):
    assert asyncio.run(read(chunks(b"benign", [], end), b"")) == (b"benign", b"", True)


def test_extensions_and_trailers_are_passed_over():
    data = b"6;name=value\r\nbenign\r\n0\r\nX-Trailer: yes\r\nAnother: one\r\n\r\n"
    assert asyncio.run(read(data))[0] == b"benign"


@pytest.mark.parametrize(
    "data",
    [b"x\r\n", b"-1\r\n", b"\r\n", b"6\r\nbenign!!0\r\n\r\n", b"0x6\r\nbenign\r\n0\r\n\r\n",
     b"fffffffffffff\r\n", b"6 6\r\nbenign\r\n", b"0\r\n" + b"a: b\r\n" * 100,
     b"1" * 70_000],
)  # fmt: skip
def test_what_is_no_chunk_is_malformed(data: bytes):
    with pytest.raises(Malformed):
        asyncio.run(read(data))


@pytest.mark.parametrize("data", [b"", b"6", b"6\r\nben", b"6\r\nbenign\r\n", b"0\r\n"])
def test_what_is_cut_off_is_no_body(data: bytes):
    with pytest.raises(EOFError):
        asyncio.run(read(data))


@pytest.mark.anyio
async def test_who_is_silent_is_not_waited_for():
    reader = asyncio.StreamReader()
    with pytest.raises(TimeoutError):
        await line(reader, 0.01)
    reader.feed_data(b"5\r\nab")
    chunked = Chunked(reader, None, 0.01, preview=False)  # type: ignore[arg-type]
    with pytest.raises(TimeoutError):
        [part async for part in chunked.parts()]
