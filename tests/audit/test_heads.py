from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tidebreak.audit import heads
from tidebreak.audit.log import AuditLog, Head
from tidebreak.audit.signing import Checker, SignedHead, Signer
from tidebreak.errors import TidebreakError, UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "heads"


@pytest.fixture
def kept(filled: AuditLog, signer: Signer, folder: Path) -> AuditLog:
    """A log of seven, with heads of five and seven."""
    heads.sign_into(folder, filled, signer)
    filled.append("look", "ann", "more")
    filled.append("look", "ann", "more")
    heads.sign_into(folder, filled, signer)
    return filled


def rewrite(path: Path, keep: int) -> None:
    """What somebody would do who owns the machine: write the log anew from a record on."""
    connection = sqlite3.connect(path)
    connection.executescript(
        "DROP TRIGGER IF EXISTS event_kept; DROP TRIGGER IF EXISTS event_fixed;"
        f"DELETE FROM event WHERE seq > {keep};"
    )
    connection.close()
    log = AuditLog(path)
    for _ in range(9):
        log.append("look", "ann", "nothing happened")
    log.close()


def test_all_is_well(kept: AuditLog, signer: Signer, folder: Path):
    found = heads.verify(kept, folder, Checker.of(signer.public))
    assert found.intact
    assert (found.chain.events, found.heads, found.newest, found.end) == (7, 2, 7, kept.head())
    assert [path.name for path in heads.in_folder(folder)] == [
        "000000000005.head", "000000000007.head",
    ]  # fmt: skip


def test_a_log_written_anew_does_not_fit_the_heads(kept, signer, folder, tmp_path):
    rewrite(tmp_path / "audit.db", keep=5)
    log = AuditLog(tmp_path / "audit.db")
    assert log.verify().intact, "the chain alone cannot tell"
    found = heads.verify(log, folder, Checker.of(signer.public))
    assert not found.intact
    assert found.faults == ("000000000007.head: record 7 is another one now",)
    log.close()


def test_an_end_that_was_cut_off_shows(kept, signer, folder, tmp_path):
    connection = sqlite3.connect(tmp_path / "audit.db")
    connection.executescript("DROP TRIGGER IF EXISTS event_kept; DELETE FROM event WHERE seq > 6;")
    connection.close()
    found = heads.verify(kept, folder, Checker.of(signer.public))
    assert found.chain.intact
    assert found.faults == ("000000000007.head: the log ends before record 7",)


def test_heads_that_were_tampered_with_show(kept, signer, folder):
    checker = Checker.of(signer.public)
    (folder / "000000000007.head.sig").unlink()
    (folder / "junk.head").write_text("{}")
    found = heads.verify(kept, folder, checker)
    assert found.faults == (
        "000000000007.head: its signature does not hold", "junk.head: it is no head",
    )  # fmt: skip
    found = heads.verify(kept, folder, Checker.of(Signer(b"t" * 32).public))
    assert len(found.faults) == 3


def test_no_heads_at_all_are_a_fault(kept: AuditLog, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert not heads.verify(kept, tmp_path / "empty").intact
    with pytest.raises(UsageError, match="no folder"):
        heads.verify(kept, tmp_path / "nowhere")
    assert heads.verify(kept).intact
    assert not heads.verify(kept, noted=Head(3, "0" * 64)).intact


def test_a_head_is_kept_once_and_never_overwritten(kept, signer, folder):
    signed = signer.sign_last(kept)
    before = (folder / "000000000007.head").stat().st_mtime_ns
    assert heads.write(folder, signed) == folder / "000000000007.head"
    assert (folder / "000000000007.head").stat().st_mtime_ns == before
    other = SignedHead(signed.line.replace(b"hash", b"hush"), signed.signature)
    with pytest.raises(UsageError, match="never overwritten"):
        heads.write_as(folder / "000000000007.head", other)


def test_one_whose_writing_was_killed_is_finished(kept, signer, folder):
    (folder / "000000000007.head").unlink()
    assert heads.verify(kept, folder, Checker.of(signer.public)).intact
    heads.sign_into(folder, kept, signer)
    assert heads.verify(kept, folder, Checker.of(signer.public)).newest == 7


def test_stamps_are_checked_by_whoever_is_given(kept, folder):
    (folder / "000000000005.head.tsr").write_bytes(b"stamp")
    asked = []

    def check(line: bytes, response: bytes) -> None:
        asked.append((line, response))
        raise TidebreakError("not valid")

    found = heads.verify(kept, folder, None, check)
    assert asked == [((folder / "000000000005.head").read_bytes(), b"stamp")]
    assert found.faults == ("000000000005.head.tsr: not valid",)
    assert found.stamps == 1


def test_a_place_that_cannot_be_written_is_told(filled, signer, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(TidebreakError, match="cannot be written"):
        heads.sign_into(tmp_path / "file", filled, signer)
    assert heads.sign_into(tmp_path / "x", AuditLog(tmp_path / "empty.db"), signer) is None
