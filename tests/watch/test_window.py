from __future__ import annotations

import os

import numpy as np

from tidebreak.hashing.frames import FrameSequence
from tidebreak.watch.window import WINDOW_MS, Chunk, Window


def chunk(base_ms: int, times: list[int], hits: list[tuple[int, int]]) -> Chunk:
    count = len(times)
    frames = FrameSequence.of(times, [0] * count, [100] * count, [os.urandom(32)] * count)
    rows = np.array([row for row, _ in hits], np.int64)
    return Chunk(base_ms, frames.records, rows, np.array([e for _, e in hits], np.uint32))


def test_chunks_become_one_sequence_with_their_hits():
    window = Window()
    window.add(chunk(10_000, [0, 40], [(1, 7)]))
    window.add(chunk(10_080, [0, 40, 80], [(0, 7), (2, 9)]))
    assert window.start_ms == 10_000
    assert window.together()["time"].tolist() == [0, 40, 80, 120, 160]
    rows, entries = window.hits(np.array([7], np.uint32))
    assert (rows.tolist(), entries.tolist()) == ([1, 2], [7, 7])
    rows, entries = window.hits(np.array([9], np.uint32))
    assert (rows.tolist(), entries.tolist()) == ([4], [9])


def test_what_is_too_old_is_forgotten():
    window = Window()
    for number in range(200):
        window.add(chunk(1000 * number, [0], []))
    assert window.start_ms == 199_000 - WINDOW_MS
    assert len(window.together()) == len(window.chunks) == 1 + WINDOW_MS // 1000


def test_however_much_comes_memory_is_bounded():
    window = Window()
    for number in range(60):
        window.add(chunk(number, [0] * 1000, []))
    assert len(window.together()) <= 40_000


def test_the_newest_chunk_stays_whatever_its_length():
    window = Window()
    window.add(chunk(0, [0], []))
    window.add(chunk(5, [0, 10 * WINDOW_MS], []))
    assert window.start_ms == 5


def test_an_empty_window():
    assert len(Window().together()) == 0
    assert Window().start_ms == 0
