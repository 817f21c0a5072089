from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from pathlib import Path

import pytest
from tests.backends import BOTH

from tidebreak.backups.make import backup
from tidebreak.errors import NotInstalled, TidebreakError, UsageError

BACKENDS = BOTH


def test_a_backup_is_files_that_sqlite_itself_reads(made, tmp_path: Path):
    told = backup(made.home, tmp_path / "b.zip")
    assert (told.stores, told.others) == (("observations", "lists", "audit"), 3)
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        archive.extractall(tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "backup.json").read_text())
    assert manifest["stores"] == {"observations": 3, "lists": 3, "audit": 1}
    head = made.audit.head()
    assert (manifest["audit_number"], manifest["audit_hash"]) == (head.number, head.hash)
    lists = sqlite3.connect(tmp_path / "out" / "stores" / "lists.db")
    assert lists.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert lists.execute("PRAGMA foreign_key_check").fetchall() == []
    assert lists.execute("SELECT count(*), count(withdrawn_at) FROM entry").fetchall() == [(50, 1)]
    assert lists.execute("SELECT strict FROM pragma_table_list WHERE name = 'meta'").fetchone() == (
        1,
    )
    lists.close()
    audit = sqlite3.connect(tmp_path / "out" / "stores" / "audit.db")
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        audit.execute("DELETE FROM event")
    audit.close()
    kept = tmp_path / "out" / "home" / "descriptors" / "model.onnx"
    assert kept.read_bytes() == bytes(range(256))


def test_no_key_is_in_it_unless_it_is_copied_elsewhere(made, tmp_path: Path):
    (made.home / "seal").mkdir()
    key = tmp_path / "keys" / "key"
    (made.home / "seal" / "copy.key").write_bytes(key.read_bytes())
    backup(made.home, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        held = b"".join(archive.read(name) for name in archive.namelist())
    secret = key.read_bytes().split()[1]
    assert secret not in held
    assert bytes.fromhex(secret.decode()) not in held
    with pytest.raises(UsageError, match="protects nothing"):
        backup(made.home, tmp_path / "c.zip", tmp_path / "key-copy")
    told = backup(made.home, tmp_path / "c.zip", tmp_path / "safe" / "key")
    assert told.keys == (tmp_path / "safe" / "key",)
    assert (tmp_path / "safe" / "key").read_bytes() == key.read_bytes()


def test_into_a_folder_and_never_over_a_file(made, tmp_path: Path):
    (tmp_path / "backups").mkdir()
    told = backup(made.home, tmp_path / "backups")
    assert told.path.parent == tmp_path / "backups"
    assert list((tmp_path / "backups").iterdir()) == [told.path]
    with pytest.raises(UsageError, match="not overwritten"):
        backup(made.home, told.path)
    with pytest.raises(TidebreakError, match="cannot be written"):
        backup(made.home, tmp_path / "nowhere" / "b.zip")
    with pytest.raises(NotInstalled):
        backup(tmp_path / "nowhere", tmp_path / "b.zip")


def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(made, tmp_path: Path):
    """Another thread withdraws entries in pairs, each in one transaction, all the while."""
    stop = threading.Event()

    def write() -> None:
        number = 5
        while not stop.is_set() and number < 48:
            with made.database.writing():
                for one in (number, number + 1):
                    made.database.change(
                        "UPDATE entry SET withdrawn_at = ?, withdrawn_why = '' WHERE number = ?",
                        (str(number), one),
                    )
            number += 2

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(3):
            backup(made.home, tmp_path / f"{number}.zip")
    finally:
        stop.set()
        thread.join()
    for number in range(3):
        with zipfile.ZipFile(tmp_path / f"{number}.zip") as archive:
            archive.extract("stores/lists.db", tmp_path / str(number))
        lists = sqlite3.connect(tmp_path / str(number) / "stores" / "lists.db")
        halves = "SELECT withdrawn_at FROM entry WHERE number > 4 AND withdrawn_at IS NOT NULL"
        assert lists.execute(f"{halves} GROUP BY 1 HAVING count(*) != 2").fetchall() == []
        lists.close()
