from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.errors import Damaged, UsageError
from tidebreak.gates.keeping import Keeper, kept_in, open_kept
from tidebreak.model import Level, State
from tidebreak.screens import Action, Decision, Origin, Screened
from tidebreak.spool import Spool
from tidebreak.store.vault import Vault

VAULT = Vault(bytes(range(32)))
MIB = 1 << 20


def screened(name: str, at: str = "2026-01-01T00:00:00Z") -> Screened:
    decision = Decision(Action.BLOCK, "rule", "why")
    origin = Origin(client="clamd")
    return Screened(name, at, origin, State.MATCHED, Level.EXACT, decision, (), "7")


def keep(folder: Path, name: str, data: bytes, at: str = "2026-01-01T00:00:00Z") -> Path:
    with Spool(folder / "spool", len(data)) as content:
        content.write(data)
        Keeper(folder / "kept", VAULT).keep(content, screened(name, at))
    return folder / "kept" / f"{name}.kept"


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB])
def test_what_was_kept_comes_back_and_is_readable_by_nobody_else(tmp_path: Path, size: int):
    data = os.urandom(size)
    path = keep(tmp_path, "one", data)
    assert b"".join(open_kept(path, VAULT)) == data
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert size < 16 or data[:16] not in path.read_bytes()


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_no_byte_can_be_changed_and_no_end_cut_off(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("kept")
    path = keep(folder, "one", b"benign" * 180_000)
    sealed = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(sealed) - 1))
    if data.draw(st.booleans()):
        sealed[place] ^= data.draw(st.integers(1, 255))
    else:
        del sealed[place:]
    path.write_bytes(sealed)
    with pytest.raises(Damaged):
        list(open_kept(path, VAULT))


def test_a_copy_stands_for_its_own_screening_only(tmp_path: Path):
    path = keep(tmp_path, "one", b"benign")
    with pytest.raises(Damaged):
        list(open_kept(path.rename(path.with_name("two.kept")), VAULT))


def test_what_is_kept_is_never_overwritten(tmp_path: Path):
    path = keep(tmp_path, "one", b"benign")
    keep(tmp_path, "one", b"something else")
    assert b"".join(open_kept(path, VAULT)) == b"benign"


def test_a_list_has_what_is_kept_in_the_order_of_time_and_nothing_else(tmp_path: Path):
    keep(tmp_path, "b", b"benign", "2026-01-02T00:00:00Z")
    keep(tmp_path, "a", b"benign!", "2026-01-03T00:00:00Z")
    (tmp_path / "kept" / "stray.kept").write_bytes(b"\xff\n")
    (tmp_path / "kept" / "notes").write_text("mine")
    found = kept_in(tmp_path / "kept")
    assert [(each.screening, each.gate, each.size) for each in found] == [
        ("b", "clamd", 6), ("a", "clamd", 7),
    ]  # fmt: skip


def test_a_folder_that_others_may_reach_is_refused(tmp_path: Path):
    (tmp_path / "kept").mkdir(mode=0o755)
    with pytest.raises(UsageError, match="chmod 700"):
        Keeper(tmp_path / "kept", VAULT)


def test_a_name_that_is_none_is_refused(tmp_path: Path):
    with pytest.raises(UsageError):
        keep(tmp_path, "../one", b"benign")
