from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tidebreak.vectors import Metric, body_bytes, encode, header, split

SHA256 = "ab" * 32
numbers = st.floats(-100, 100, width=32)


def test_the_header_is_laid_out_as_written_down():
    found = header("tiny", SHA256, Metric.L2, 300)
    assert found == b"\x04tiny" + b"\xab" * 16 + b"\x01" + struct.pack("<H", 300)


@given(arrays.arrays(np.float32, 16, elements=numbers))
def test_cosine_vectors_have_length_one_and_keep_their_direction(vector: np.ndarray):
    if not np.linalg.norm(vector.astype(np.float64)):
        with pytest.raises(ValueError, match="only zeros"):
            encode(vector, Metric.COSINE)
        return
    kept = np.frombuffer(encode(vector, Metric.COSINE), "<f4").astype(np.float64)
    assert np.linalg.norm(kept) == pytest.approx(1, abs=1e-6)
    cosine = kept @ vector / np.linalg.norm(vector.astype(np.float64))
    assert cosine == pytest.approx(1, abs=1e-6)


def test_l2_vectors_stay_as_they_are_and_bits_are_signs():
    vector = np.array([1.5, -2, 0, 3, -1, 1, 1, -1], np.float32)
    assert encode(vector, Metric.L2) == vector.astype("<f4").tobytes()
    assert encode(vector, Metric.HAMMING) == bytes([0b10010110])


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_no_vector(metric: Metric, bad: float):
    with pytest.raises(ValueError, match="finite"):
        encode(np.array([1, bad] * 4, np.float32), metric)


values = st.builds(
    lambda name, metric, eighths, seed: (
        header(name, SHA256, metric, 8 * eighths)
        + np.random.default_rng(seed).bytes(body_bytes(metric, 8 * eighths))
    ),
    st.from_regex(r"[a-z0-9][a-z0-9._-]{0,39}", fullmatch=True),
    st.sampled_from(Metric),
    st.integers(1, 20),
    st.integers(0, 9),
)


@given(st.lists(values, max_size=4))
def test_values_come_apart_as_they_were_put_together(parts: list[bytes]):
    assert list(split(b"".join(parts))) == parts


@given(values, st.data())
def test_a_value_that_is_cut_off_is_none(value: bytes, data):
    with pytest.raises(ValueError, match="vector"):
        list(split(value[: data.draw(st.integers(1, len(value) - 1))]))


@given(st.binary(max_size=200))
def test_any_bytes_come_apart_or_are_refused(data: bytes):
    try:
        parts = list(split(data))
    except ValueError:
        return
    assert b"".join(parts) == data
