from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tidebreak.errors import UsageError
from tidebreak.index import NearIndex, near_part
from tidebreak.index.spread import spread


def hashes(rng, count):
    return rng.integers(0, 256, (count, 32), dtype=np.uint8)


def flipped(rng, entries, distances):
    """Each of `entries` with as many bits flipped as `distances` says."""
    bits = np.unpackbits(entries, axis=1)
    for row, distance in zip(bits, distances, strict=True):
        row[rng.choice(256, distance, replace=False)] ^= 1
    return np.packbits(bits, axis=1)


def brute(entries, queries, radius):
    """What a search must return: (query, distance, entry) in order."""
    found = []
    for number, query in enumerate(queries):
        distances = np.unpackbits(entries ^ query, axis=1).sum(axis=1)
        near = np.flatnonzero(distances <= radius)
        found += sorted((number, int(distances[row]), int(row)) for row in near)
    return found


def answer(found):
    queries, rows, distances = found
    return list(zip(queries.tolist(), distances.tolist(), rows.tolist(), strict=True))


@pytest.fixture
def tables_always(monkeypatch):
    monkeypatch.setattr(near_part, "TABLES_FROM", 1)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 9, 31, 32, 33, 64, 1000])
@pytest.mark.usefixtures("either_way", "tables_always")
def test_finds_what_brute_force_finds_at_every_radius(rng, count):
    entries = hashes(rng, count)
    chosen = entries[rng.integers(0, count, 20)] if count else hashes(rng, 20)
    queries = flipped(rng, chosen, rng.integers(0, 66, 20))
    index = NearIndex.build(entries)
    for radius in [*range(0, 65, 3), 31, 60, 61, 64, 100, 256] if count < 100 else [31, 40, 63]:
        assert answer(index.search(queries, radius)) == brute(entries, queries, radius)


@pytest.mark.usefixtures("tables_always")
def test_every_radius_up_to_64_and_many_queries_at_once(rng):
    entries = hashes(rng, 3000)
    queries = flipped(rng, entries[rng.integers(0, 3000, 200)], rng.integers(0, 66, 200))
    index = NearIndex.build(entries)
    widest = brute(entries, queries, 64)
    for radius in range(65):
        wanted = [triple for triple in widest if triple[1] <= radius]
        assert answer(index.search(queries, radius)) == wanted


@pytest.mark.parametrize("size", [1, 2, 4, 8, 64, 1024, 8192, 16384])
def test_equal_hashes_are_all_found_also_after_a_reload(rng, size, tmp_path):
    one = hashes(rng, 1)
    index = NearIndex.build(np.repeat(one, size, axis=0))
    index.save(tmp_path / "near.index")
    for each in (index, NearIndex.open(tmp_path / "near.index")):
        queries, rows, distances = each.search(np.repeat(one, 3, axis=0), 31)
        assert np.array_equal(queries, np.repeat(np.arange(3), size))
        assert np.array_equal(rows, np.tile(np.arange(size), 3))
        assert not distances.any()


LAYOUTS = ("two a band", "four, none", "three, one", "two full bands", "but one", "anyhow")


