from __future__ import annotations

import numpy as np
import pytest
from tests.matching.clips import RATE, Clip, frames_of

from tidebreak.hashing.frames import Area, FrameSequence, track_of
from tidebreak.installation import Tidebreak
from tidebreak.lists.vpdq_frames import to_text
from tidebreak.model import Depth, Level, ListKind, Observation, Thresholds, Turn

FULL = "video-1/full"


def enrol(installation: Tidebreak, *clips: Clip) -> None:
    """Put ``clips`` on a list each, as vPDQ files."""
    for clip in clips:
        file = installation.home / f"clip {clip.seed}.vpdq"
        file.write_text(to_text(FrameSequence(frames_of(clip, noise=0))))
        installation.import_list(file, name=f"L{clip.seed}", kind=ListKind.CONTRABAND)


def add_picture(installation: Tidebreak, name: str, *values: bytes, column: str = "pdq-region"):
    """Put one picture with near hashes ``values`` on a list of its own."""
    file = installation.home / f"{name}.csv"
    rows = ["id" + f",{column}" * len(values), ",".join(["P-1", *(v.hex() for v in values)])]
    file.write_text("\n".join(rows) + "\n")
    installation.import_list(file, name=name, kind=ListKind.CONTRABAND)


def video(frames, preproc: str = FULL, **more) -> Observation:
    packed = FrameSequence(frames).pack()
    return Observation("", 9, "video/mp4", sequence=packed, preproc=preproc, **more)


def judge(installation: Tidebreak, frames, preproc: str = FULL, depth: Depth | None = None, **more):
    return installation.matcher(depth=depth).judge([video(frames, preproc, **more)])[0]


def test_a_known_video_is_found_with_what_it_is_of_both(installation: Tidebreak):
    clip = Clip(1, seconds=6)
    enrol(installation, Clip(2), clip)
    verdict = judge(installation, frames_of(Clip(3, seconds=4), clip)).verdict
    (match,) = verdict.matches
    assert verdict.level is match.level is Level.NEAR
    assert (match.list, match.entry, match.signal, match.algorithm) == (
        "L1",
        "clip 1",
        "vpdq",
        FULL,
    )
    assert match.known_fraction is not None
    assert match.known_fraction > 0.95
    assert match.file_fraction == pytest.approx(0.6, abs=0.05)
    ((start, end, known_start, known_end),) = match.ranges
    assert np.allclose((start, end, known_start, known_end), (4, 10, 0, 6), atol=0.4)
    assert match.region.endswith(" s")
    assert match.transform == "none"
    assert "side by side" in match.reason


def test_says_on_which_view_of_the_file(installation: Tidebreak):
    clip = Clip(1, seconds=5)
    enrol(installation, clip)
    frames = frames_of(clip, track=track_of(Area.CONTENT, Turn.MIRROR))
    (match,) = judge(installation, frames).verdict.matches
    assert match.transform == "mirrored"
    assert match.region.endswith("content box")
    assert not judge(installation, frames, depth=Depth.FAST).verdict.matches


def test_a_captioned_video_is_found_beyond_the_radius_of_pictures(installation: Tidebreak):
    clip = Clip(1, seconds=6, change=10)
    enrol(installation, clip)
    frames = frames_of(clip, noise=45)
    assert judge(installation, frames).verdict.level is Level.NEAR
    assert judge(installation, frames, depth=Depth.FAST).verdict.level is Level.NONE


def test_a_known_picture_in_a_video_is_reported_with_its_time(installation: Tidebreak):
    clip = Clip(1, seconds=6, change=10)
    hashes = clip.hashes()
    add_picture(installation, "L", hashes[3 * RATE].tobytes(), column="pdq")
    verdict = judge(installation, frames_of(clip)).verdict
    (match,) = verdict.matches
    assert (match.entry, match.signal, match.level) == ("P-1", "pdq", Level.NEAR)
    assert match.region == "frame at 3.00 s"
    assert match.ranges == ()


def set_limits(installation: Tidebreak, name: str, **limits) -> None:
    installation.catalogue.set_thresholds(name, Thresholds(**limits))


def test_a_guessed_frame_is_never_near_nor_hides_one_that_is(installation: Tidebreak):
    clip = Clip(1, seconds=2, change=10)
    add_picture(installation, "L", clip.hashes()[RATE].tobytes(), column="pdq")
    guessed = frames_of(clip, noise=0, track=track_of(Area.EXTENDED + 3))
    (match,) = judge(installation, guessed).verdict.matches
    assert (match.level, match.distance) == (Level.POSSIBLE, 0)
    assert match.reason.endswith("beyond its edges the picture was guessed, so a person decides")
    both = np.sort(np.concatenate([guessed, frames_of(clip, noise=20)]), order="time")
    (match,) = judge(installation, both).verdict.matches
    assert (match.level, match.distance) == (Level.NEAR, 20)


