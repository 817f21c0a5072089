from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.screening.rig import Rig, kept

from tidebreak.model import Depth, Observation, Turn, View, ViewKind
from tidebreak.screening.blocks import (
    VIEWS,
    WHOLE,
    Block,
    Loose,
    chosen,
    owners_to_store,
    pack,
    stored_owners,
    unpack,
)
from tidebreak.screening.observed import write_block
from tidebreak.signals import EXACT_TYPES

NAMES = [kind.name for kind in EXACT_TYPES]


def views() -> st.SearchStrategy[View]:
    return st.builds(
        View,
        st.binary(min_size=32, max_size=32),
        st.none() | st.integers(0, 100),
        st.sampled_from(list(ViewKind)),
        st.sampled_from(list(Turn)),
        st.none() | st.just((1, 2, 3, 4)),
        st.integers(0, 999),
        st.sampled_from([0.0, -1.5, 90.0]),
        st.sampled_from(list(Depth)),
    )


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    types = tuple(name for name in NAMES if draw(st.booleans()))
    return Observation(
        member=draw(st.sampled_from(["", "a.zip!/b.png", "bad \udcff name"])),
        size=draw(st.integers(-1, 1 << 50)),
        content="image/png",
        types=types,
        seals=draw(st.binary(min_size=16 * len(types), max_size=16 * len(types))),
        views=tuple(draw(st.lists(views(), max_size=4))),
        preproc=draw(st.sampled_from(["", "pdq-1/full", "pdq-1/fast"])),
        sequence=draw(st.binary(max_size=40)),
        duration_ms=draw(st.integers(0, 1 << 40)),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(observations(), min_size=1, max_size=6), st.data())
def test_what_is_packed_comes_out_as_it_went_in(items: list[Observation], data: st.DataObject):
    given = [kept(item, part=part, lists=3) for part, item in enumerate(items)]
    rows = sorted(data.draw(st.sets(st.integers(0, len(items) - 1))))
    assert unpack(pack(given), rows) == [given[row] for row in rows]
    assert Loose(given).kept(rows) == [given[row] for row in rows]
    assert Loose(given).parts() == [(one.screening, one.part) for one in given]


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 9)))
def test_owners_are_not_written_where_every_row_has_one(rows: set[int]):
    owners = np.array(sorted(rows), np.uint32)
    stored = owners_to_store(owners, 10)
    assert stored_owners(stored, 10).tolist() == owners.tolist() or not rows
    assert (stored == b"") is (len(rows) in (0, 10))


def test_the_store_gives_back_a_block_and_less_of_it(rig: Rig):
    whole = View(bytes(range(32)), 90)
    other = View(bytes(range(1, 33)), 90, ViewKind.EXTENDED, number=5)
    items = [
        Observation(
            "", n, "x", ("md5",), bytes([n] * 16), (whole, other)[: n % 3], sequence=b"s" * n
        )
        for n in range(8)
    ]
    given = [kept(item, f"{n:026d}") for n, item in enumerate(items)]
    with rig.sql.writing():
        write_block(rig.sql, given)
    [(id, number)] = rig.sql.rows("SELECT id, number FROM block")
    block = Block(rig.sql, id, number)
    assert block.kept(range(8)) == given
    assert block.column(WHOLE).owners.tolist() == [1, 2, 4, 5, 7]
    assert block.column(VIEWS).owners.tolist() == [2, 5]
    keep = np.array([n in (0, 2, 7) for n in range(8)])
    assert unpack(chosen(block, keep), [0, 1, 2]) == [given[0], given[2], given[7]]
