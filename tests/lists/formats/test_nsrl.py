from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing

import pytest

from tidebreak.errors import BadList, UsageError
from tidebreak.lists.formats import choose
from tidebreak.lists.formats import nsrl as module
from tidebreak.lists.source import Source
from tidebreak.model import ListKind

V2 = (
    '"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"\r\n'
    '"{}","{}","00000000","a.txt",1,1,"358",""\r\n'
)


def digests(number):
    content = str(number).encode()
    return tuple(
        hashlib.new(kind, content).hexdigest().upper() for kind in ("sha256", "sha1", "md5")
    )


@pytest.fixture
def rds(tmp_path):
    def make(*statements, rows=()):
        path = tmp_path / "rds.db"
        with closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.executemany("INSERT INTO METADATA VALUES (?, ?, ?, ?, ?)", rows)
            connection.commit()
        return path

    return make


METADATA = "CREATE TABLE METADATA (sha256 VARCHAR, sha1, md5, bytes INTEGER, extension)"
FILE = "CREATE VIEW FILE AS SELECT sha256, sha1, md5, bytes AS file_size FROM METADATA"


def test_version_3_is_read_with_sizes(rds):
    rows = [(*digests(number), number, "txt") for number in range(70_000)]
    path = rds(METADATA, FILE, rows=rows)
    assert choose(Source(path), None).name == "nsrl"
    batches = list(module.read(Source(path)))
    assert sum(len(batch) for batch in batches) == 70_000
    first = batches[0]
    assert {column.type.name for column in first.columns} == {"sha256", "sha1", "md5"}
    by_type = {
        column.type.name: column.values[7].tobytes().hex().upper() for column in first.columns
    }
    assert tuple(by_type[kind] for kind in ("sha256", "sha1", "md5")) == digests(7)
    assert first.sizes[7] == 7


def test_the_view_alone_is_enough(tmp_path):
    path = tmp_path / "rds.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE FILE (sha256, sha1, md5, file_name, file_size)")
        connection.execute("INSERT INTO FILE VALUES (?, ?, ?, 'a', 3)", digests(1))
        connection.execute("INSERT INTO FILE VALUES (?, NULL, NULL, 'b', NULL)", digests(2)[:1])
        connection.commit()
    [batch] = module.read(Source(path))
    assert list(batch.sizes) == [3, None]
    assert not batch.bad


def test_a_bad_digest_is_a_bad_row(rds):
    path = rds(METADATA, rows=[(*digests(1), 1, ""), ("zz", "", "", 1, "")])
    [batch] = module.read(Source(path))
    assert len(batch) == 1
    assert [row.line for row in batch.bad] == [2]


def test_other_databases_and_damaged_ones_are_refused(tmp_path, rds):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE FILE (name)")
        connection.commit()
    with pytest.raises(BadList, match="no NSRL"):
        list(module.read(Source(path)))
    path = rds(METADATA, rows=[(*digests(n), n, "") for n in range(2000)])
    path.write_bytes(path.read_bytes()[:40_000])
    with pytest.raises(BadList, match="intact"):
        list(module.read(Source(path)))


@pytest.mark.parametrize("kind", [ListKind.CONTRABAND, ListKind.WATCH, ListKind.ALLOW])
def test_known_is_neither_bad_nor_good(imported, catalogue, kind):
    text = V2.format(*digests(1)[1:])
    with pytest.raises(UsageError, match="ignorable"):
        imported(text, kind=kind, known_good_statement="it is good")
    assert catalogue.lists() == []


def test_version_2_is_read_as_a_table(imported, catalogue):
    result = imported(V2.format(*digests(1)[1:]), kind=ListKind.IGNORABLE)
    assert (result.format, result.added) == ("nsrl-text", 1)
    assert catalogue.entries([1])[1].size == 1
    assert catalogue.fields(1)["FileName"] == "a.txt"
