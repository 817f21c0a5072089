from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.sightings.intake import request_kernels as kernels
from tidebreak.sightings.texts import Texts

LINE = re.compile(
    rb'(?P<remote>[^ \n]+) -[^\[\n]*\[(?P<time>[^\]\n]*)\] "[^ "\n]*[ "](?P<path>[^ ?\n]*)'
    rb'(?:\?(?P<query>[^ "\n]*))? [^"\n]*"'
)
PIECES = st.sampled_from([
    b"192.0.2.1", b" ", b"-", b" - - [", b"22/Nov/2026:23:15:00 +0000", b"] ", b'"', b'"GET ',
    b"/announce", b"?", b"&", b"=", b"port", b"port=1", b"left=", b"x", b" HTTP/1.1", b'" 200 9 "',
])  # fmt: skip
WHOLE = st.tuples(
    st.just(b'192.0.2.1 - - [time] "GET /announce?'),
    st.lists(
        st.sampled_from([b"port=1", b"left=0", b"left=", b"port", b"a=b", b"", b"port=2=3"])
    ).map(b"&".join),
    st.just(b' HTTP/1.1" 200 9 "-"'),
).map(b"".join)


def plainly(line: bytes) -> list[bytes] | None:
    match = LINE.match(line)
    if match is None:
        return None
    fields: dict[bytes, bytes] = {}
    for part in (match["query"] or b"").split(b"&"):
        name, _, value = part.partition(b"=")
        fields[name] = fields.get(name) or value
    names = (b"port", b"left")
    return [match["remote"], match["time"], match["path"], *(fields.get(n, b"") for n in names)]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.one_of(WHOLE, st.lists(PIECES, max_size=14).map(b"".join))))
def test_fields_are_those_that_a_regular_expression_finds(lines):
    columns, kinds = kernels.requests(
        b"".join(line + b"\n" for line in lines), b"nn", ["port", "left"]
    )
    expected = [plainly(line) for line in lines]
    told = [1 if item is None else 0 if b"nn" in item[2] else 2 for item in expected]
    assert kinds.tolist() == told
    for row, item in enumerate(expected):
        assert item is None or item == [column[row] for column in columns.values()]


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_lines(block):
    columns, kinds = kernels.requests(block, b"", ["a"])
    assert (
        len(kinds) == len(columns["a"]) == len(block.removesuffix(b"\n").split(b"\n")) - (not block)
    )


@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=9), st.text("%aF0x\\", max_size=9).map(str.encode))))
def test_escapes_are_taken_back(items):
    assert kernels.unescape(Texts.of(items), b"%").to_list() == [unquote_to_bytes(i) for i in items]
    expected = [
        re.sub(rb"\\x([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), item) for item in items
    ]
    assert kernels.unescape(Texts.of(items), rb"\x").to_list() == expected


def test_warming_compiles_every_kernel():
    kernels.warm()
