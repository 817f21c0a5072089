from __future__ import annotations

import numpy as np
import pytest

from tidebreak.enrol.items import Label, Outcome, item_of
from tidebreak.hashing.frames import FrameSequence, track_of
from tidebreak.model import Examination, Signal, Turn, View, ViewKind
from tidebreak.signals import SIGNAL_TYPES

SHA256 = Signal.parse("sha256", "ab" * 32)
CODES = frozenset({10, 500})
GOOD = Signal.parse("pdq", "cd" * 32, 80)


def found(content="image/png", signals=(SHA256, GOOD), **more):
    return Examination("", 10, content, signals, **more)


def test_regions_and_distinct_pages_become_prints():
    views = (
        View(b"1" * 32, 90, ViewKind.REGION, box=(0, 0, 1234, 567), number=500),
        View(b"4" * 32, 90, ViewKind.REGION, box=(0, 0, 9, 9), number=11),
        View(b"2" * 32, 90, ViewKind.FRAME, number=1),
        View(GOOD.value, 90, ViewKind.FRAME, number=2),
        View(b"3" * 32, 49, ViewKind.FRAME, number=3),
    )
    item = item_of("a", found(views=views), "key", Label("B", "own"), CODES)
    assert item.outcome is Outcome.ENROLLED
    assert (item.entry.pages.at, item.entry.regions.at) == ((0, 1), (500,))
    assert item.entry.fields == {"shape": [1200, 570]}
    assert (item.entry.classification, item.entry.exact) == ("B", (SHA256,))


def test_vectors_are_kept_apart_from_what_a_pack_may_have():
    vector = Signal(SIGNAL_TYPES["descriptor"], b"vector")
    entry = item_of("a", found(signals=(SHA256, GOOD, vector)), "key", Label(), CODES).entry
    assert (entry.exact, entry.kept) == ((SHA256,), (vector,))


def test_of_a_video_upright_tracks_of_enough_quality_are_kept():
    mirrored = track_of(0, Turn.MIRROR)
    rows = [(0, 0, 90), (0, 1, 91), (0, mirrored, 92), (500, 0, 12), (1000, 0, 94)]
    sequence = FrameSequence.of(
        *zip(*rows, strict=True), [bytes([n]) * 32 for n in range(len(rows))]
    ).pack()
    video = found("video/mp4", (SHA256,), sequence=sequence, duration_ms=61_234)
    item = item_of("a", video, "key", Label(), CODES)
    assert item.entry.frames.at == (0, 0, 1000)
    assert item.entry.frames.quality == bytes([90, 91, 94])
    assert item.entry.fields == {"seconds": 61}


@pytest.mark.parametrize(
    ("examination", "outcome", "word"),
    [
        (found("text/plain"), Outcome.LEFT_OUT, "neither"),
        (found(trivial=True), Outcome.LEFT_OUT, "same"),
        (found(signals=(), reason="vanished"), Outcome.LEFT_OUT, "vanished"),
        (found(signals=(SHA256,), reason="no decoder"), Outcome.EXACT_ONLY, "no decoder"),
        (found(signals=(SHA256, Signal(GOOD.type, GOOD.value, 49))), Outcome.EXACT_ONLY, "quality"),
        (found(reason="in part"), Outcome.ENROLLED, "in part"),
    ],
)
def test_what_is_not_enrolled_in_full_has_a_reason(examination, outcome, word):
    item = item_of("a", examination, "key", Label(), CODES)
    assert item.outcome is outcome
    assert word in item.reason


def test_an_empty_sequence_is_no_video():
    assert not item_of("a", found(sequence=np.zeros(0).tobytes()), "k", Label(), CODES).entry.frames
