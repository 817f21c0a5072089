from __future__ import annotations

import numpy as np
import pytest
from tests.matching.clips import RATE, Clip, frames_of

from tidebreak.matching.resemblance import KnownFrames
from tidebreak.matching.sequences import SequenceHits, match_sequences
from tidebreak.model import Level


def match(frames, *known: Clip | KnownFrames, radius: int = 31):
    """Match against a bank that is searched by brute force."""
    bank = [item.known() if isinstance(item, Clip) else item for item in known]
    rows, entries = [], []
    bits = np.unpackbits(frames["hash"], axis=1)
    for entry, item in enumerate(bank):
        there = np.unpackbits(item.hashes, axis=1)
        near = (bits[:, np.newaxis] != there).sum(axis=2).min(axis=1) <= radius
        rows += np.flatnonzero(near).tolist()
        entries += [entry] * int(near.sum())
    hits = SequenceHits(np.array(rows, np.int64), np.array(entries, np.uint32))
    return match_sequences(frames, hits, bank.__getitem__)


@pytest.mark.parametrize("speed", [0.8, 1.0, 1.25])
@pytest.mark.parametrize("seconds", [3, 9])
def test_a_copy_is_near_and_whole(speed, seconds):
    clip = Clip(1, seconds=seconds)
    (only,) = match(frames_of(clip, rate=RATE * speed), Clip(2), clip)
    assert (only.entry, only.level) == (1, Level.NEAR)
    found = only.evidence
    assert found.known_fraction > 0.95
    assert found.file_fraction > 0.95
    ((start, end, known_start, known_end),) = found.ranges
    assert abs(start) < 0.3
    assert abs(end - seconds / speed) < 0.3
    assert abs(known_start) < 0.3
    assert abs(known_end - seconds) < 0.3


def test_one_of_five_says_how_much_of_the_file_it_is():
    clips = [Clip(seed, seconds=4) for seed in range(10, 15)]
    (only,) = match(frames_of(*clips), clips[2])
    assert only.level is Level.NEAR
    assert only.evidence.known_fraction > 0.95
    assert abs(only.evidence.file_fraction - 0.2) < 0.05
    assert abs(only.evidence.ranges[0][0] - 8) < 0.3


def test_a_part_of_a_long_video_says_how_much_of_it_is_here():
    clip = Clip(20, seconds=60)
    part = clip.hashes()[500:600]
    (only,) = match(frames_of(part), clip)
    assert only.level is Level.NEAR
    assert abs(only.evidence.known_fraction - 4 / 60) < 0.02
    assert only.evidence.file_fraction > 0.95
    assert abs(only.evidence.ranges[0][2] - 20) < 0.3


def test_a_short_piece_of_a_long_video_in_a_long_file_is_only_possible():
    clip = Clip(21, seconds=60)
    piece = clip.hashes()[500:575]
    (only,) = match(frames_of(Clip(22, seconds=30), piece), clip)
    assert only.level is Level.POSSIBLE


def test_a_title_that_two_videos_share_decides_nothing():
    title = Clip(30, seconds=3, change=0).hashes()
    known = frames_of(title, Clip(31, seconds=6), noise=0)
    bank = KnownFrames(known["time"].copy(), known["hash"].copy())
    (only,) = match(frames_of(title, Clip(32, seconds=6)), bank)
    assert only.level is Level.LEAD
    assert only.evidence.frames == 1


def test_a_still_video_is_near_only_as_a_whole_and_closely():
    still = Clip(40, seconds=6, change=0)
    assert match(frames_of(still, noise=10), still)[0].level is Level.NEAR
    assert match(frames_of(still, noise=28), still)[0].level is Level.POSSIBLE


def test_another_recording_of_the_same_room_is_only_a_lead():
    room = Clip(41, seconds=1, change=0).hashes()[0]

    def recording(seed):
        random = np.random.default_rng(seed)
        bits = np.tile(np.unpackbits(room), (200, 1))
        for row in bits:
            row[random.choice(256, 22, replace=False)] ^= 1
        return np.packbits(bits, axis=1)

    known = frames_of(recording(1), noise=0)
    bank = KnownFrames(known["time"].copy(), known["hash"].copy())
    (only,) = match(frames_of(recording(2), noise=0), bank, radius=60)
    assert only.evidence.known_fraction > 0.9
    assert only.level is Level.LEAD


def test_a_copy_beyond_the_radius_is_near_when_it_stands_out():
    clip = Clip(42, seconds=6, change=10)
    (only,) = match(frames_of(clip, noise=45), clip, radius=60)
    assert only.level is Level.NEAR
    assert 31 < only.evidence.distance < 60
    assert only.evidence.elsewhere > 64


def test_featureless_frames_never_count():
    clip = Clip(50)
    assert match(frames_of(clip, quality=49), clip) == []
    assert match(frames_of(clip, quality=50), clip)[0].level is Level.NEAR


def test_frames_that_many_videos_share_say_little():
    intro = Clip(60, seconds=4).hashes()
    bank = []
    for seed in range(61, 91):
        known = frames_of(intro, Clip(seed, seconds=4), noise=0)
        bank.append(KnownFrames(known["time"].copy(), known["hash"].copy()))
    found = match(frames_of(Clip(61, seconds=4), intro), *bank)
    assert found[0].entry == 0
    assert found[0].evidence.known_fraction > 0.9


def test_a_list_with_one_frame_a_second_is_found_too():
    clip = Clip(70, seconds=10)
    sparse = KnownFrames(np.arange(0, 10_000, 1000, np.uint32), clip.hashes()[::RATE])
    (only,) = match(frames_of(clip.hashes()[50:175]), sparse)
    assert only.level is Level.NEAR
    assert abs(only.evidence.known_fraction - 0.5) < 0.11
    start, end, known_start, known_end = only.evidence.ranges[0]
    assert start < 1
    assert end > 4
    assert abs(known_start - 2) < 1
    assert abs(known_end - 7) <= 1


def test_nothing_comes_of_nothing():
    assert match(frames_of(Clip(80)), Clip(81)) == []
    empty = frames_of(Clip(80))[:0]
    assert (
        match_sequences(empty, SequenceHits(np.empty(0, np.int64), np.empty(0, np.uint32)), None)
        == []
    )
