from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tidebreak.errors import Busy, Damaged, NotInstalled, TidebreakError, UsageError
from tidebreak.store import database as module
from tidebreak.store import keys as key_store
from tidebreak.store.database import Database
from tidebreak.store.keys import Keys


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return key_store.create(tmp_path / "key")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "tidebreak.db"


def test_a_new_store_is_private_and_safe(path: Path, keys: Keys):
    made = Database.create(path, keys)
    assert path.stat().st_mode & 0o077 == 0
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1, "trusted_schema": 0}
    assert {name: made.row(f"PRAGMA {name}")[0] for name in wanted} == wanted
    made.close()


def test_every_table_is_strict(path: Path, keys: Keys):
    made = Database.create(path, keys)
    tables = made.rows("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
    assert {name for name, strict in tables if not strict} == {"sqlite_schema"}
    made.close()


def test_opening_needs_a_store_and_its_key(path: Path, keys: Keys, tmp_path: Path):
    with pytest.raises(NotInstalled, match="tidebreak init"):
        Database.open(path, keys)
    Database.create(path, keys).close()
    Database.open(path, keys).close()
    with pytest.raises(NotInstalled, match="key does not belong"):
        Database.open(path, key_store.create(tmp_path / "other"))


def test_something_else_is_damaged(path: Path, keys: Keys):
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(Damaged):
        Database.open(path, keys)


def test_a_store_of_a_newer_version_is_refused(path: Path, keys: Keys):
    Database.create(path, keys).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(NotInstalled, match="newer"):
        Database.open(path, keys)


def test_migrations_run_once_in_order_and_whole(path: Path, keys: Keys, monkeypatch):
    first = ["CREATE TABLE one (a TEXT) STRICT;\n-- why;\nINSERT INTO one VALUES ('a;b');\n"]
    meta = "CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;"
    monkeypatch.setattr(module, "_migrations", lambda: [meta, *first])
    made = Database.create(path, keys)
    assert made.rows("SELECT a FROM one") == [("a;b",)]
    made.close()
    monkeypatch.setattr(
        module, "_migrations", lambda: [meta, *first, "CREATE TABLE two (a);\nbad;"]
    )
    with pytest.raises(Damaged, match="syntax error"):
        Database.open(path, keys)
    monkeypatch.setattr(module, "_migrations", lambda: [meta, *first, "CREATE TABLE two (a);"])
    made = Database.open(path, keys)
    assert made.rows("SELECT * FROM two") == []
    assert made.rows("SELECT a FROM one") == [("a;b",)]
    made.close()


def test_writing_happens_together_or_not_at_all(path: Path, keys: Keys):
    made = Database.create(path, keys)
    with contextlib.suppress(ZeroDivisionError), made.writing():
        made.set_meta("a", 1)
        raise ZeroDivisionError
    assert made.meta("a") is None
    with made.writing():
        made.set_meta("a", 1)
        made.set_meta("a", b"2")
    assert made.meta("a") == b"2"
    made.close()


def test_one_writer_at_a_time(path: Path, keys: Keys, monkeypatch):
    monkeypatch.setattr(module, "_WAIT_SECONDS", 0.05)
    one, two = Database.create(path, keys), Database.open(path, keys)
    with one.writing():
        one.set_meta("a", 1)
        assert two.meta("a") is None
        with pytest.raises(Busy, match="try again"), two.writing():
            pass
    assert two.meta("a") == 1
    one.close()
    two.close()


def test_reading_sees_one_state(path: Path, keys: Keys):
    one, two = Database.create(path, keys), Database.open(path, keys)
    with one.reading():
        assert one.meta("a") is None
        with two.writing():
            two.set_meta("a", 1)
        assert one.meta("a") is None
    assert one.meta("a") == 1
    one.close()
    two.close()


def test_the_version_changes_with_every_write(path: Path, keys: Keys):
    one, two = Database.create(path, keys), Database.open(path, keys)
    before = one.version()
    assert one.version() == before
    with two.writing():
        two.set_meta("a", 1)
    between = one.version()
    with one.writing():
        one.set_meta("a", 2)
    assert len({before, between, one.version()}) == 3
    one.close()
    two.close()


def test_a_full_disk_changes_nothing_and_says_so(path: Path, keys: Keys):
    made = Database.create(path, keys)
    pages = made.row("PRAGMA page_count")[0]
    made.row(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(TidebreakError, match="full"), made.writing():
        made.change_many("INSERT INTO meta VALUES (?, ?)", [("a", 1), ("b", bytes(1 << 20))])
    assert made.meta("a") is None
    with made.writing():
        made.set_meta("a", 1)
    assert made.meta("a") == 1
    made.close()


def test_a_kill_in_a_transaction_leaves_what_was_there(path: Path, keys: Keys, tmp_path: Path):
    made = Database.create(path, keys)
    with made.writing():
        made.set_meta("a", "before")
    made.close()
    program = """
import os, signal, sys
from pathlib import Path
from tidebreak.store import keys
from tidebreak.store.database import Database
made = Database.open(Path(sys.argv[1]), keys.load(Path(sys.argv[2])))
with made.writing():
    made.set_meta("a", "after")
    for number in range(1500):
        made.set_meta(f"b{number}", os.urandom(100_000))
        if number == 1400:
            os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run(
        [sys.executable, "-c", program, str(path), str(tmp_path / "key")], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert path.with_name("tidebreak.db-wal").stat().st_size > 10_000_000  # it had been writing
    made = Database.open(path, keys)
    assert made.meta("a") == "before"
    assert made.row("PRAGMA integrity_check") == ("ok",)
    assert made.row("SELECT count(*) FROM meta WHERE name LIKE 'b%'") == (0,)
    made.close()


def test_tidying_frees_the_journal(path: Path, keys: Keys):
    made = Database.create(path, keys)
    with made.writing():
        made.set_meta("a", bytes(1 << 20))
    made.tidy()
    assert path.with_name("tidebreak.db-wal").stat().st_size == 0
    assert len(made.meta("a")) == 1 << 20
    made.close()


def test_a_store_that_cannot_be_opened_or_written_is_one_sentence(tmp_path, monkeypatch):
    keys = key_store.create(tmp_path / "key")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(TidebreakError, match="permissions"):
        Database.open(tmp_path / "folder.db", keys)
    database = Database.create(tmp_path / "store.db", keys)
    database._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(TidebreakError, match="permissions"), database.writing():
        database.set_meta("name", 1)
    database.close()


def test_text_that_is_no_unicode_is_refused(tmp_path):
    database = Database.create(tmp_path / "store.db", key_store.create(tmp_path / "key"))
    with pytest.raises(UsageError, match="UTF-8"), database.writing():
        database.set_meta("name", "\udcff")
    assert database.meta("name") is None
    database.close()


@pytest.mark.parametrize("harm", ["format", "schema"])
def test_a_store_whose_head_or_schema_is_damaged_is_said(path: Path, keys: Keys, harm: str):
    made = Database.create(path, keys)
    if harm == "schema":
        made._connection.execute("DROP TABLE meta")
    made.tidy()
    made.close()
    if harm == "format":
        whole = path.read_bytes()
        path.write_bytes(whole[:47] + b"\xff" + whole[48:])  # the schema format number
    with pytest.raises(Damaged, match="restore it"):
        Database.open(path, keys)
