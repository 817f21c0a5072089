from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from tests.screening.rig import Rig, run

from tidebreak.screening.writer import NotKept, Writer, Written
from tidebreak.sqlite import SqliteFile

ROW = ("2026-01-01T05:06:07", "c", "public", "", "", "clear", "none", "allow", "", "", "", "", "",
       "1.1", 0, "", "[]", 0, 0)  # fmt: skip
"""All columns of a screening but its id."""


def written(id: str) -> Written:
    told, observed = (id, 0, b"pair"), (id, 0, 1, b"", 1, "x", b"", b"", b"", "", b"", 0)
    return Written(((id, *ROW),), (told,), (observed,))


def count(rig: Rig, table: str = "screening") -> int:
    row = rig.sql.row(f"SELECT count(*) FROM {table}")
    return row[0] if row else 0


def test_many_at_once_are_each_kept_when_told(rig: Rig):
    async def keep(number: int) -> int:
        await rig.writer.keep(written(f"{number}"))
        return count(rig)

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(keep(number) for number in range(200)))

    run(all_of_them())
    assert [count(rig, table) for table in ("screening", "told", "observation")] == [200] * 3
    assert rig.sql.rows("SELECT hour, client, number FROM tally") == [("2026-01-01T05", "c", 200)]


def test_what_waits_together_is_one_transaction(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    begun: list[int] = []
    writing = SqliteFile.writing

    def counted(self: SqliteFile):
        begun.append(1)
        return writing(self)

    monkeypatch.setattr(SqliteFile, "writing", counted)

    async def all_of_them() -> None:
        with rig.sql._turn:
            waiting = [asyncio.ensure_future(rig.writer.keep(written(f"{n}"))) for n in range(50)]
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)

    run(all_of_them())
    assert len(begun) < 25


def test_one_that_cannot_be_written_costs_the_others_nothing(rig: Rig):
    async def both() -> list[BaseException | None]:
        same = (rig.writer.keep(written("1")) for _ in range(3))
        return await asyncio.gather(*same, rig.writer.keep(written("2")), return_exceptions=True)

    found = run(both())
    assert sorted(type(one).__name__ for one in found) == ["NoneType"] * 2 + ["NotKept"] * 2
    assert count(rig) == 2


def test_a_full_disk_is_told_and_loses_nothing(rig: Rig):
    rig.writer.keep_now(written("0"))
    connection = rig.writer._sql._connection  # type: ignore[attr-defined]
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite says then that it is full
    kept = ["0"]
    for number in range(1, 60):
        with suppress(NotKept):
            rig.writer.keep_now(written(f"{number}"))
            kept.append(f"{number}")
    assert len(kept) < 60
    assert "full" in rig.writer.failure
    found = [row[0] for row in rig.sql.rows("SELECT id FROM screening ORDER BY length(id), id")]
    assert found == kept
    assert count(rig, "observation") == count(rig, "told") == len(kept)
    connection.execute("PRAGMA max_page_count = 100000")
    rig.writer.keep_now(written("again"))
    assert rig.writer.failure == ""


def test_stopping_writes_what_waits(rig: Rig):
    writer = Writer(rig.store())
    threads = [threading.Thread(target=writer.keep_now, args=(written(f"{n}"),)) for n in range(9)]
    for thread in threads:
        thread.start()
    writer.start()
    for thread in threads:
        thread.join()
    writer.stop()
    assert count(rig) == 9


def test_a_cancelled_wait_leaves_the_whole_of_it_or_nothing(rig: Rig):
    async def cancelled() -> None:
        task = asyncio.ensure_future(rig.writer.keep(written("1")))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await rig.writer.keep(written("2"))

    run(cancelled())
    assert count(rig) == count(rig, "told") == count(rig, "observation")


_KILLED = """
import sys
from pathlib import Path
from tests.screening.test_writer import written
from tidebreak.screening.writer import Writer
from tidebreak.store.stores import Stores
writer = Writer(Stores(Path(sys.argv[1])).open("screenings", "tidebreak.screening"))
writer.start()
for number in range(100000):
    writer.keep_now(written(f"{number}"))
    print(number, flush=True)
"""


def test_what_was_told_is_there_after_a_kill_and_the_rest_is_whole(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _ in range(50):
        assert process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    told = 50 + len(process.stdout.read().splitlines())
    process.wait()
    process.stdout.close()
    connection = sqlite3.connect(tmp_path / "screenings.db")
    ids = {row[0] for row in connection.execute("SELECT id FROM screening")}
    assert {str(number) for number in range(told)} <= ids
    assert len(ids) <= told + 1
    for table in ("told", "observation"):
        rows = connection.execute(f"SELECT screening_id FROM {table}").fetchall()
        assert {row[0] for row in rows} == ids
    connection.close()
