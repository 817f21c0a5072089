from __future__ import annotations

import os
import time

from tidebreak.hashing.frames import FrameSequence
from tidebreak.model import View
from tidebreak.watch.notes import Kind, Note, unpack
from tidebreak.watch.outbox import Outbox, Trouble
from tidebreak.watch.tracks import WRAP_MS, Hashed


def hashed(time_ms: int, count: int = 2) -> Hashed:
    values = [os.urandom(32) for _ in range(count)]
    return Hashed(FrameSequence.of([time_ms % WRAP_MS] * count, range(count), [90] * count, values))


def times(note: Note) -> list[int]:
    records = FrameSequence.unpack(unpack(note.pack()).records).records
    return [note.start + int(ms) for ms in records["time"]]


def test_hashes_leave_together_in_order_and_once():
    said: list[Note] = []
    outbox = Outbox(said.append)
    outbox.add(1000, hashed(1000))
    outbox.add(1040, hashed(1040))
    assert not said
    outbox.flush(time.monotonic())
    outbox.flush(time.monotonic())
    (note,) = said
    assert times(note) == [1000, 1000, 1040, 1040]


def test_what_waits_leaves_after_a_tenth_of_a_second():
    said: list[Note] = []
    outbox, now = Outbox(said.append), time.monotonic()
    outbox.add(0, hashed(0))
    outbox.flush_if_due(now + 0.05)
    assert not said
    outbox.flush_if_due(now + 0.2)
    assert [note.kind for note in said] == [Kind.FRAMES]


def test_times_beyond_seven_weeks_are_told_in_full():
    said: list[Note] = []
    outbox = Outbox(said.append)
    before, after = WRAP_MS - 20, WRAP_MS + 20
    outbox.add(before, hashed(before, 1))
    outbox.add(after, hashed(after, 1))
    outbox.finish()
    assert times(said[0]) == [before, after]


def test_so_many_hashes_do_not_wait():
    said: list[Note] = []
    outbox = Outbox(said.append)
    for n in range(10):
        outbox.add(n, hashed(n, 100))
    assert len(said) == 2
    assert all(len(note.pack()) < 1 << 16 for note in said)


def test_views_leave_at_once():
    said: list[Note] = []
    Outbox(said.append).add(5, Hashed(hashed(0, 0).frames, (View(bytes(32), 70),)))
    assert [(note.kind, note.start, note.count) for note in said] == [(Kind.VIEWS, 5, 1)]


def test_progress_counts_every_picture_once():
    said: list[Note] = []
    outbox, now = Outbox(said.append), time.monotonic()
    for n in range(50):
        outbox.progress(40 * n)
        outbox.flush_if_due(now + n * 0.04)
    outbox.finish()
    assert {note.kind for note in said} == {Kind.PROGRESS}
    assert sum(note.count for note in said) == 50
    assert [said[0].start, said[-1].end] == [0, 1960]


def test_damaged_pictures_close_together_are_one_stretch():
    said: list[Note] = []
    trouble = Trouble(said.append)
    for ms in range(0, 6000, 40):
        trouble.decoded(ms, damaged=1000 <= ms < 1400)
    (note,) = said
    assert (note.kind, note.start, note.end) == (Kind.MISSED, 1000, 1360)
    assert note.text == "10 pictures damaged or lost"


def test_what_never_ends_is_said_in_pieces():
    said: list[Note] = []
    trouble = Trouble(said.append)
    for ms in range(0, 30_000, 40):
        trouble.decoded(ms, damaged=True)
    trouble.finish()
    assert len(said) == 3
    assert sum(int(note.text.split()[0]) for note in said) == 750


def test_a_gap_says_whether_something_damaged_was_in_it():
    said: list[Note] = []
    trouble = Trouble(said.append)
    trouble.errors = 3
    trouble.gap(0, 2000)
    trouble.gap(5000, 7000)
    assert [note.text for note in said] == ["3 damaged packets", "nothing was received"]


def test_pictures_beyond_the_limit_are_said_now_and_then():
    said: list[Note] = []
    trouble = Trouble(said.append)
    for ms in range(0, 20_000, 40):
        trouble.too_large(ms, 20_000, 20_000)
    assert len(said) == 2
    assert "above the limit" in said[0].text
