"""Huffman tables and unstuffing against what the standard says, written as text of bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.hashing.jpeg_twin import codes_of, encoded, picture, segments_of, value_of

from tidebreak.hashing.jpeg_huffman import coded, extended, long_code, tables_of, unstuff
from tidebreak.hashing.jpeg_markers import Corrupt, HuffmanTable, Reader


@st.composite
def huffman_tables(draw: st.DrawFn) -> HuffmanTable:
    """Any prefix code of T.81: up to 16 bits, and never the code of ones alone."""
    counts, room = [], 1
    for _ in range(16):
        room *= 2
        count = draw(st.integers(0, min(room - 1, 12)))
        counts.append(count)
        room -= count
    total = sum(counts)
    symbols = draw(st.lists(st.integers(0, 255), min_size=total, max_size=total, unique=True))
    assume(0 < total <= 256)
    return HuffmanTable(bytes(counts), bytes(symbols))


def entry(length: int, symbol: int) -> int:
    return length | (symbol & 15) << 5 | symbol >> 4 << 9


def first_code(text: str, codes: dict[str, int]) -> str:
    return next((text[:n] for n in range(1, len(text) + 1) if text[:n] in codes), "")


def skipped(window: str, codes: dict[str, int]) -> int:
    """As many whole AC symbols as the window holds; the bits of the last value may hang over."""
    bits = passed = ended = 0
    while bits < 12 and not ended:
        code = first_code(window[bits:], codes)
        if not code:
            break
        run, size = divmod(codes[code], 16)
        if bits + len(code) + size > 31:
            break
        if size == 0 and run != 15:
            ended = 1
        elif passed + run + 1 > 63:
            break
        else:
            passed += run + 1
        bits += len(code) + size
    return bits | passed << 5 | ended << 11


@given(huffman_tables())
@settings(max_examples=15, deadline=None)
def test_every_window_of_12_bits_names_its_symbols(table: HuffmanTable):
    codes = codes_of(table)
    tables = tables_of({2: table}, {1: table})
    for number in range(0, 4096, 7):
        window = f"{number:012b}"
        code = first_code(window, codes)
        expected = entry(len(code), codes[code]) if code else 0
        assert tables.single[5, number] == expected
        assert tables.single[2, number] == (expected if expected >> 9 == 0 else 0)
        assert tables.skip[5, number] == skipped(window, codes)


@given(huffman_tables(), st.integers(0, 2**64 - 1))
@settings(deadline=None)
def test_codes_of_any_length_are_found(table: HuffmanTable, bits: int):
    tables = tables_of({}, {0: table})
    codes = codes_of(table)
    code = first_code(f"{bits:064b}"[:16], codes)
    expected = entry(len(code), codes[code]) if code else 0
    assert long_code(np.uint64(bits), tables.counts[4], tables.symbols[4]) == expected


@given(st.integers(1, 15), st.integers(0, 2**64 - 1))
@settings(deadline=None)
def test_values_are_extended_as_the_standard_says(size: int, bits: int):
    assert extended(np.uint64(bits), size) == value_of(f"{bits:064b}"[:size])


def test_more_codes_than_bits_allow_are_refused():
    with pytest.raises(Corrupt, match="more codes"):
        tables_of({0: HuffmanTable(bytes([3, *[0] * 15]), b"\0\1\2")}, {})


@given(st.lists(st.binary(max_size=90) | st.just(b"\xff" * 5), min_size=1, max_size=6))
@settings(deadline=None)
def test_segments_come_without_stuffing_each_on_a_new_word(parts: list[bytes]):
    stuffed = [part.replace(b"\xff", b"\xff\0") for part in parts]
    data = b"head" + b"".join(
        part + bytes([0xFF, 0xD0 + i % 8]) for i, part in enumerate(stuffed[:-1])
    )
    data += stuffed[-1] + b"\xff\xff\xd9"
    clean = np.zeros(len(data) + 4 * len(parts) + 3 & ~3, np.uint8)
    segments = np.zeros((len(parts), 2), np.int64)
    end, count = unstuff(np.frombuffer(data, np.uint8), 4, clean, segments)
    assert (count, data[end:]) == (len(parts), b"\xff\xd9")
    for (word, last), part in zip(segments.tolist(), parts, strict=True):
        assert clean[4 * word : last // 8].tobytes() == part


@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 3}])
def test_a_real_scan_is_coded_as_words(options: dict[str, int]):
    data = encoded(picture(90, 70), **options)
    (scan,) = list(Reader(data).scans())
    units = -(-90 // 16) * -(-70 // 16)
    found = coded(data, scan, units)
    expected, end = segments_of(data, scan.start)
    clean = found.words.astype(">u4").tobytes()
    assert found.end == end
    assert [clean[4 * word : last // 8] for word, last in found.segments.tolist()] == expected


def test_restarts_that_are_missing_are_noticed():
    data = encoded(picture(90, 70), restart_marker_blocks=3)
    (scan,) = list(Reader(data).scans())
    for units in (40, 1_000_000):
        with pytest.raises(Corrupt, match="restart markers are missing"):
            coded(data, scan, units)
