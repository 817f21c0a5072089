from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tidebreak import sqlite as module
from tidebreak.errors import Busy, Damaged, NotInstalled, TidebreakError, UsageError
from tidebreak.sqlite import Kind, SqliteFile, steps_in

KIND = Kind("box", ["CREATE TABLE thing (name TEXT PRIMARY KEY, value ANY) STRICT;"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "box.db"


@pytest.fixture
def box(path: Path) -> Iterator[SqliteFile]:
    made = SqliteFile(path, KIND)
    yield made
    made.close()


def put(box: SqliteFile, name: str, value: object = 1) -> None:
    box.change("INSERT OR REPLACE INTO thing VALUES (?, ?)", (name, value))


def got(box: SqliteFile, name: str) -> object:
    row = box.row("SELECT value FROM thing WHERE name = ?", (name,))
    return row[0] if row else None


def test_a_new_file_is_private_and_safe(box: SqliteFile, path: Path):
    assert path.stat().st_mode & 0o077 == 0
    wanted = {"journal_mode": "wal", "trusted_schema": 0, "user_version": 1}
    assert {name: box.rows(f"PRAGMA {name}")[0][0] for name in wanted} == wanted


def test_pragmas_are_set_before_and_after_the_file_begins(path: Path):
    kind = replace(KIND, first=["page_size = 8192"], pragmas=["foreign_keys = ON"])
    box = SqliteFile(path, kind)
    assert [box.row(f"PRAGMA {name}") for name in ("page_size", "foreign_keys")] == [(8192,), (1,)]
    box.close()


def test_steps_are_taken_once_in_order_and_whole(path: Path):
    first = "CREATE TABLE one (a TEXT) STRICT;\n-- why;\nINSERT INTO one VALUES ('a;b');\n"
    box = SqliteFile(path, Kind("box", [first]))
    assert box.rows("SELECT a FROM one") == [("a;b",)]
    box.close()
    with pytest.raises(Damaged, match="syntax error"):
        SqliteFile(path, Kind("box", [first, "CREATE TABLE two (a);\nbad;"]))
    box = SqliteFile(path, Kind("box", [first, "CREATE TABLE two (a);"]))
    assert box.rows("SELECT * FROM two") == []
    assert box.rows("SELECT a FROM one") == [("a;b",)]
    box.close()
    with pytest.raises(NotInstalled, match="newer"):
        SqliteFile(path, Kind("box", [first]))


def test_steps_are_read_in_the_order_of_their_names():
    first, *_ = steps_in("tidebreak.store", "migrations/lists")
    assert "CREATE TABLE list" in first
    for folder in ("lists", "observations"):
        box = sqlite3.connect(":memory:")
        for step in steps_in("tidebreak.store", f"migrations/{folder}"):
            box.executescript(step)
        box.close()


def test_writing_happens_together_or_not_at_all(box: SqliteFile):
    with contextlib.suppress(ZeroDivisionError), box.writing():
        put(box, "a")
        raise ZeroDivisionError
    assert got(box, "a") is None
    with box.writing():
        put(box, "a")
        put(box, "a", b"2")
    assert got(box, "a") == b"2"


def test_one_writer_at_a_time(box: SqliteFile, path: Path, monkeypatch):
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.05)
    other = SqliteFile(path, KIND)
    with box.writing():
        put(box, "a")
        assert got(other, "a") is None
        with pytest.raises(Busy, match="try again"), other.writing():
            pass
    assert got(other, "a") == 1
    other.close()


def test_reading_sees_one_state(box: SqliteFile, path: Path):
    other = SqliteFile(path, KIND)
    with box.reading():
        assert got(box, "a") is None
        with other.writing():
            put(other, "a")
        assert got(box, "a") is None
    assert got(box, "a") == 1
    other.close()


def test_the_version_changes_with_every_write(box: SqliteFile, path: Path):
    other = SqliteFile(path, KIND)
    before = box.version()
    assert box.version() == before
    with other.writing():
        put(other, "a")
    between = box.version()
    with box.writing():
        put(box, "a", 2)
    assert len({before, between, box.version()}) == 3
    other.close()


def test_a_full_disk_changes_nothing_and_says_so(box: SqliteFile):
    pages = box.rows("PRAGMA page_count")[0][0]
    box.row(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(TidebreakError, match="full"), box.writing():
        box.change_many("INSERT INTO thing VALUES (?, ?)", [("a", 1), ("b", bytes(1 << 20))])
    assert got(box, "a") is None
    with box.writing():
        put(box, "a")
    assert got(box, "a") == 1


def test_a_kill_in_a_transaction_leaves_what_was_there(box: SqliteFile, path: Path):
    with box.writing():
        put(box, "a", "before")
    program = f"""
import os, signal, sys
from pathlib import Path
from tidebreak.sqlite import Kind, SqliteFile
box = SqliteFile(Path(sys.argv[1]), Kind("box", {list(KIND.steps)!r}))
with box.writing():
    box.change("UPDATE thing SET value = 'after'")
    for number in range(1500):
        box.change("INSERT INTO thing VALUES (?, ?)", (f"b{{number}}", os.urandom(100_000)))
        if number == 1400:
            os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.with_name("box.db-wal").stat().st_size > 10_000_000  # it had been writing
    assert got(box, "a") == "before"
    assert box.row("PRAGMA integrity_check") == ("ok",)
    assert box.row("SELECT count(*) FROM thing") == (1,)


def test_tidying_frees_the_journal(box: SqliteFile, path: Path):
    with box.writing():
        put(box, "a", bytes(1 << 20))
    box.tidy()
    assert path.with_name("box.db-wal").stat().st_size == 0
    assert got(box, "a") == bytes(1 << 20)


def test_a_file_that_cannot_be_opened_or_written_is_one_sentence(box: SqliteFile, path: Path):
    (path.parent / "folder.db").mkdir()
    with pytest.raises(TidebreakError, match="permissions"):
        SqliteFile(path.parent / "folder.db", KIND)
    with pytest.raises(TidebreakError, match="permissions"):
        SqliteFile(path / "below a file", KIND)
    box.rows("PRAGMA query_only = ON")
    with pytest.raises(TidebreakError, match="permissions"), box.writing():
        put(box, "a")


def test_text_that_is_no_unicode_is_refused(box: SqliteFile):
    with pytest.raises(UsageError, match="UTF-8"), box.writing():
        put(box, "\udcff")
    assert box.rows("SELECT * FROM thing") == []


def test_what_a_caller_did_wrong_stays_as_it_is(box: SqliteFile):
    with box.writing():
        put(box, "a")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"), box.writing():
        box.change("INSERT INTO thing VALUES ('a', 2)")
    with pytest.raises(sqlite3.ProgrammingError):
        box.rows("SELECT ?", (1, 2))


def test_damage_is_said_by_reads_too(box: SqliteFile, path: Path):
    """Every page behind the first is overwritten while the file is open."""
    with box.writing():
        box.change_many(
            "INSERT INTO thing VALUES (?, ?)", [(f"n{n}", bytes(500)) for n in range(500)]
        )
    box.tidy()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    other = SqliteFile(path, KIND)
    for read in (
        lambda: other.rows("SELECT * FROM thing"),
        lambda: other.row("SELECT * FROM thing WHERE name = 'n300'"),
        lambda: list(other.stream("SELECT * FROM thing ORDER BY name")),
    ):
        with pytest.raises(Damaged, match=r"not an intact box .*; restore it"):
            read()
    other.close()


def test_damaged_text_is_read_where_that_is_asked_for(box: SqliteFile, path: Path):
    with box.writing():
        box.change("INSERT INTO thing VALUES ('a', CAST(x'61ff' AS TEXT))")
    with pytest.raises(Damaged):
        got(box, "a")
    other = SqliteFile(path, replace(KIND, lenient=True))
    assert got(other, "a") == "a\ufffd"
    other.close()


def test_a_stream_may_be_left_behind(box: SqliteFile, path: Path):
    with box.writing():
        box.change_many("INSERT INTO thing VALUES (?, ?)", [(f"n{n}", n) for n in range(10)])
    other = SqliteFile(path, KIND)
    rows = other.stream("SELECT value FROM thing ORDER BY value")
    assert next(rows) == (0,)
    other.close()
    rows.close()


def test_other_threads_read_while_one_writes(box: SqliteFile):
    """They see the state before, and nobody waits for anybody."""

    def read() -> None:
        seen.append((got(box, "a"), list(box.stream("SELECT name FROM thing")), box.version()))

    seen: list[tuple[object, list[object], tuple[int, int]]] = []
    before = box.version()
    with box.writing():
        put(box, "a")
        thread = threading.Thread(target=read)
        thread.start()
        thread.join(5)
        [(value, names, version)] = seen
        assert (value, names) == (None, [])
        assert (got(box, "a"), list(box.stream("SELECT name FROM thing"))) == (1, [("a",)])
    assert got(box, "a") == 1
    assert len({before, box.version()}) == 2
    assert version[0] == before[0]


def test_a_stream_is_of_one_state(box: SqliteFile):
    with box.writing():
        box.change_many("INSERT INTO thing VALUES (?, ?)", [(f"n{n}", n) for n in range(10)])
    rows = box.stream("SELECT value FROM thing ORDER BY value")
    assert next(rows) == (0,)
    with box.writing():
        assert box.change("DELETE FROM thing WHERE value > 4") == 5
    assert box.row("SELECT count(*) FROM thing") == (5,)
    assert len(list(rows)) == 9


def test_tidying_waits_for_nobody(box: SqliteFile, path: Path):
    other = SqliteFile(path, KIND)
    with box.writing():
        put(box, "a")
    with other.reading():
        assert got(other, "a") == 1
        with box.writing():
            put(box, "b")
        started = time.monotonic()
        box.tidy()
        assert time.monotonic() - started < module.WAIT_SECONDS / 2
    other.close()


def test_a_copy_is_of_one_state_whoever_writes(box: SqliteFile, tmp_path: Path):
    with box.writing():
        put(box, "a")
    with box.writing():
        put(box, "b")
        box.copy_to(tmp_path / "copy.db")
    copy = SqliteFile(tmp_path / "copy.db", KIND)
    assert copy.rows("SELECT name FROM thing") == [("a",)]
    copy.close()


def test_a_store_is_taken_as_it_is_where_that_is_asked_for(box: SqliteFile, path: Path):
    same = SqliteFile(path, Kind("box", (), as_it_is=True))
    assert same.rows("SELECT name FROM thing") == []
    same.close()


def test_rows_that_are_kept_are_never_changed(tmp_path: Path):
    kept = SqliteFile(tmp_path / "kept.db", replace(KIND, kept=["thing"]))
    with kept.writing():
        kept.change("INSERT INTO thing VALUES ('a', 1)")
    for sql in ("UPDATE thing SET value = 2", "DELETE FROM thing"):
        with pytest.raises(sqlite3.IntegrityError, match="never"), kept.writing():
            kept.change(sql)
    assert got(kept, "a") == 1
    kept.close()
