from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.watch.conftest import PICTURES

from tidebreak.hashing.frames import Records
from tidebreak.installation import Tidebreak
from tidebreak.media.video_luma import pixels_of, turn_of
from tidebreak.model import Depth, Level, ListKind, Turn
from tidebreak.watch.recognition import Known, Recognition
from tidebreak.watch.sightings import Seen
from tidebreak.watch.tracks import Hashed, Tracks


def hashed(clip: Path) -> list[tuple[int, Hashed]]:
    """What the decoder says of a clip."""
    tracks, found = Tracks(Depth.STANDARD), []
    with av.open(clip) as container:
        for frame in container.decode(video=0):
            ms = round(frame.time * 1000)
            found.append((ms, tracks.add(ms, *pixels_of(frame), turn_of(frame))))
    return found


@pytest.fixture(scope="module")
def shown(clips: Path) -> dict[str, list[tuple[int, Hashed]]]:
    return {name: hashed(clips / f"{name}.ts") for name in ("known", "other")}


def play(
    recognition: Recognition, frames: list[tuple[int, Hashed]], start: int, every: int = 10
) -> list[list[Seen]]:
    """Show frames from ``start`` on, a few at a time."""
    told = []
    for first in range(0, len(frames), every):
        part = [item for item in frames[first : first + every] if len(item[1].frames)]
        if not part:
            continue
        base = part[0][0]
        records: Records = np.concatenate([found.frames.records for _, found in part])
        records["time"] -= np.uint32(base)
        told.append(recognition.frames(start + base, records) + recognition.videos(None))
    return told


def test_a_known_video_is_seen_at_once_then_surely_then_with_its_ranges(knowing, shown):
    recognition = Recognition(Known.of(knowing, None))
    assert not any(play(recognition, shown["other"], 1_000))
    told = play(recognition, shown["known"], 20_000)
    assert told[0]
    levels = [min(seen.match.level.rank for seen in some) for some in told]
    assert levels[0] <= Level.POSSIBLE.rank
    assert min(levels) == Level.NEAR.rank
    best = min(told[-1], key=lambda seen: seen.match.level.rank)
    assert best.match.known_fraction > 0.8
    ((start, end, known_start, known_end),) = best.match.ranges
    assert start - 20_000 / 1000 == pytest.approx(1.4 + known_start, abs=0.3)
    assert end - start == pytest.approx(known_end - known_start, abs=0.3)
    assert abs(best.start_ms - start * 1000) < 1


def test_shown_again_it_is_seen_again_and_for_itself(knowing, shown):
    recognition = Recognition(Known.of(knowing, None))
    play(recognition, shown["known"], 0)
    play(recognition, shown["other"], 20_000)
    again = play(recognition, shown["known"], 40_000)[-1]
    assert min(seen.start_ms for seen in again) > 40_000


def test_what_is_not_known_is_not_seen(knowing, shown):
    recognition = Recognition(Known.of(knowing, None))
    assert not any(play(recognition, shown["other"], 0))
    views = [view for _, found in shown["other"] for view in found.views]
    assert views
    assert not recognition.views(0, tuple(views))


def test_a_known_picture_is_seen_from_all_sides(knowing):
    recognition = Recognition(Known.of(knowing, None))
    coffee = np.asarray(Image.open(PICTURES / "coffee.png").convert("L").resize((640, 400)))
    framed = np.zeros((500, 900), np.uint8)
    framed[50:450, 130:770] = coffee[:, ::-1]
    found = Tracks(Depth.STANDARD).add(0, framed, 1.0, Turn.NONE)
    (seen,) = recognition.views(7_000, found.views)
    assert (seen.match.entry, seen.match.level) == ("coffee", Level.NEAR)
    assert seen.start_ms == 7_000


def test_lists_that_change_count_for_what_was_shown_lately(installation, knowing, shown, tmp_path):
    knowing.catalogue.disable("videos")
    known = Known.of(knowing, None)
    recognition = Recognition(known)
    assert not any(play(recognition, shown["known"], 0))
    path = tmp_path / "more.vpdq"
    path.write_text((tmp_path / "videos.vpdq").read_text())
    knowing.import_list(path, name="more", kind=ListKind.CONTRABAND)
    assert known.refresh()
    recognition.lists_changed()
    assert {seen.match.list for seen in recognition.videos(None)} == {"more"}


@pytest.mark.parametrize("kind", [ListKind.ALLOW, ListKind.IGNORABLE])
def test_what_is_merely_allowed_is_nothing_known(installation: Tidebreak, clips, tmp_path, kind):
    coffee = np.asarray(Image.open(PICTURES / "coffee.png").convert("L"))
    path = tmp_path / "good.csv"
    from tidebreak.hashing.pdq import pdq_grey

    path.write_text(f"id,pdq\ncoffee,{pdq_grey(coffee).value.hex()}\n")
    installation.import_list(path, name="good", kind=kind, known_good_statement="ours")
    recognition = Recognition(Known.of(installation, None))
    found = Tracks(Depth.STANDARD).add(0, coffee, 1.0, Turn.NONE)
    assert not recognition.views(0, found.views)
    assert not recognition.frames(0, found.frames.records)


def test_poor_frames_are_not_looked_up(knowing, shown):
    recognition = Recognition(Known.of(knowing, None))
    poor = []
    for ms, found in shown["known"]:
        records = found.frames.records.copy()
        records["quality"] = 10
        poor.append((ms, replace(found, frames=type(found.frames)(records))))
    assert not any(play(recognition, poor, 0))


def test_an_aligned_region_is_not_compared_with_frames(installation: Tidebreak, shown, tmp_path):
    records = next(found.frames.records for _, found in shown["known"] if len(found.frames))
    value = records["hash"][records["track"] == 0][0].tobytes().hex()
    path = tmp_path / "regions.csv"
    for code, seen in (("01f4", 0), ("0001", 1)):
        path.write_text(f"id,pdq-region\nP-1,{code}{value}\n")
        installation.import_list(path, name=code, kind=ListKind.CONTRABAND)
        assert len(Recognition(Known.of(installation, None)).frames(0, records)) == seen
