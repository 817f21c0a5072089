from __future__ import annotations

from pathlib import Path

import pytest

from tidebreak.errors import BadLink
from tidebreak.links.stores.preferences_dat import looks, read

MARKED = bytes([1, 2, 3, 4, 5, 14, 7, 8, 9, 10, 11, 12, 13, 14, 111, 16])


def test_what_an_amule_once_wrote_is_the_account_as_others_see_it(kept: Path):
    data = (kept / "preferences.dat").read_bytes()
    store = read(data)
    assert (store.program, store.items) == ("aMule", ())
    assert store.account is not None
    # Written before the program sets these two bytes, which it does at every start.
    assert (store.account[5], store.account[14]) == (14, 111)
    others = [at for at in range(16) if at not in (5, 14)]
    assert [store.account[at] for at in others] == [data[1 + at] for at in others]


def test_a_file_that_was_saved_again_is_recognised():
    assert looks(b"\x14" + MARKED)
    assert read(b"\x14" + MARKED).account == MARKED


def test_emule_adds_the_place_of_its_window():
    data = b"\x14" + bytes(16) + b"\x2c\0\0\0" + bytes(40)
    assert looks(data)
    assert read(data).program == "eMule"


@pytest.mark.parametrize("data", [b"", b"\x14", b"\x15" + MARKED, b"\x14" + MARKED + b"\0"])
def test_what_is_none_is_refused(data: bytes):
    assert not looks(data)
    with pytest.raises(BadLink):
        read(data)


def test_seventeen_bytes_alone_are_no_proof():
    assert not looks(b"\x14" + bytes(16))
