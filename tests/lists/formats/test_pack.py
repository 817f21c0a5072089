from __future__ import annotations

import base64
import gzip
import json

import numpy as np
import pytest

from tidebreak.errors import BadList
from tidebreak.hashing import regions
from tidebreak.lists.formats import choose
from tidebreak.lists.formats import pack as module
from tidebreak.lists.source import Source
from tidebreak.reach import Reach

HEADER = {
    "format": "tidebreak-pack",
    "version": 1,
    "preproc": "pdq-1/full",
    "owner": "Example Hotline",
    "regions": {"version": regions.VERSION, "boxes": module.table(Reach.MANY)},
}
CODE = regions.REGIONS[0].code


def entry(number=1, **more):
    made = {
        "id": f"item-{number}",
        "pdq": f"{number:064x}",
        "quality": 90,
        "regions": {"at": [CODE, 500], "quality": [80, 70], "pdq": "ab" * 32 + "cd" * 32},
    }
    return made | more


def pack(entries, header=HEADER, end=True):
    rows = [header, *entries, *([{"entries": len(entries)}] if end else [])]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def read(path):
    batches = list(module.read(Source(path)))
    signals = [
        (
            batch.keys[row],
            column.type.name,
            value.tobytes(),
            None if column.quality is None else int(column.quality[place]),
        )
        for batch in batches
        for column in batch.columns
        for place, (row, value) in enumerate(zip(column.rows, column.values, strict=True))
    ]
    return signals, batches


@pytest.mark.parametrize("packed", [False, True])
def test_a_pack_is_recognised_and_read(file, packed):
    content = pack([entry(1, classification="A"), entry(2)])
    path = file(gzip.compress(content) if packed else content, "known.pack")
    assert choose(Source(path), None).name == "pack"
    signals, batches = read(path)
    assert len(signals) == 6
    assert signals[0] == ("item-1", "pdq", (1).to_bytes(32), 90)
    region = CODE.to_bytes(2) + b"\xab" * 32
    assert ("item-1", "pdq-region", region, 80) in signals
    assert batches[0].classifications == ["A", ""]
    assert batches[0].about["owner"] == "Example Hotline"
    assert batches[0].lines.tolist() == [2, 3]


def test_frames_pages_exact_signals_and_unknown_fields_are_kept(file):
    video = {
        "id": "clip",
        "frames": {"at": [0, 4_000_000_000], "quality": [50, 100], "pdq": "11" * 64},
        "exact": {"sha256": "22" * 32},
        "bytes": 77,
        "duration_ms": 5000,
        "a later version": {"says": "more"},
    }
    pages = {"id": "book", "pages": {"at": [0, 7], "quality": [60, 61], "pdq": "33" * 64}}
    signals, (batch,) = read(file(pack([video, pages])))
    late = (4_000_000_000).to_bytes(4) + b"\x11" * 32
    assert ("clip", "vpdq", late, 100) in signals
    assert ("clip", "sha256", b"\x22" * 32, None) in signals
    assert [key for key, kind, *_ in signals if kind == "pdq"] == ["book", "book"]
    assert batch.sizes == [77, None]
    assert batch.fields[0] == {"duration_ms": 5000, "a later version": {"says": "more"}}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"version": 2}, "version"),
        ({"preproc": "pdq-9/full"}, "preproc"),
        ({"regions": {"version": "regions-9", "boxes": []}}, "regions-9"),
        ({"regions": HEADER["regions"] | {"boxes": [[500, 0, 0, 1, 0.5]]}}, "table"),
        ({"format": "something else"}, "header"),
    ],
)
def test_another_version_is_refused_with_a_sentence(file, change, word):
    path = file(pack([entry()], HEADER | change))
    with pytest.raises(BadList, match=word):
        read(path)