def test_the_depth_of_a_list_counts(installation: Tidebreak):
    clip = Clip(1, seconds=5)
    enrol(installation, clip)
    add_picture(installation, "P", clip.hashes()[0].tobytes(), column="pdq")
    mirrored = frames_of(clip, track=track_of(Area.FULL, Turn.MIRROR))
    assert {m.list for m in judge(installation, mirrored).verdict.matches} == {"L1", "P"}
    set_limits(installation, "L1", depth=Depth.FAST)
    assert {m.list for m in judge(installation, mirrored).verdict.matches} == {"P"}
    both = np.sort(np.concatenate([mirrored, frames_of(clip, noise=8)]), order="time")
    (video,) = [m for m in judge(installation, both).verdict.matches if m.list == "L1"]
    assert (video.level, video.transform) == (Level.NEAR, "none")
    set_limits(installation, "P", depth=Depth.FAST)
    assert judge(installation, mirrored).verdict.level is Level.NONE
    (still,) = [m for m in judge(installation, both).verdict.matches if m.list == "P"]
    assert still.transform == "none"


def test_the_quality_of_a_list_counts(installation: Tidebreak):
    clip = Clip(1, seconds=5)
    enrol(installation, clip)
    add_picture(installation, "P", clip.hashes()[0].tobytes(), column="pdq")
    enrol(installation, Clip(2))
    set_limits(installation, "L2", quality=20)
    poor, good = frames_of(clip, noise=0, quality=30), frames_of(clip, noise=8, quality=60)
    assert judge(installation, poor).verdict.level is Level.NONE
    both = np.sort(np.concatenate([poor, good]), order="time")
    matches = judge(installation, both).verdict.matches
    assert [(m.level, m.quality) for m in matches] == [(Level.NEAR, 60)] * 2
    set_limits(installation, "L1", quality=25)
    set_limits(installation, "P", quality=25)
    assert judge(installation, poor).verdict.level is Level.NEAR


def test_an_aligned_region_is_not_compared_with_frames_nor_hides_what_is(installation: Tidebreak):
    clip = Clip(1, seconds=6, change=10)
    frame = clip.hashes()[3 * RATE]
    add_picture(installation, "aligned", b"\x01\xf4" + frame.tobytes())
    assert judge(installation, frames_of(clip)).verdict.level is Level.NONE
    other = frame.copy()
    other[:2] ^= 255
    add_picture(installation, "both", b"\x01\xf4" + frame.tobytes(), b"\x00\x01" + other.tobytes())
    (match,) = judge(installation, frames_of(clip, noise=0)).verdict.matches
    assert (match.list, match.distance, match.known_part) == ("both", 16, "crop 1")


def test_a_fast_pass_that_finds_anything_is_confirmed_in_full(installation: Tidebreak):
    clip = Clip(1)
    enrol(installation, clip)
    judged = judge(installation, frames_of(clip), "video-1/keyframes")
    assert judged.confirm
    assert judged.verdict.level is Level.NONE
    assert not judge(installation, frames_of(Clip(2)), "video-1/keyframes").confirm


def test_withdrawn_and_trivial_videos_never_match(installation: Tidebreak):
    clip = Clip(1)
    enrol(installation, clip)
    assert judge(installation, frames_of(clip), trivial=True).verdict.level is Level.NONE
    installation.catalogue.withdraw("L1", "clip 1", "a test")
    assert judge(installation, frames_of(clip)).verdict.level is Level.NONE


def test_stricter_thresholds_of_a_list_count(installation: Tidebreak):
    clip = Clip(1, change=10)
    enrol(installation, clip)
    frames = frames_of(clip, noise=45)
    assert judge(installation, frames).verdict.level is Level.NEAR
    strict = Thresholds(near=10, possible=16, lead=20)
    installation.catalogue.set_thresholds("L1", strict)
    assert judge(installation, frames).verdict.level is Level.NONE
    assert judge(installation, frames_of(clip, noise=8)).verdict.level is Level.NEAR


def test_an_empty_sequence_is_no_video(installation: Tidebreak):
    enrol(installation, Clip(1))
    assert judge(installation, frames_of(Clip(1))[:0]).verdict.level is Level.NONE