def adversarial(rng, kind, distance):
    """Bits per band that sum up to `distance`, laid out to slip through a bad bound."""
    per_band = {
        "two a band": lambda: np.full(16, 2),
        "four, none": lambda: np.tile([4, 0], 8),
        "three, one": lambda: np.tile([3, 1], 8),
        "two full bands": lambda: np.bincount(rng.choice(16, 2, replace=False), minlength=16) * 16,
        "but one": lambda: np.where(np.arange(16) == rng.integers(16), 0, 2),
        "anyhow": lambda: rng.multinomial(distance, np.full(16, 1 / 16)),
    }[kind]()
    while per_band.sum() != distance:
        band = rng.integers(16)
        step = np.sign(distance - per_band.sum())
        per_band[band] = np.clip(per_band[band] + step, 0, 16)
    return per_band


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("radius", [31, 60])
@pytest.mark.usefixtures("either_way", "tables_always")
def test_no_layout_of_differences_slips_through(rng, kind, radius):
    entries = hashes(rng, 100)
    # Bands exist after spreading: find by trial which bit of a hash goes where.
    single = np.packbits(np.eye(256, dtype=np.uint8), axis=1)
    place = np.unpackbits(spread(single.view(np.uint64)).view(np.uint8), axis=1, bitorder="little")
    bit_at = np.argmax(place, axis=0)
    bits, distances = np.unpackbits(entries, axis=1), radius - 3 + np.arange(100) % 7
    for row, distance in zip(bits, distances, strict=True):
        for band, count in enumerate(adversarial(rng, kind, distance)):
            row[bit_at[band * 16 + rng.choice(16, count, replace=False)]] ^= 1
    found = NearIndex.build(entries).search(np.packbits(bits, axis=1), radius)
    wanted = [(i, int(d), i) for i, d in enumerate(distances) if d <= radius]
    assert [triple for triple in answer(found) if triple[0] == triple[2]] == wanted


def test_threads_and_layout_of_memory_do_not_change_the_answer(rng):
    entries = hashes(rng, 20_000)
    queries = flipped(rng, entries[:3000], rng.integers(0, 40, 3000))
    index = NearIndex.build(np.asfortranarray(entries), threads=3)
    alone = answer(index.search(queries, 31))
    assert alone == answer(index.search(np.asfortranarray(queries), 31, threads=2))
    one_by_one = [(i, d, r) for i in range(50)
                  for _, d, r in answer(index.search(queries[i : i + 1], 31))]  # fmt: skip
    assert one_by_one == [triple for triple in alone if triple[0] < 50]


@pytest.mark.parametrize(
    ("array", "radius"),
    [
        (np.zeros((2, 31), np.uint8), 1),
        (np.zeros(32, np.uint8), 1),
        (np.zeros((2, 32), np.int8), 1),
        ([[0] * 32], 1),
        (np.zeros((1, 32), np.uint8), -1),
        (np.zeros((1, 32), np.uint8), 257),
        (np.zeros((1, 32), np.uint8), 1.5),
    ],
)
def test_wrong_arguments_are_refused(array, radius):
    with pytest.raises(UsageError, match=r"must be|must have"):
        NearIndex.build(np.zeros((1, 32), np.uint8)).search(array, radius)


def test_only_rows_that_exist_can_be_withdrawn(rng):
    index = NearIndex.build(hashes(rng, 5))
    for rows in ([5], [-1], [0.5]):
        with pytest.raises(UsageError, match="from 0 to 4"):
            index.withdraw(np.array(rows))


class Life(RuleBasedStateMachine):
    """An index through additions, withdrawals and reloads, against a plain list."""

    @initialize(count=st.integers(0, 40))
    def build(self, count):
        self.rng = np.random.default_rng(count)
        # Few distinct values, so that duplicates and near ones are common.
        self.pool = flipped(self.rng, hashes(self.rng, 3)[self.rng.integers(0, 3, 30)],
                            self.rng.integers(0, 40, 30))  # fmt: skip
        self.entries = self.pick(count)
        self.gone: set[int] = set()
        self.index = NearIndex.build(self.entries)

    def pick(self, count):
        return self.pool[self.rng.integers(0, 30, count)]

    @rule(count=st.integers(0, 60))
    def add(self, count):
        new = self.pick(count)
        rows = self.index.add(new)
        assert rows.tolist() == list(range(len(self.entries), len(self.entries) + count))
        self.entries = np.concatenate([self.entries, new])

    @rule(data=st.data())
    def withdraw(self, data):
        if len(self.entries):
            rows = data.draw(st.lists(st.integers(0, len(self.entries) - 1), max_size=5))
            self.index.withdraw(np.array(rows, np.int64))
            self.gone |= set(rows)

    @rule(resident=st.booleans())
    def reload(self, resident):
        with tempfile.TemporaryDirectory() as folder:
            self.index.save(Path(folder) / "near.index")
            self.index = NearIndex.open(Path(folder) / "near.index", resident=resident)
            self.index.verify()

    @invariant()
    def finds_the_same(self):
        if not hasattr(self, "index"):
            return
        assert len(self.index) == len(self.entries)
        for radius in (0, 31, 70):
            wanted = brute(self.entries, self.pool[:4], radius)
            wanted = [triple for triple in wanted if triple[2] not in self.gone]
            assert answer(self.index.search(self.pool[:4], radius)) == wanted


