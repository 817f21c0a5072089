from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tidebreak.backups.stores import copy_into_schema, copy_out, in_order
from tidebreak.postgres import PostgresSchema, put_in_place
from tidebreak.sql import Kind
from tidebreak.store.stores import Stores

KIND = Kind(
    "box",
    [
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, up INTEGER REFERENCES parent (id) ON DELETE"
        " CASCADE, data BLOB, part REAL) STRICT;\n",
        "CREATE TABLE child (id INTEGER PRIMARY KEY, of INTEGER REFERENCES parent (id) ON DELETE"
        " CASCADE, note TEXT NOT NULL DEFAULT 'it''s') STRICT;\n"
        "CREATE VIEW orphans AS SELECT id FROM child WHERE of IS NULL;\n"
        "CREATE INDEX child_of ON child (of);\n",
        "ALTER TABLE parent ADD COLUMN name TEXT NOT NULL DEFAULT '';\n"
        "ALTER TABLE parent RENAME TO above;\n",
    ],
    kept=["child"],
)
BEFORE = Kind("box", KIND.steps[:2], kept=["child"])
ABOVE = [(1, None, b"\0\xff", 0.5, "é"), (2, 1, None, None, "")]
BELOW = [(5, 2, "x"), (9, None, "y")]


def fill(store: object, above: str = "above", columns: str = "id, up, data, part, name") -> None:
    places = ", ".join("?" * len(columns.split(",")))
    rows = [row[: len(columns.split(","))] for row in ABOVE]
    with store.writing():
        store.change_many(f"INSERT INTO {above} ({columns}) VALUES ({places})", rows)
        store.change_many("INSERT INTO child (id, of, note) VALUES (?, ?, ?)", BELOW)


def test_from_a_file_into_a_schema_and_back(tmp_path: Path, postgres):
    stores = Stores(tmp_path)
    with closing(stores.make("box", KIND)) as store:
        fill(store)
    assert copy_out(stores, "box", tmp_path / "copy.db") == 3
    copy_into_schema(tmp_path / "copy.db", postgres.address, "restoring_box")
    put_in_place(postgres.address, "restoring_")
    server = Stores(tmp_path, postgres.address)
    assert server.names() == ["box"]
    with closing(server.make("box", KIND)) as store:  # which counts as many steps
        assert store.rows("SELECT id, up, data, part, name FROM above ORDER BY id") == ABOVE
        assert store.rows("SELECT id FROM orphans") == [(9,)]
        with store.writing():
            new = store.row("INSERT INTO child (of, note) VALUES (1, '') RETURNING id")
        assert new == (10,)
    assert copy_out(server, "box", tmp_path / "back.db") == 3
    back = sqlite3.connect(tmp_path / "back.db")
    assert back.execute("SELECT * FROM above ORDER BY id").fetchall() == ABOVE
    assert back.execute("SELECT id FROM child ORDER BY id").fetchall() == [(5,), (9,), (10,)]
    assert back.execute("PRAGMA user_version").fetchone() == (3,)
    back.close()


def test_from_a_schema_into_a_file(tmp_path: Path, postgres):
    with closing(PostgresSchema(postgres.address, "box", BEFORE)) as store:
        fill(store, "parent", "id, up, data, part")
    assert copy_out(Stores(tmp_path, postgres.address), "box", tmp_path / "copy.db") == 2
    with closing(Stores(tmp_path).make("copy", BEFORE)) as store:
        assert store.rows("SELECT id, up, data, part FROM parent") == [row[:4] for row in ABOVE]
        assert store.rows("SELECT id, of, note FROM child") == BELOW


def test_the_log_and_the_lists_come_last():
    assert in_order(["lists", "access", "audit", "webhooks"]) == [
        "access", "webhooks", "lists", "audit",
    ]  # fmt: skip
    assert in_order(["audit"]) == ["audit"]
