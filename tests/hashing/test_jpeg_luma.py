"""Which scans are read, which are left out, and which orders of scans are refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
from tests.hashing.jpeg_twin import coefficients, encoded, picture

from tidebreak.hashing.jpeg_luma import read_luma
from tidebreak.hashing.jpeg_markers import Corrupt, Refused

PROGRESSIVE = encoded(picture(96, 80), quality=75, progressive=True)


def parts(data: bytes) -> list[bytes]:
    """What stands before the scans, then every scan with the tables just ahead of it."""
    starts, end = list[int](), 0
    for found in re.finditer(rb"\xff\xda", data):
        tables = data.find(b"\xff\xc4", end, found.start())
        starts.append(tables if tables >= 0 else found.start())
        end = found.end()
    ends = [*starts[1:], data.rindex(b"\xff\xd9")]
    return [data[: starts[0]], *(data[a:b] for a, b in zip(starts, ends, strict=True))]


def with_scans(*numbers: int) -> bytes:
    head, *scans = parts(PROGRESSIVE)
    return head + b"".join(scans[number] for number in numbers) + b"\xff\xd9"


ALL = range(len(parts(PROGRESSIVE)) - 1)


def test_the_parts_make_up_the_file():
    assert with_scans(*ALL) == PROGRESSIVE
    assert len(ALL) == 10


def test_size_and_steps_are_those_of_the_picture():
    data = encoded(picture(61, 47), quality=30)
    luma = read_luma(data)
    table = data[data.index(b"\xff\xdb") + 5 :][:10]
    assert (luma.width, luma.height) == (61, 47)
    assert luma.steps.tolist() == list(table)
    assert luma.kept.shape == (10, 6, 8)


@pytest.mark.parametrize(("side", "count"), [(1023, 10), (1024, 6)])
def test_fewer_coefficients_count_the_larger_the_picture(side: int, count: int):
    assert len(read_luma(encoded(picture(1100, side).convert("L"), quality=10)).kept) == count


@pytest.mark.parametrize("quality", [50, 75, 90, 100])
def test_refinements_left_out_are_at_most_a_few_levels_of_grey(quality: int):
    data = encoded(picture(200, 150), quality=quality, progressive=True)
    luma = read_luma(data)
    exact = np.moveaxis(coefficients(data), 2, 0)[: len(luma.kept)]
    errors = np.abs(exact - luma.kept) * luma.steps[:, np.newaxis, np.newaxis]
    assert not errors[0].any()
    assert errors.max() <= 16


def test_scans_of_chroma_are_not_looked_at():
    head, *scans = parts(PROGRESSIVE)
    broken = [s[: len(s) // 2] for s in scans]
    chroma = [2, 3]
    mixed = b"".join(broken[i] if i in chroma else scan for i, scan in enumerate(scans))
    found = read_luma(head + mixed + b"\xff\xd9")
    assert np.array_equal(found.kept, read_luma(PROGRESSIVE).kept)


@pytest.mark.parametrize(
    ("numbers", "error", "reason"),
    [
        ((1, *ALL[1:]), Refused, "out of order"),
        ((0, *ALL), Refused, "out of order"),
        ((0, 5, *ALL[1:]), Refused, "out of order"),
        (ALL[1:], Refused, "out of order"),
        (ALL[1:6], Corrupt, "scans are missing"),
        (ALL[:1], Corrupt, "scans are missing"),
        ((), Corrupt, "scans are missing"),
    ],
)
def test_scans_out_of_order_or_missing_are_refused(numbers, error, reason):
    with pytest.raises(error, match=reason):
        read_luma(with_scans(*numbers))


def test_tables_that_a_scan_names_must_be_there():
    data = encoded(picture(96, 80))
    first = data.index(b"\xff\xc4")
    after = first + 2 + int.from_bytes(data[first + 2 : first + 4])
    with pytest.raises(Refused, match="Huffman table that is not there"):
        read_luma(data[:first] + data[after:])
    place = data.index(b"\xff\xdb")
    with pytest.raises(Refused, match="quantisation table"):
        read_luma(data[: place + 4] + b"\3" + data[place + 5 :])
