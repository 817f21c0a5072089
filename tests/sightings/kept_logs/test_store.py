from __future__ import annotations

import duckdb
import numpy as np
import pytest

from tidebreak.errors import Damaged

LOG = (
    "when,what,who,ip,port\n"
    "2026-01-31T23:59:59Z,{0},-XX0001-%00abc,192.0.2.1,6881\n"
    "2026-02-01T00:00:00Z,{1},-XX0001-%00abc,2001:db8::1,6882\n"
)
MAPPING = """
time = "when"
address = "ip"
port = "port"
client = "who"
client_form = "percent"
content = { column = "what", type = "btih" }
constant = { network = "bittorrent", grade = "B" }
"""


@pytest.fixture
def filled(imported, opened):
    imported(LOG.format("11" * 20, "22" * 20), "csv", MAPPING)
    return opened()


def test_an_installation_without_sightings_has_none(opened):
    store = opened()
    assert store.sources() == ()
    assert store.paths() == []
    assert len(store.contents()) == 0
    assert list(store.batches()) == []
    assert store.clients(np.array([0, 0])) == ["", ""]


def test_names_are_decrypted_only_on_purpose(filled, anywhere):
    assert filled.clients(np.array([1, 0])) == ["-XX0001-%00abc", ""]
    assert filled.addresses(np.array([2, 0, 1])) == ["2001:db8::1", "", "192.0.2.1"]
    assert filled.packed_addresses().shape == (2, 16)
    for needle in (b"-XX0001-", b"192.0.2.1", bytes([192, 0, 2, 1]), b"\x11" * 20, b"11" * 20):
        assert anywhere(needle) == []


def test_batches_are_of_chosen_sources_and_times(filled):
    (first, second) = filled.batches(["port"])
    assert (first["port"].tolist(), second["port"].tolist()) == ([6881], [6882])
    since = int(np.datetime64("2026-02-01T00:00:00").astype(int))
    assert [b["port"].tolist() for b in filled.batches(["port"], since=since)] == [[6882]]
    assert [b["port"].tolist() for b in filled.batches(["port"], until=since)] == [[6881]]
    assert list(filled.batches(["port"], sources=[2])) == []


def test_duckdb_reads_the_same_files(filled):
    with duckdb.connect() as db:
        files = [str(path) for path in filled.paths()]
        found = db.execute("SELECT count(*), sum(grade) FROM read_parquet($1)", [files]).fetchone()
    assert found == (2, 4)


def test_the_store_as_it_was_stays_until_it_is_opened_anew(filled, imported):
    imported(LOG.format("33" * 20, "22" * 20), "csv", MAPPING)
    assert len(filled.sources()) == 1
    assert len(filled.reopened().sources()) == 2
    assert len(filled.reopened().contents()) == 3


def test_a_row_file_that_changed_is_found(filled):
    assert filled.verify() == 7
    filled.paths()[0].write_bytes(b"else")
    with pytest.raises(Damaged):
        filled.verify()
