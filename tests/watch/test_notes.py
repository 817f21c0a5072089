from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.hashing.frames import FrameSequence
from tidebreak.media.sandbox_ladder import Posture, Rung
from tidebreak.model import Turn, View
from tidebreak.packed_views import unpack_views
from tidebreak.watch.notes import (
    PACKET,
    Kind,
    Malformed,
    Note,
    frames_note,
    posture_of,
    posture_text,
    unpack,
    views_note,
)

TOLD = [kind for kind in Kind if kind not in (Kind.FRAMES, Kind.VIEWS)]


@given(
    st.sampled_from(TOLD), st.integers(0, 1 << 62), st.integers(0, 1 << 62),
    st.integers(0, (1 << 32) - 1), st.text(st.characters(exclude_categories=["C", "Z"])),
)  # fmt: skip
def test_a_note_arrives_as_it_was_sent(kind, start, end, count, text):
    note = Note(kind, start, end, count, text)
    assert unpack(note.pack()) == note


def test_hashes_arrive():
    frames = FrameSequence.of([0, 40], [0, 32], [100, 99], [os.urandom(32), os.urandom(32)])
    note = unpack(frames_note(1 << 40, frames).pack())
    assert (note.start, note.count) == (1 << 40, 2)
    assert FrameSequence.unpack(note.records).pack() == frames.pack()


def test_views_arrive_as_far_as_they_fit():
    views = (View(os.urandom(32), 80, turn=Turn.MIRROR),) * 1200
    packet = views_note(7, views).pack()
    assert len(packet) <= PACKET
    assert unpack_views(unpack(packet).records) == views[:1000]


@given(st.binary(max_size=200))
def test_nonsense_is_refused_or_harmless(packet):
    try:
        note = unpack(packet)
    except Malformed:
        return
    assert note.text.isprintable()
    assert note.start >= 0
    assert note.end >= 0


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes(20),
        Note(Kind.ENDED, -1).pack(),
        Note(Kind.ENDED, 0, -1).pack(),
        Note(Kind.FRAMES, count=2, records=bytes(38)).pack(),
        Note(Kind.FRAMES, count=1, records=b"\0" * 5 + b"\xff" + b"\0" * 32).pack(),
        Note(Kind.VIEWS, count=1, records=b"\xff" * 58).pack(),
        Note(Kind.ENDED).pack() + b"\xff\xfe",
        Note(Kind.ENDED).pack() + b"\x1b[2J",
        Note(Kind.ENDED).pack() + b"a" * 4001,
    ],
)
def test_what_no_honest_process_says(packet):
    with pytest.raises(Malformed):
        unpack(packet)


def test_a_text_is_cut_and_made_fit_to_be_shown():
    note = unpack(Note(Kind.ENDED, text="\x1b" + "ü" * 4000).pack())
    assert note.text == "?" + "ü" * 1999


def test_the_posture_arrives():
    posture = Posture((Rung("process", held=True, detail="one"), Rung("x", held=False, detail="")))
    assert posture_of(posture_text(posture)) == posture


@pytest.mark.parametrize("text", ["", "{", "[1]", "[[1,2]]", "7", "[" * 3000])
def test_a_posture_that_is_none(text):
    with pytest.raises(Malformed):
        posture_of(text)
