from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.calibration import exchange
from tidebreak.calibration.corpus import LeftOut
from tidebreak.calibration.exchange import Broken, Reply, Request
from tidebreak.calibration.measure import Outcome
from tidebreak.model import Depth
from tidebreak.settings import Limits, Settings


def request() -> Request:
    settings = Settings(depth=Depth.DEEP, heif=False, limits=Limits(frames=7))
    return Request(settings, ("mirror", "crop 5"), 9, 4, 3, True, 1, 2)


def reply() -> Reply:
    empty = Outcome.empty("test", ("mirror", "crop 5"), ("a", "ü", "c"))
    rng = np.random.default_rng(1)
    filled = {
        name: rng.integers(0, 2, getattr(empty, name).shape).astype(getattr(empty, name).dtype)
        for name in ("nearest", "as_is", "shown", "hashes", "seconds")
    }
    hard = {"skies": np.arange(12, dtype=np.int16).reshape(2, 6)}
    return Reply(replace(empty, **filled), hard, (LeftOut("x", "too small"),), 4, "all of it")


def same(one: Reply, other: Reply) -> bool:
    arrays = zip(exchange.arrays(one.outcome), exchange.arrays(other.outcome), strict=True)
    return (
        all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in arrays)
        and one.outcome.names == other.outcome.names
        and one.outcome.transforms == other.outcome.transforms
        and {k: v.tolist() for k, v in one.hard.items()}
        == {k: v.tolist() for k, v in other.hard.items()}
        and (one.left_out, one.sandbox) == (other.left_out, other.sandbox)
    )


@given(st.lists(st.tuples(st.text(), st.binary(max_size=200) | st.text(min_size=1)), max_size=5))
def test_a_request_arrives_as_it_was_asked(files):
    stream = io.BytesIO()
    exchange.ask(stream, request(), files)
    stream.seek(0)
    assert exchange.read_request(stream) == request()
    assert list(exchange.read_files(stream)) == files


def test_an_answer_arrives_as_it_was_given_after_the_progress():
    stream = io.BytesIO()
    exchange.report(stream, 1, 2)
    exchange.report(stream, 2, 2)
    exchange.answer(stream, reply())
    stream.seek(0)
    seen: list[tuple[int, int]] = []
    found = exchange.read_answer(stream, lambda *step: seen.append(step))
    assert same(found, reply())
    assert seen == [(1, 2), (2, 2)]


def answered() -> bytes:
    stream = io.BytesIO()
    exchange.answer(stream, reply())
    return stream.getvalue()


@given(st.integers(0, len(answered()) - 1))
def test_an_answer_cut_short_is_never_taken_for_one(length):
    with pytest.raises(Broken):
        exchange.read_answer(io.BytesIO(answered()[:length]), lambda *_: None)


@given(st.binary(max_size=300))
def test_nonsense_is_broken_and_nothing_worse(data):
    with pytest.raises(Broken):
        exchange.read_answer(io.BytesIO(data), lambda *_: None)


@pytest.mark.parametrize(
    "head",
    [
        b'{"method":"x","transforms":[],"names":[],"hard":{"a":99999999999},"left_out":[],'
        b'"sandbox":4,"sandbox_detail":""}',
        b'{"method":"x","transforms":["a"],"names":' + b'["a"' + b',"a"' * 600 + b"]}",
        b'{"method":"x","transforms":["a"],"names":["a"],"hard":{"a":-5},"left_out":[]}',
    ],
)
def test_an_answer_cannot_ask_for_more_than_there_can_be(head):
    with pytest.raises(Broken):
        exchange.read_answer(io.BytesIO(head + b"\n" + bytes(1000)), lambda *_: None)
