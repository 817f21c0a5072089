from __future__ import annotations

from pathlib import Path

import pytest

from tidebreak.errors import Damaged, NotInstalled
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
    listed = "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'"
    tables = made.rows(f"{listed} AND type = 'table'")
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


@pytest.mark.parametrize("harm", ["format", "schema"])
def test_a_store_whose_head_or_schema_is_damaged_is_said(path: Path, keys: Keys, harm: str):
    made = Database.create(path, keys)
    if harm == "schema":
        made._sql._connection.execute("DROP TABLE key_check")
    made.tidy()
    made.close()
    if harm == "format":
        whole = path.read_bytes()
        path.write_bytes(whole[:47] + b"\xff" + whole[48:])  # the schema format number
    with pytest.raises(Damaged, match="restore it"):
        Database.open(path, keys)


def test_values_are_kept_by_name(path: Path, keys: Keys):
    made = Database.create(path, keys)
    assert made.meta("a") is None
    with made.writing():
        made.set_meta("a", 1)
        made.set_meta("a", 2)
    assert made.meta("a") == 2
    made.close()
