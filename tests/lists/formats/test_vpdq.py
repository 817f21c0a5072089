from __future__ import annotations

import json

import numpy as np
import pytest

from tidebreak.errors import BadList
from tidebreak.lists.formats import choose
from tidebreak.lists.formats import vpdq as module
from tidebreak.lists.source import Source


def value(seed: int) -> str:
    return np.random.default_rng(seed).bytes(32).hex()


def compact(seed: int, count: int = 3) -> list[str]:
    """A video as python-threatexchange writes it: hash, quality, three significant digits."""
    return [f"{value(seed + n)},{90 + n},{n * 0.5:.3}" for n in range(count)]


def frames(seed: int, count: int = 3) -> list[tuple[int, str, int]]:
    """The same as (milliseconds, hash, quality)."""
    return [(n * 500, value(seed + n), 90 + n) for n in range(count)]


def read(path):
    """Return the videos as (key, frames), and the bad rows as (number, reason)."""
    assert choose(Source(path), None).name == "vpdq"
    videos, bad = [], []
    for batch in module.read(Source(path)):
        bad += [(row.line, row.reason) for row in batch.bad]
        for row, key in enumerate(batch.keys):
            found = []
            for column in batch.columns:
                assert column.type.name == "vpdq"
                for place in np.flatnonzero(column.rows == row):
                    data = column.values[place].tobytes()
                    quality = int(column.quality[place])
                    found.append((int.from_bytes(data[:4]), data[4:].hex(), quality))
            videos.append((key, found))
    return videos, bad


def old(seed: int) -> dict[str, object]:
    return {
        str(n): {"quality": q, "hash": h, "timestamp": ms / 1000}
        for n, (ms, h, q) in enumerate(frames(seed))
    }


LINES = "".join(f"{n * 15},{q},{h},{ms / 1000:.3f}\n" for n, (ms, h, q) in enumerate(frames(1)))

ONE = [("video", frames(1))]
TWO = [("", frames(1)), ("", frames(20))]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (LINES, ONE),
        (LINES.replace("\n", "\r\n") + "\n\n", ONE),
        ("\ufeff" + LINES, ONE),
        (json.dumps(compact(1)), ONE),
        (json.dumps(compact(1), indent=2), ONE),
        (json.dumps(old(1)), ONE),
        (json.dumps(old(1), indent=1), ONE),
        (f"{json.dumps(compact(1))}\n\n{json.dumps(compact(20))}\n", TWO),
        (f"vpdq {json.dumps(compact(1))}\nvpdq {json.dumps(compact(20))}", TWO),
        (f"{json.dumps(old(1))}\n{json.dumps(old(20))}", TWO),
        (json.dumps([compact(1), compact(20)]), TWO),
        (json.dumps({"a-1": compact(1), "b": compact(20)}), [("a-1", TWO[0][1]), ("b", TWO[1][1])]),
    ],
)
def test_reads_every_form(file, content, expected):
    assert read(file(content, "video.vpdq")) == (expected, [])


def test_a_bad_video_harms_only_itself(file):
    lines = [compact(1), ["x,1,2"], [], compact(20), {"a": 1}]
    text = "\n".join(json.dumps(line) for line in lines) + "\n[1, 2"
    videos, bad = read(file(text))
    assert videos == TWO
    assert [number for number, _ in bad] == [2, 3, 5, 6]


def test_a_bad_frame_of_a_text_file_is_a_bad_line(file):
    videos, bad = read(file(LINES + "45,200," + value(9) + ",1.5\n"))
    assert [len(found) for _, found in videos] == [3]
    assert bad[0][0] == 4
    assert value(9) not in bad[0][1]


def test_frame_numbers_are_kept(file):
    (batch,) = module.read(Source(file(LINES)))
    assert batch.fields[0] == {"frame numbers": [0, 15, 30]}
    (batch,) = module.read(Source(file(json.dumps(compact(1)))))
    assert batch.fields[0] == {}


@pytest.mark.parametrize(
    "content", [json.dumps(compact(1))[:-9], "[" * 500 + json.dumps(compact(1))]
)
def test_json_that_is_cut_off_or_too_deep_is_no_list(file, content):
    path = file(content)
    with pytest.raises(BadList):
        list(module.read(Source(path)))


@pytest.mark.parametrize(
    "content", [value(1), f"{value(1)}  name", "md5,sha1\n1,2", "[]", "1,2,3,4"]
)
def test_takes_nothing_else_for_its_own(file, content):
    assert not module.detect(Source(file(content)))


def test_a_list_of_videos_becomes_entries_that_are_compared_frame_by_frame(imported, catalogue):
    result = imported("\n".join(json.dumps(compact(seed)) for seed in (1, 20, 40)), format="vpdq")
    assert (result.added, result.rejected) == (3, 0)
    (coverage,) = [catalogue.coverage(item.name) for item in catalogue.lists()]
    assert [(kind.type, kind.values, kind.matchable) for kind in coverage.types] == [("vpdq", 9, 9)]
