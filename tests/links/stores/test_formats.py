"""All client stores together: which is which, and what hostile bytes make of them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.links.stores.programs import DATA

from tidebreak.errors import BadLink
from tidebreak.links.stores import FORMATS, HEAD, Format, read, recognise
from tidebreak.links.stores.preferences_dat import looks

KEPT = sorted(path for path in DATA.iterdir())
CONTENTS = {
    "known.met": "application/x-emule-known",
    "known2_64.met": "application/x-emule-aich",
    "001.part.met": "application/x-emule-part",
    "shared.torrent": "application/x-bittorrent",
    ".fastresume": "application/x-libtorrent-resume",
    ".resume": "application/x-transmission-resume",
}


@pytest.mark.parametrize(("ending", "content"), CONTENTS.items())
def test_every_store_is_told_by_its_bytes(ending: str, content: str):
    (path,) = (path for path in KEPT if path.name.endswith(ending))
    found = recognise(path.read_bytes()[:HEAD])
    assert found is not None
    assert found.content == content


def test_the_name_of_a_file_counts_only_where_it_is_the_infohash():
    (path,) = (path for path in KEPT if path.name.endswith(".resume"))
    (named,) = read(path.read_bytes(), path.name).items
    (nameless,) = read(path.read_bytes()).items
    assert named.content.signals
    assert not nameless.content.signals


def test_what_is_no_store_is_refused():
    assert recognise(b"") is None
    with pytest.raises(BadLink):
        read(b"a text")


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.suffix)
@settings(deadline=None)
@given(data=st.data())
def test_stores_that_were_damaged_are_read_or_refused(path: Path, data: st.DataObject):
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(at, len(whole)))
    put = data.draw(st.binary(max_size=8))
    for damaged in (whole[:at], whole[:at] + put + whole[end:]):
        recognise(damaged)
        for kind in FORMATS:
            _read_or_refused(kind, damaged)


@settings(deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_arbitrary_bytes_are_read_or_refused(kind: Format, data: st.DataObject):
    begin = bytes([data.draw(st.sampled_from(kind.begins))])
    damaged = begin + data.draw(st.binary(max_size=200))
    recognise(damaged)
    _read_or_refused(kind, damaged)


def _read_or_refused(kind: Format, data: bytes) -> None:
    with suppress(BadLink):
        kind.read(data)


@given(st.binary(max_size=100))
def test_few_files_are_taken_for_an_account(data: bytes):
    assert not looks(data) or data[0] == 0x14
