from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.sightings.texts import Texts, joined

ITEMS = st.lists(st.binary(max_size=9), max_size=20)


@given(ITEMS)
def test_a_column_gives_back_its_texts(items):
    texts = Texts.of(items)
    assert texts.to_list() == items == [texts[i] for i in range(len(texts))]
    assert texts.given.tolist() == [bool(item) for item in items]


@given(ITEMS, st.data())
def test_some_rows_are_taken_in_any_order(items, data):
    wanted = data.draw(st.lists(st.integers(0, len(items) - 1), max_size=9)) if items else []
    taken = Texts.of(items).take(np.array(wanted, np.int64))
    assert taken.to_list() == [items[i] for i in wanted]
    mask = np.array([bool(i % 2) for i in range(len(items))], np.bool_)
    assert Texts.of(items).take(mask).to_list() == items[1::2]


@given(st.lists(ITEMS, min_size=1, max_size=4))
def test_columns_are_joined(columns):
    parts = [Texts.of(items).take(np.arange(len(items))[1:]) for items in columns]
    expected = [item for items in columns for item in items[1:]]
    assert joined(parts).to_list() == expected
    assert joined(parts).data.tobytes() == b"".join(expected)


def test_one_text_for_all_rows():
    assert Texts.same(b"ab", 3).to_list() == [b"ab"] * 3
    assert len(Texts.same(b"ab", 0)) == 0
