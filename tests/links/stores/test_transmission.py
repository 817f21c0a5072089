from __future__ import annotations

from pathlib import Path

import pytest
from tests.links.stores import programs

from tidebreak import links
from tidebreak.errors import BadLink
from tidebreak.links.stores.store import Holding, with_torrent
from tidebreak.links.stores.transmission import FILES_ELSEWHERE, NAMELESS, looks, read

KEPT = "e935ca898222e81f23a4d0466f3f669804a26d8c.resume"


def resume(**more: bytes) -> bytes:
    keys = {
        "activity-date": b"i3000e", "added-date": b"i1000e", "destination": b"3:/d/",
        "done-date": b"i2000e", "downloaded": b"i6e", "name": b"4:name",
        "progress": b"d6:blocks4:nonee", "uploaded": b"i5e",
    } | more  # fmt: skip
    return b"d" + b"".join(b"%d:%s%s" % (len(k), k.encode(), keys[k]) for k in sorted(keys)) + b"e"


def test_what_a_transmission_once_wrote(kept: Path):
    data = (kept / KEPT).read_bytes()
    assert looks(data)
    (held,) = read(data, KEPT).items
    assert [s.text for s in held.content.signals] == [KEPT.partition(".")[0]]
    assert (held.content.name, held.content.reason) == ("shared", FILES_ELSEWHERE)
    assert (held.path, held.holding, held.uploaded) == ("/srv/synthetic", Holding.COMPLETE, 0)
    assert (held.first_seen or 0) > 1_700_000_000


def test_what_a_transmission_writes_now(tmp_path: Path, shared: Path, torrent: Path):
    programs.need("transmission-daemon", "transmission-remote")
    home = programs.transmission(tmp_path / "home", shared, torrent)
    (file,), (meta,) = (home / "resume").iterdir(), (home / "torrents").iterdir()
    (held,) = read(file.read_bytes(), file.name).items
    (infohash,) = held.content.signals
    known = links.read_file(meta.read_bytes())
    assert infohash in known.signals
    assert (held.path, held.holding) == (str(shared.parent), Holding.COMPLETE)
    whole = with_torrent(held, known)
    assert {file.path for file in whole.content.files} == programs.SIZES.keys()


def test_without_its_name_the_infohash_is_missed_loudly():
    (held,) = read(resume()).items
    assert (held.content.signals, held.content.reason) == ((), NAMELESS)
    (old,) = read(resume(), "name.0123456789abcdef.resume").items
    assert old.content.reason == NAMELESS


def test_times_and_bytes_are_those_of_the_file():
    (held,) = read(resume()).items
    assert (held.first_seen, held.completed, held.last_seen) == (1000, 2000, 3000)
    assert (held.uploaded, held.downloaded, held.path) == (5, 6, "/d/")
    (never,) = read(resume(**{"done-date": b"i0e", "uploaded": b"3:abc"})).items
    assert (never.completed, never.uploaded) == (None, None)


@pytest.mark.parametrize(
    ("progress", "share"),
    [
        (b"d6:blocks3:alle", 1.0),
        (b"d6:blocks4:nonee", 0.0),
        (b"d6:blocks2:\xff\x0fe", 0.75),
        (b"d6:blocks0:e", None),
        (b"de", None),
        (b"i5e", None),
    ],
)
def test_progress_says_how_much_there_is(progress: bytes, share: float | None):
    (held,) = read(resume(progress=progress)).items
    assert held.share == share


def test_one_that_is_cut_off_says_so():
    assert read(resume()[:-30]).reason.startswith("damaged")


@pytest.mark.parametrize("data", [b"", b"de", b"le", b"d13:activity-datei1ee", b"nothing"])
def test_what_is_none_is_refused(data: bytes):
    assert not looks(data)
    with pytest.raises(BadLink):
        read(data)
