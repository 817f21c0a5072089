"""All identifiers together: librhash, hashlib, blake3 and the project's vectors."""

from __future__ import annotations

import hashlib
import json
from itertools import count
from pathlib import Path

import blake3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracles import librhash

from tidebreak.hashing.digests import SLAB, Digester, digest_many
from tidebreak.model import Signal
from tidebreak.signals import DIGEST_TYPES

rhash = librhash()

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "p2p-vectors.json").read_text())


def streamed(data: bytes, *cuts: int) -> tuple[tuple[Signal, ...], bool]:
    digester = Digester()
    for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        digester.update(memoryview(data)[start:end])
    assert digester.size == len(data)
    return digester.finish(), digester.trivial


def texts(signals: tuple[Signal, ...]) -> dict[str, str]:
    return {signal.type.name: signal.text for signal in signals}


def pattern(name: str, size: int) -> bytes:
    if name == "zero":
        return bytes(size)
    blocks = (hashlib.sha256(b"p2p-vector-%d" % i).digest() for i in count())
    return b"".join(next(blocks) for _ in range(-(-size // 32)))[:size]


def content(size: int) -> bytes:
    block = hashlib.shake_128(b"digests").digest(min(size, 1_000_003))
    return (block * (size // len(block) + 1))[:size] if size else b""


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector[0]}-{vector[1]}")
def test_the_vectors_of_the_project(vector: list[str]):
    name, size, *expected = vector
    signals = texts(streamed(pattern(name, int(size)))[0])
    names = ("ed2k", "ed2k-blue", "aich", "tth", "btv2")
    assert [signals.get(name) for name in names] == expected


def test_a_known_sentence_has_its_published_identifiers():
    signals = texts(streamed(b"The quick brown fox jumps over the lazy dog")[0])
    assert signals["tth"] == "WLM2MITXFTCQXEOYO3M4EL5APES353NQLI66ORY"
    assert signals["ed2k"] == signals["ed2k-blue"] == "1bee69a46ba811185c194762abaeae90"
    assert signals["btv2"] == signals["sha256"]
    assert signals["cid-raw"] == "bafkreigxvd53gb6xqckgtsu2xsyaqlsprvlfdzdnhtnxmlic2c7tpspfsi"
    assert signals["cid-v0"] == "QmSXpkKkXMnsqWEnWYAokFuyQUxQ1pR1FgbnpyKNrJdPwV"


@pytest.mark.parametrize(
    "size", [0, 1, 1024, 16_385, 184_320, 184_321, 1 << 20, SLAB - 1, SLAB, SLAB + 1, 3 * SLAB - 1]
)
def test_what_others_compute_too_is_the_same(size: int):
    data = content(size)
    signals = texts(streamed(data)[0])
    for name in ("md5", "sha1", "sha256"):
        assert signals[name] == hashlib.new(name, data).hexdigest()
    assert signals["blake3"] == blake3.blake3(data).hexdigest()
    assert signals["ed2k"] == rhash.hash_msg(data, rhash.ED2K).lower()
    assert signals["aich"] == rhash.hash_msg(data, rhash.AICH).upper()
    assert signals["tth"] == rhash.hash_msg(data, rhash.TTH).upper()


@given(st.integers(0, 40_000), st.lists(st.integers(0, 40_000), max_size=5))
@settings(max_examples=40)
def test_small_files_may_come_in_any_pieces(size: int, cuts: list[int]):
    data = content(size)
    places = sorted(min(cut, size) for cut in cuts)
    assert streamed(data, *places) == digest_many([data])[0]


@given(st.lists(st.integers(-70, 70), min_size=1, max_size=4), st.integers(0, 200_000))
@settings(max_examples=8)
def test_large_files_may_come_in_any_pieces(offsets: list[int], extra: int):
    data = content(2 * SLAB + extra)
    cuts = sorted({max(0, i * SLAB // 2 + offset) for i, offset in enumerate(offsets)})
    assert streamed(data, *cuts) == streamed(data)


EDGES = (1024, 16_384, 184_320, 1 << 18, 1 << 20)


@given(st.lists(st.integers(0, 3_000) | st.sampled_from(EDGES), max_size=24), st.integers(-2, 2))
@settings(max_examples=25)
def test_many_files_give_what_each_gives_alone(sizes: list[int], extra: int):
    blobs = [content(max(0, size + extra)) for size in sizes]
    together = digest_many([memoryview(blob) for blob in blobs])
    assert together == [streamed(blob) for blob in blobs]


def test_more_files_than_fit_into_one_batch():
    sizes = [1 << 20] * 40 + [0, SLAB - 1, SLAB, SLAB + 1]
    blobs = [bytes([i]) + content(size - 1) if size else b"" for i, size in enumerate(sizes)]
    together = digest_many(blobs)
    assert [signals[2].value for signals, _ in together] == [
        hashlib.sha256(blob).digest() for blob in blobs
    ]


def test_signals_stand_in_the_order_of_their_types():
    names = [kind.name for kind in DIGEST_TYPES]
    assert list(texts(streamed(b"x")[0])) == names
    assert list(texts(streamed(b"")[0])) == [name for name in names if name != "btv2"]


@pytest.mark.parametrize(
    ("data", "trivial"),
    [
        (b"", True),
        (b"\0", True),
        (b"\x07" * 10_000, True),
        (b"\x07" * 9_999 + b"\x08", False),
        (b"ab", False),
    ],
)
def test_trivial_content_is_told_apart(data: bytes, trivial: bool):
    assert streamed(data)[1] is trivial
    assert streamed(data, len(data) // 2)[1] is trivial
    assert digest_many([data])[0][1] is trivial


@pytest.mark.parametrize("size", [5, SLAB + 5])
def test_a_bytearray_may_be_reused_after_an_update(size: int):
    buffer, digester = bytearray(content(size)), Digester()
    digester.update(buffer)
    buffer.clear()
    buffer += b"more"
    digester.update(buffer)
    assert digester.finish() == streamed(content(size) + b"more")[0]


def test_views_of_wider_items_count_as_bytes():
    words = memoryview(content(SLAB)).cast("Q")
    assert digest_many([words]) == digest_many([content(SLAB)])
