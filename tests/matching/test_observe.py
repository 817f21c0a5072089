from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.hashing.seals import Sealer
from tidebreak.matching.observe import observe, observe_signals
from tidebreak.model import Examination, Signal, View, ViewKind
from tidebreak.signals import EXACT_TYPES, SIGNAL_TYPES

SEALER = Sealer(b"k" * 32)
PDQ = Signal(SIGNAL_TYPES["pdq"], bytes(32), 80)
VIEW = View(PDQ.value, 80, ViewKind.FRAME, number=4)


def signal(name: str, fill: int) -> Signal:
    kind = SIGNAL_TYPES[name]
    if kind.length:
        return Signal(kind, bytes([fill]) * kind.length)
    return Signal(kind, b"\x01\x55\x12\x20" + bytes([fill]) * 32)


@given(st.lists(st.lists(st.sampled_from(EXACT_TYPES), unique=True), max_size=8))
def test_every_seal_is_the_one_made_alone_in_the_usual_order(rows):
    made = [[signal(kind.name, n) for kind in row] for n, row in enumerate(rows)]
    observed = observe([Examination("", n, "", tuple(r)) for n, r in enumerate(made)], SEALER)
    order = list(SIGNAL_TYPES)
    for item, signals in zip(observed, made, strict=True):
        assert list(item.types) == sorted((s.type.name for s in signals), key=order.index)
        for one in signals:
            assert item.seal(one.type.name) == SEALER.seal(one.type, one.value)


def test_pixels_become_views_and_are_not_sealed():
    frames = (VIEW, replace(VIEW, number=9))
    item = Examination("m", 3, "image/gif", (PDQ,), frames, "r", "n", "pdq-1/full")
    (seen,) = observe([item], SEALER)
    assert [view.region for view in seen.views] == ["full", "frame 4", "frame 9"]
    assert seen.views[0].quality == 80
    assert (seen.types, seen.seals) == ((), b"")
    assert (seen.member, seen.reason, seen.note, seen.preproc) == ("m", "r", "n", "pdq-1/full")


def test_signals_alone_make_an_observation():
    seen = observe_signals([signal("tth", 1), PDQ], SEALER)
    assert seen.types == ("tth",)
    assert np.frombuffer(seen.seals, np.uint8).shape == (16,)
    assert len(seen.views) == 1


def test_nothing_makes_nothing():
    assert observe([], SEALER) == []


def test_a_stored_region_is_compared_with_its_like():
    crop, aligned, frame = (
        Signal(SIGNAL_TYPES[name], prefix + PDQ.value)
        for name, prefix in (
            ("pdq-region", b"\0\x07"), ("pdq-region", b"\x01\xf6"), ("vpdq", b"\0\0\1\0"),
        )
    )  # fmt: skip
    views = observe_signals([crop, aligned, frame], SEALER).views
    kinds = [(view.kind, view.number) for view in views]
    assert kinds == [(ViewKind.FULL, 0), (ViewKind.ALIGNED, 502), (ViewKind.FULL, 0)]
    assert {view.hash for view in views} == {PDQ.value}
