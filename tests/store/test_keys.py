from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tidebreak.errors import NotInstalled, UsageError
from tidebreak.store import keys


def test_a_created_key_is_private_and_loads(tmp_path: Path):
    path = tmp_path / "below" / "key"
    made = keys.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.load(path) == made


def test_keys_are_separate_and_of_32_bytes(tmp_path: Path):
    made = keys.create(tmp_path / "key")
    derived = [made.seal_key, made.vault_key, made.id_key]
    assert {len(key) for key in derived} == {32}
    assert len(set(derived)) == 3
    assert keys.create(tmp_path / "other").seal_key != made.seal_key


def test_keys_are_not_in_their_repr(tmp_path: Path):
    made = keys.create(tmp_path / "key")
    assert made.seal_key.hex() not in repr(made)
    assert repr(made.seal_key) not in repr(made)


def test_an_existing_key_is_never_overwritten(tmp_path: Path):
    path = tmp_path / "key"
    made = keys.create(path)
    with pytest.raises(UsageError, match="never overwritten"):
        keys.create(path)
    assert keys.load(path) == made


def test_a_missing_key_says_what_to_do(tmp_path: Path):
    with pytest.raises(NotInstalled, match="restore it"):
        keys.load(tmp_path / "key")


def test_a_key_that_others_may_read_is_refused(tmp_path: Path):
    path = tmp_path / "key"
    keys.create(path)
    path.chmod(0o640)
    with pytest.raises(NotInstalled, match="chmod 600"):
        keys.load(path)


@pytest.mark.parametrize("text", ["", "tidebreak-key-1 00", "0" * 64, "tidebreak-key-1 zz", "ä"])
def test_another_file_is_not_a_key(tmp_path: Path, text: str):
    path = tmp_path / "key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(NotInstalled):
        keys.load(path)
