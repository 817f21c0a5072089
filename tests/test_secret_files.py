from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak import secret_files
from tidebreak.errors import NotInstalled, UsageError

HEADER = "test-key-1 "


def load(path: Path) -> bytes:
    return secret_files.read_key(path, HEADER, "a test", "make one")


def test_a_key_is_private_from_the_start_and_reads_back(tmp_path: Path):
    path = tmp_path / "below" / "key"
    key = secret_files.make_key(path, HEADER)
    assert path.read_text() == f"test-key-1 {key.hex()}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert load(path) == key != secret_files.make_key(tmp_path / "other", HEADER)


def test_nothing_is_overwritten(tmp_path: Path):
    secret_files.write_new(tmp_path / "a", "first")
    with pytest.raises(FileExistsError):
        secret_files.write_new(tmp_path / "a", "second")
    assert (tmp_path / "a").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610, 0o644])
def test_what_others_may_read_or_change_is_refused(tmp_path: Path, mode: int):
    secret_files.write_new(tmp_path / "a", "word")
    (tmp_path / "a").chmod(mode)
    with pytest.raises(UsageError, match=r"Others may read the token file .*chmod 600") as caught:
        secret_files.read(tmp_path / "a", "token file", "get another", UsageError)
    assert "word" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_what_is_its_owners_alone_is_read(tmp_path: Path, mode: int):
    secret_files.write_new(tmp_path / "a", "w\u00f6rd\n")
    (tmp_path / "a").chmod(mode)
    assert secret_files.read(tmp_path / "a", "token file", "get another") == "w\u00f6rd\n"


def test_what_is_missing_or_unreadable_says_what_to_do(tmp_path: Path):
    with pytest.raises(NotInstalled, match=r"The key file .*none is missing; make one\.$"):
        load(tmp_path / "none")
    with pytest.raises(NotInstalled, match=r"cannot be read \(IsADirectoryError\); make one\.$"):
        load(tmp_path)
    (tmp_path / "a").write_bytes(b"\xff\xfe word")
    (tmp_path / "a").chmod(0o600)
    with pytest.raises(NotInstalled, match=r"cannot be read \(UnicodeDecodeError\)") as caught:
        load(tmp_path / "a")
    assert "word" not in str(caught.value)


KEYS = st.binary(min_size=32, max_size=32)
OTHERS = st.one_of(
    st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace").decode()),
    st.binary(max_size=40).filter(lambda key: len(key) != 32).map(
        lambda key: secret_files.key_text(HEADER, key)
    ),
    KEYS.map(lambda key: secret_files.key_text("other-key-1 ", key)),
)  # fmt: skip


@given(OTHERS)
def test_another_text_is_no_key(tmp_path_factory: pytest.TempPathFactory, text: str):
    path = tmp_path_factory.mktemp("key") / "key"
    secret_files.write_new(path, text)
    with pytest.raises(NotInstalled, match="is not the key of a test"):
        load(path)


@given(KEYS)
def test_any_key_reads_back(tmp_path_factory: pytest.TempPathFactory, key: bytes):
    path = tmp_path_factory.mktemp("key") / "key"
    secret_files.write_new(path, secret_files.key_text(HEADER, key))
    assert load(path) == key
