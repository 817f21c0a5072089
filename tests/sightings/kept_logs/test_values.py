from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidebreak.errors import Damaged
from tidebreak.sightings.kept_logs import values
from tidebreak.sightings.kept_logs.values import ValueWriter, read_values
from tidebreak.sightings.texts import Texts


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40
)
@given(st.lists(st.lists(st.binary(max_size=9), max_size=9), max_size=5), st.data())
def test_values_are_read_back_in_any_order(tmp_path, vault, monkeypatch, batches, data):
    monkeypatch.setattr(values, "PER_BLOCK", 4)
    path = tmp_path / "clients" / "000001.sealed"
    writer = ValueWriter(path, vault, "clients:000001")
    for batch in batches:
        writer.add(Texts.of(batch))
    begins = writer.finish()
    every = [item for batch in batches for item in batch]
    wanted = data.draw(st.lists(st.integers(0, len(every) - 1))) if every else []
    found = read_values(path, vault, "clients:000001", begins, np.array(wanted, np.int64))
    assert found.to_list() == [every[i] for i in wanted]


def test_nothing_stands_there_in_clear_and_no_block_can_be_exchanged(tmp_path, vault):
    path = tmp_path / "000001.sealed"
    writer = ValueWriter(path, vault, "clients:000001")
    writer.add(Texts.of([b"-XX0001-anonymous"]))
    begins = writer.finish()
    assert b"anonymous" not in path.read_bytes()
    with pytest.raises(Damaged):
        read_values(path, vault, "clients:000002", begins, np.array([0]))
    with pytest.raises(Damaged, match="fewer values"):
        read_values(path, vault, "clients:000001", begins, np.array([1]))


def test_a_block_of_a_log_is_not_held_for_a_few_values_in_it(tmp_path, vault):
    writer = ValueWriter(tmp_path / "000001.sealed", vault, "clients:000001")
    block = np.zeros(1 << 20, np.uint8)
    data = weakref.ref(block)
    writer.add(Texts(block, np.array([5]), np.array([9])))
    del block
    gc.collect()
    assert data() is None
    writer.finish()
