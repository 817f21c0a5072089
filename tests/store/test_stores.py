from __future__ import annotations

import threading

import pytest

from tidebreak.store.stores import Stores


@pytest.fixture
def store(tmp_path):
    opened = Stores(tmp_path).open("observations", "tidebreak.store", "migrations/observations")
    yield opened
    opened.close()


def test_opens_a_store_by_name_with_its_schema(tmp_path, store):
    assert store.rows("SELECT * FROM scan") == []
    assert (tmp_path / "observations.db").exists()


def test_a_transaction_keeps_other_threads_waiting(store):
    def other():
        with store.writing():
            seen.append(store.row("SELECT count(*) FROM scan")[0])

    seen: list[int] = []
    thread = threading.Thread(target=other)
    with store.writing():
        thread.start()
        for _ in range(100):
            store.change("INSERT INTO scan (started, manifest) VALUES ('', '')")
        assert seen == []
    thread.join()
    assert seen == [100]
