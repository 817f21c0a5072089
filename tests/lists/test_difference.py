from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.lists.difference import Difference


def digests(values):
    # The zero at the end is on purpose: numpy cuts it off when it shows a value.
    return np.frombuffer(b"".join(b"%15d\0" % value for value in values), "S16")


def entry(key, content):
    return key * 100 + content


ENTRIES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=30)


@given(ENTRIES, st.lists(ENTRIES, max_size=4))
def test_it_is_the_difference_of_multisets(old, batches):
    difference = Difference(
        digests(key for key, _ in old),
        digests(entry(*item) for item in old),
        np.arange(10, 10 + len(old), dtype=np.uint32),
    )
    new, arrived = [], []
    for batch in batches:
        fresh = difference.claim(
            digests(key for key, _ in batch), digests(entry(*item) for item in batch)
        )
        new += [item for item, is_new in zip(batch, fresh, strict=True) if is_new]
        arrived += batch
    before, after = Counter(old), Counter(arrived)
    assert Counter(new) == after - before
    assert difference.unchanged == (before & after).total()
    keys, numbers = difference.gone()
    assert Counter(old[number - 10] for number in numbers) == before - after
    assert (keys == digests(old[number - 10][0] for number in numbers)).all()
    gone_keys = Counter(key for key, _ in (before - after).elements())
    new_keys = Counter(key for key, _ in (after - before).elements())
    assert difference.updated() == (gone_keys & new_keys).total()
    assert difference.duplicates() == len(arrived) - len({key for key, _ in arrived})
    assert (difference.new_keys() == digests(key for key, _ in new)).all()


@given(ENTRIES, ENTRIES)
def test_when_it_adds_only_entries_with_a_successor_leave(old, new):
    difference = Difference(
        digests(key for key, _ in old),
        digests(entry(*item) for item in old),
        np.arange(len(old), dtype=np.uint32),
        adds=True,
    )
    difference.claim(digests(key for key, _ in new), digests(entry(*item) for item in new))
    replaced = {key for key, _ in (Counter(new) - Counter(old)).elements()}
    left = Counter(old) - Counter(new)
    expected = Counter({item: count for item, count in left.items() if item[0] in replaced})
    assert Counter(old[number] for number in difference.gone()[1]) == expected