def test_what_is_null_is_as_good_as_absent(file):
    known = {"id": "a", "pdq": "ab" * 32, "quality": 90, "pages": None, "regions": None}
    path = file(pack([known], HEADER | {"regions": None}), "known.pack")
    assert [name for _, name, *_ in read(path)[0]] == ["pdq"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_pack_that_is_cut_anywhere_is_refused(file, packed):
    content = pack([entry(number) for number in range(3)])
    content = gzip.compress(content) if packed else content
    for cut in range(1, len(content) - 1, 37):
        source = Source(file(content[:cut], f"cut{cut}"))
        with pytest.raises(BadList):
            list(module.read(source))


def test_a_wrong_count_or_lines_behind_the_end_are_refused(file):
    for tail in (b'{"entries": 5}\n', b'{"entries": 1}\n' + json.dumps(entry()).encode() + b"\n"):
        with pytest.raises(BadList, match="counts"):
            read(file(pack([entry()], end=False) + tail))


@pytest.mark.parametrize(
    "bad",
    [
        b"not json",
        b"[1, 2]",
        b"[" * 100_000,
        json.dumps(entry(id="")).encode(),
        json.dumps(entry(id=5)).encode(),
        json.dumps(entry(id="a\nb")).encode(),
        json.dumps(entry(pdq="ab")).encode(),
        json.dumps(entry(quality=101)).encode(),
        json.dumps(entry(quality=True)).encode(),
        json.dumps(entry(exact={"sha256": "x"})).encode(),
        json.dumps(entry(exact={"pdq": "00" * 32})).encode(),
        json.dumps(entry(exact={"orb": base64.b64encode(b"\1" + bytes(40)).decode()})).encode(),
        json.dumps(entry(exact={"descriptor": "AAAA"})).encode(),
        json.dumps(entry(exact=[])).encode(),
        json.dumps(entry(bytes=-1)).encode(),
        json.dumps({"id": "nothing"}).encode(),
        json.dumps(entry(regions={"at": [499], "quality": [9], "pdq": "00" * 32})).encode(),
        json.dumps(entry(regions={"at": [0], "quality": [9], "pdq": "00" * 32})).encode(),
        json.dumps(entry(regions={"at": [CODE], "quality": [9, 9], "pdq": "00" * 32})).encode(),
        json.dumps(entry(regions={"at": [1.5], "quality": [9], "pdq": "00" * 32})).encode(),
        json.dumps(entry(regions="none")).encode(),
        json.dumps(entry(frames={"at": [-1], "quality": [9], "pdq": "00" * 32})).encode(),
        json.dumps(entry(frames={"at": [1 << 32], "quality": [9], "pdq": "00" * 32})).encode(),
    ],
)
def test_a_line_that_is_no_entry_is_reported_and_the_others_read(file, bad):
    lines = pack([entry(1), entry(2)]).splitlines(keepends=True)
    content = b"".join([*lines[:2], bad + b"\n", lines[2], b'{"entries": 3}\n'])
    signals, batches = read(file(content))
    assert {key for key, *_ in signals} == {"item-1", "item-2"}
    ((row,),) = [batch.bad for batch in batches if batch.bad]
    assert row.line == 3
    assert "ab" * 16 not in row.reason


def test_a_line_beyond_the_limit_is_refused_before_it_is_held(file, monkeypatch):
    monkeypatch.setattr(module, "LONGEST_LINE", 10_000)
    with pytest.raises(BadList, match="longer"):
        read(file(pack([entry(note="x" * 20_000)])))


def test_large_packs_come_in_batches(file):
    many = 40
    hashes = {"at": list(range(10_000)), "quality": [50] * 10_000, "pdq": "00" * 320_000}
    _, batches = read(file(pack([{"id": str(n), "frames": hashes} for n in range(many)])))
    assert len(batches) > 1
    assert sum(len(batch) for batch in batches) == many
    assert sum(len(column.rows) for batch in batches for column in batch.columns) == many * 10_000
    assert np.concatenate([batch.lines for batch in batches]).tolist() == list(range(2, many + 2))


def test_text_that_is_no_pack_is_not_taken_for_one(file):
    assert not module.detect(Source(file(b'{"value": []}')))
    assert not module.detect(Source(file(b"\x1f\x8bnonsense")))