@pytest.mark.parametrize("tables_from", [20, near_part.TABLES_FROM])
def test_an_index_lives_as_a_plain_list_would(monkeypatch, tables_from):
    monkeypatch.setattr(near_part, "TABLES_FROM", tables_from)
    run_state_machine_as_test(
        Life, settings=settings(max_examples=15, stateful_step_count=10, deadline=None)
    )


COMPARE = """
import numpy as np
from tidebreak.index import NearIndex, ExactIndex, cold
from tidebreak.index.near_plain import scan_plainly
cold._FEW = -1
rng = np.random.default_rng(5)
entries = rng.integers(0, 256, (9000, 32), dtype=np.uint8)
queries = entries[:600].copy()
for i in range(600):
    for bit in rng.choice(256, i % 66, replace=False):
        queries[i, bit // 8] ^= 1 << (bit % 8)
index = NearIndex.build(entries)
for radius in (3, 31, 60, 80):
    for some in (queries[:20], queries):
        found = index.search(some, radius)
        packed = scan_plainly(some.view(np.uint64), entries.view(np.uint64), radius)
        wanted = (packed >> np.uint64(41), packed & np.uint64(0xFFFFFFFF))
        assert np.array_equal(found[0], wanted[0]) and np.array_equal(found[1], wanted[1])
seals = rng.integers(0, 256, (5000, 16), dtype=np.uint8)
exact = ExactIndex.build(seals, np.arange(5000, dtype=np.uint32))
rows, numbers = exact.find(np.ascontiguousarray(seals[::-1]))
assert np.array_equal(numbers, np.arange(5000)[::-1]) and np.array_equal(rows, np.arange(5000))
print("same")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"NUMBA_CPU_NAME": "x86-64-v2", "NUMBA_CPU_FEATURES": ""}, id="no-avx"),
        pytest.param({"NUMBA_BOUNDSCHECK": "1"}, id="bounds-checked"),
    ],
)
def test_kernels_are_right_on_old_processors_and_stay_in_bounds(environment, tmp_path):
    if platform.machine() != "x86_64" and "NUMBA_CPU_NAME" in environment:
        pytest.skip("an x86-64 processor is simulated")
    process = subprocess.run(
        [sys.executable, "-c", COMPARE],
        env={**os.environ, **environment, "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert process.stdout == "same\n", process.stderr


@pytest.mark.slow
def test_a_million_entries_half_of_them_equal(rng):
    entries = hashes(rng, 1_000_000)
    entries[::2] = entries[0]
    queries = flipped(rng, entries[[0, 1, 3]], [31, 31, 32])
    queries, rows, distances = NearIndex.build(entries).search(queries, 31)
    assert np.array_equal(rows, [*range(0, 1_000_000, 2), 1])
    assert np.array_equal(queries, np.repeat([0, 1], [500_000, 1]))
    assert (distances == 31).all()


def test_gives_back_the_hashes_that_it_holds(rng):
    entries = hashes(rng, 9000)
    index = NearIndex.build(entries[:8500])
    index.add(entries[8500:])
    rows = np.array([8999, 0, 8499, 8500, 17])
    assert (index.hashes(rows) == entries[rows]).all()
    assert index.hashes(rows[:0]).shape == (0, 32)
