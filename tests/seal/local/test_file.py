from __future__ import annotations

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.seal.local_helper import terms

from tidebreak.errors import Damaged, NotInstalled, UsageError
from tidebreak.seal import filter as sets
from tidebreak.seal.local.file import (
    digests_of,
    key_text,
    load_key,
    pack,
    read,
    unpack,
    write_new,
)
from tidebreak.seal.local.hardening import Cost

KEY = bytes(range(32))
SET = sets.build(np.arange(1, 1 << 62, 1 << 56, dtype=np.uint64))


@pytest.mark.parametrize("days", [0, 1, 3650])
def test_a_store_comes_back_on_its_terms(days):
    on = terms(Cost(4096, 17), days, 5)
    again, digests = unpack(pack(on, SET, KEY), KEY)
    assert again == on
    assert digests.values.tolist() == SET.values.tolist()
    assert on.version == on.issued.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_expiry():
    on = terms(days=1)
    assert not on.expired(on.issued)
    assert on.expired(on.expires)
    assert not replace(on, expires=None).expired(on.issued + timedelta(days=99999))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nothing_that_was_changed_is_read(data):
    whole = pack(terms(), SET, KEY)
    place = data.draw(st.integers(0, len(whole) - 1))
    change = data.draw(st.integers(1, 255))
    broken = whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :]
    for each in (broken, whole[:place], whole + b"\0"):
        with pytest.raises(Damaged):
            unpack(each, KEY)


def test_another_key_opens_nothing():
    with pytest.raises(Damaged, match="does not belong to this key"):
        unpack(pack(terms(), SET, KEY), bytes(32))


def test_digests_are_had_without_the_key():
    assert len(digests_of(pack(terms(), SET, KEY))) == len(SET)
    assert len(digests_of(SET.to_bytes())) == len(SET)
    assert len(digests_of(bytes(17 + 32 + 32) + SET.to_bytes())) == len(SET)
    for data in (b"", b"TIDESTO1", b"TIDESET1", b"x" * 500):
        with pytest.raises(Damaged):
            digests_of(data)


def test_a_copy_says_neither_whose_it_is_nor_its_key():
    on = terms()
    assert KEY not in pack(on, SET, KEY)
    assert KEY.hex().encode() not in pack(on, SET, KEY)


def test_files_are_new_private_and_whole(tmp_path: Path):
    write_new(tmp_path / "a", b"first")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="never overwritten"):
        write_new(tmp_path / "a", b"second")
    assert read(tmp_path / "a") == b"first"
    with pytest.raises(UsageError, match="cannot be written"):
        write_new(tmp_path / "none" / "a", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "b")


def test_keys(tmp_path: Path):
    path = tmp_path / "key"
    write_new(path, key_text(KEY))
    assert load_key(path) == KEY
    path.chmod(0o640)
    with pytest.raises(NotInstalled, match="chmod 600"):
        load_key(path)
    path.chmod(0o600)
    for text in ("", "\u00ff", f"{KEY.hex()}", "tidebreak-store-key-1 zz"):
        path.write_text(text)
        with pytest.raises(NotInstalled, match="not the key of a store"):
            load_key(path)
    with pytest.raises(NotInstalled, match="is missing"):
        load_key(tmp_path / "none")
