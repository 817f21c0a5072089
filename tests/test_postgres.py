from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest
from psycopg.errors import RaiseException, UniqueViolation
from tests.postgres_server import Server

from tidebreak.errors import Busy, Damaged, NotInstalled, TidebreakError, UsageError
from tidebreak.postgres import PostgresSchema, has_schema
from tidebreak.sql import Kind

KIND = Kind(
    "box",
    ["CREATE TABLE thing (name TEXT PRIMARY KEY, value INTEGER, bytes BLOB, part REAL) STRICT;"],
)


@pytest.fixture
def box(postgres: Server) -> Iterator[PostgresSchema]:
    with closing(PostgresSchema(postgres.address, "box", KIND)) as made:
        yield made


@pytest.fixture
def other(box: PostgresSchema, postgres: Server) -> Iterator[PostgresSchema]:
    """The same store, as another replica has it."""
    with closing(PostgresSchema(postgres.address, "box", KIND)) as made:
        yield made


def put(box: PostgresSchema, name: str, value: int = 1) -> None:
    box.change(
        "INSERT INTO thing (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def got(box: PostgresSchema, name: str) -> object:
    row = box.row("SELECT value FROM thing WHERE name = ?", (name,))
    return row[0] if row else None


def test_values_come_back_as_they_went(box: PostgresSchema):
    rows = [
        ("a", 2**63 - 1, bytes(range(256)), 0.1),
        ("b", None, b"", -1e300),
        ("ü?%", -1, None, 3.0),
    ]
    with box.writing():
        box.change_many("INSERT INTO thing (name, value, bytes, part) VALUES (?, ?, ?, ?)", rows)
    assert box.rows("SELECT name, value, bytes, part FROM thing ORDER BY name") == rows
    for name, value, content, part in rows:
        with box.writing():
            found = box.row(
                "INSERT INTO thing (name, value, bytes, part) VALUES (?, ?, ?, ?)"
                " RETURNING name, value, bytes, part",
                (f"{name}+", value, content, part),
            )
        assert found == (f"{name}+", value, content, part)
    (total,) = box.row("SELECT sum(value) FROM thing WHERE value < 0") or (None,)
    assert (total, type(total)) == (-2, int)


def test_changes_are_counted(box: PostgresSchema):
    with box.writing():
        box.change_many("INSERT INTO thing (name) VALUES (?)", [("a",), ("b",)])
        assert box.change("UPDATE thing SET value = 1") == 2
        assert box.change("DELETE FROM thing WHERE name = ?", ("c",)) == 0
        box.change_many("UPDATE thing SET value = ? WHERE name = ?", [(5, "a"), (6, "b")])
    assert (got(box, "a"), got(box, "b")) == (5, 6)


def test_text_is_ordered_by_its_bytes(box: PostgresSchema):
    with box.writing():
        box.change_many("INSERT INTO thing (name) VALUES (?)", [("b",), ("B",), ("ä",), ("a",)])
    assert [name for (name,) in box.rows("SELECT name FROM thing ORDER BY name")] == list("Babä")


def test_steps_are_taken_once_in_order_and_whole(postgres: Server):
    first = "CREATE TABLE one (a TEXT) STRICT;\n-- why;\nINSERT INTO one VALUES ('a;b');\n"
    for _ in range(2):
        with closing(PostgresSchema(postgres.address, "box", Kind("box", [first]))) as box:
            assert box.rows("SELECT a FROM one") == [("a;b",)]
    bad = Kind("box", [first, "CREATE TABLE two (a TEXT);\nbad;"])
    with pytest.raises(psycopg.errors.SyntaxError):
        PostgresSchema(postgres.address, "box", bad)
    good = Kind("box", [first, "CREATE TABLE two (a TEXT);"])
    with closing(PostgresSchema(postgres.address, "box", good)) as box:
        assert box.rows("SELECT a FROM two") == []
        assert box.rows("SELECT a FROM one") == [("a;b",)]
    with pytest.raises(NotInstalled, match="newer"):
        PostgresSchema(postgres.address, "box", Kind("box", [first]))


def test_replicas_that_start_at_once_make_one_store(postgres: Server):
    def start() -> None:
        try:
            PostgresSchema(postgres.address, "box", KIND).close()
        except BaseException as error:
            failed.append(error)

    failed: list[BaseException] = []
    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert postgres.ask("SELECT steps FROM tidebreak_box.tidebreak_store") == [(1,)]


def test_whether_a_store_is_there(postgres: Server, box: PostgresSchema):
    assert has_schema(postgres.address, "box")
    assert not has_schema(postgres.address, "other")


def test_writing_happens_together_or_not_at_all(box: PostgresSchema):
    with contextlib.suppress(ZeroDivisionError), box.writing():
        put(box, "a")
        raise ZeroDivisionError
    assert got(box, "a") is None
    with box.writing():
        put(box, "a")
        put(box, "a", 2)
    assert got(box, "a") == 2


def test_one_writer_at_a_time(box: PostgresSchema, other: PostgresSchema, impatient):
    with box.writing():
        put(box, "a")
        assert got(other, "a") is None
        with pytest.raises(Busy, match="try again"), other.writing():
            pass
    with other.writing():
        assert got(other, "a") == 1


def test_other_threads_read_while_one_writes(box: PostgresSchema):
    seen: list[object] = []
    with box.writing():
        put(box, "a")
        thread = threading.Thread(target=lambda: seen.append(got(box, "a")))
        thread.start()
        thread.join(5)
        assert seen == [None]
        assert got(box, "a") == 1


def test_a_transaction_in_a_transaction_is_a_mistake(box: PostgresSchema):
    with pytest.raises(RuntimeError, match="inside"), box.writing(), box.reading():
        pass
    with box.writing():
        put(box, "a")


def test_reading_sees_one_state(box: PostgresSchema, other: PostgresSchema):
    with box.reading():
        assert got(box, "a") is None
        with other.writing():
            put(other, "a")
        assert got(box, "a") is None
    assert got(box, "a") == 1


def test_reading_is_no_writing(box: PostgresSchema):
    with pytest.raises(TidebreakError, match="does not allow"), box.reading():
        put(box, "a")


def test_the_version_changes_with_every_write(box: PostgresSchema, other: PostgresSchema):
    seen = [box.version()]
    assert box.version() == seen[0]
    for writer in (other, box):
        with writer.writing():
            put(writer, "a", len(seen))
            assert writer is other or box.version() not in seen
        assert box.version() == box.version()
        seen.append(box.version())
    assert len(set(seen)) == 3
    with pytest.raises(ZeroDivisionError), other.writing():
        raise ZeroDivisionError
    assert box.version() == seen[-1]


def test_a_stream_is_of_one_state_and_may_be_left_behind(box: PostgresSchema, postgres: Server):
    with box.writing():
        box.change_many(
            "INSERT INTO thing (name, value) VALUES (?, ?)", ((f"n{n}", n) for n in range(3000))
        )
        assert sum(1 for _ in box.stream("SELECT name FROM thing")) == 3000
    rows = box.stream("SELECT value FROM thing ORDER BY value")
    assert next(rows) == (0,)
    with box.writing():
        box.change("DELETE FROM thing WHERE value > 0")
    assert sum(1 for _ in rows) == 2999
    left = box.stream("SELECT value FROM thing")
    next(left)
    box.close()
    left.close()
    states = postgres.ask("SELECT count(*) FROM pg_stat_activity WHERE state ~ 'in transaction'")
    assert states == [(0,)]


def test_a_kill_in_a_transaction_leaves_what_was_there(box: PostgresSchema, postgres: Server):
    with box.writing():
        put(box, "a", 7)
    program = f"""
import os, signal, sys
from tidebreak.postgres import PostgresSchema
from tidebreak.sql import Kind
box = PostgresSchema(sys.argv[1], "box", Kind("box", {list(KIND.steps)!r}))
with box.writing():
    box.change("UPDATE thing SET value = 8")
    box.change_many("INSERT INTO thing (name) VALUES (?)", ((f"b{{n}}",) for n in range(50_000)))
    print("written", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", program, postgres.address]
    killed = subprocess.run(command, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    assert killed.stdout == b"written\n"
    with box.writing():  # nobody holds the lock any more
        assert box.rows("SELECT name, value FROM thing") == [("a", 7)]


def test_a_restart_of_the_server_under_load(box: PostgresSchema, postgres: Server):
    """Reads go on by themselves; a transaction says what became of it; the next one works."""
    with box.writing():
        put(box, "a", 0)
    stop, failures, reads, writes = threading.Event(), [], [], []

    def read() -> None:
        while not stop.is_set():
            try:
                reads.append(got(box, "a"))
            except TidebreakError as error:  # while the server is away altogether
                failures.append(str(error))
                time.sleep(0.01)

    def write() -> None:
        number = 0
        while not stop.is_set():
            try:
                with box.writing():
                    put(box, "a", number + 1)
                number += 1
                writes.append(number)
            except TidebreakError as error:
                failures.append(str(error))
                time.sleep(0.01)
                if "look whether" in str(error):
                    number = int(str(got(box, "a") or 0)) if _up(box) else number

    threads = [threading.Thread(target=read), threading.Thread(target=write)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    postgres.stop("immediate")
    time.sleep(0.2)
    before = len(reads), len(writes)
    postgres.start()
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert len(reads) > before[0]
    assert len(writes) > before[1]
    assert all("does not answer" in text or "went away" in text for text in failures)
    assert reads == sorted(reads)  # what was committed stayed


def _up(box: PostgresSchema) -> bool:
    try:
        return box.row("SELECT 1") == (1,)
    except TidebreakError:
        return False


def test_a_read_does_not_notice_that_its_connection_was_lost(box: PostgresSchema, postgres: Server):
    with box.writing():
        put(box, "a")
    assert got(box, "a") == 1
    _end_all(postgres)
    assert got(box, "a") == 1
    with box.writing():
        put(box, "a", 2)
    assert got(box, "a") == 2


def test_a_transaction_that_loses_its_connection_changed_nothing(
    box: PostgresSchema, postgres: Server
):
    def lose(*after: str) -> None:
        with box.writing():
            put(box, "a")
            _end_all(postgres)
            for name in after:
                put(box, name)

    with pytest.raises(TidebreakError, match="nothing was changed"):
        lose("b")
    with pytest.raises(TidebreakError, match="look whether"):
        lose()
    assert box.rows("SELECT name FROM thing") == []


def _end_all(server: Server) -> None:
    server.ask(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = 'tidebreak'"
    )


def test_rows_that_are_kept_are_never_changed(postgres: Server, box: PostgresSchema):
    with closing(PostgresSchema(postgres.address, "kept", replace(KIND, kept=["thing"]))) as kept:
        with kept.writing():
            kept.change("INSERT INTO thing (name, value) VALUES ('a', 1)")
        for sql in ("UPDATE thing SET value = 2", "DELETE FROM thing", "TRUNCATE thing"):
            with pytest.raises(RaiseException, match="rows of thing are never"), kept.writing():
                kept.change(sql)
        assert got(kept, "a") == 1


def test_what_a_caller_did_wrong_stays_as_it_is(box: PostgresSchema):
    with box.writing():
        put(box, "a")
    with pytest.raises(UniqueViolation), box.writing():
        box.change("INSERT INTO thing (name) VALUES ('a')")
    for text in ("\udcff", "a\0b"):
        with pytest.raises(UsageError, match="correct what you gave"), box.writing():
            put(box, text)
    with pytest.raises(UsageError, match="does not fit"), box.writing():
        put(box, "b", 2**63)


def test_a_store_that_lost_a_table_is_damaged(box: PostgresSchema, postgres: Server):
    postgres.ask("DROP TABLE tidebreak_box.thing")
    with pytest.raises(Damaged, match="box in the database is not intact"):
        got(box, "a")
