from __future__ import annotations

import numpy as np

from tidebreak.lists.spans import Spans


def test_every_entry_is_on_the_list_that_the_catalogue_says(imported, catalogue, database, digest):
    def rows(start, end):
        return "id,md5\n" + "".join(f"n{n},{digest('md5', n)}\n" for n in range(start, end))

    imported(rows(0, 3), name="a")
    imported(rows(10, 15), name="b")
    imported(rows(0, 6), name="a")
    numbers = np.arange(1, 12)
    records = catalogue.entries(numbers.tolist())
    found = Spans.of(database).lists_of(numbers)
    assert {n: records[n].list.id for n in records} == dict(
        zip(numbers.tolist(), found.tolist(), strict=True)
    )


def test_what_is_before_every_run_is_on_no_list(database):
    assert Spans.of(database).lists_of(np.array([1, 5])).tolist() == [-1, -1]
    spans = Spans(np.array([4]), np.array([9]))
    assert spans.lists_of(np.array([3, 4, 99])).tolist() == [-1, 9, 9]
