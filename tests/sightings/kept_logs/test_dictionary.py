from __future__ import annotations

import numpy as np
import pytest

from tidebreak.errors import UsageError
from tidebreak.sightings.kept_logs import dictionary
from tidebreak.sightings.kept_logs.dictionary import Dictionary


def digests(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.integers(0, 256, (count, 16), np.uint8)


def test_codes_count_from_one_in_the_order_of_first_appearance():
    rng = np.random.default_rng(1)
    pool = digests(rng, 5000)
    made, known = Dictionary(), {}
    for _ in range(5):
        drawn = pool[rng.integers(0, len(pool), 4000)]
        codes, fresh = made.codes(drawn)
        before = len(known)
        expected = [known.setdefault(row.tobytes(), len(known) + 1) for row in drawn]
        assert codes.tolist() == expected
        assert len(fresh) == len(known) - before
    assert [row.tobytes() for row in made.fresh] == list(known)


def test_what_is_known_keeps_its_code_and_only_the_rest_is_new():
    rng = np.random.default_rng(2)
    pool = digests(rng, 9000)
    made = Dictionary(pool[:6000])
    codes, _ = made.codes(pool)
    assert codes.tolist() == list(range(1, 9001))
    assert (made.fresh == pool[6000:]).all()


def test_a_full_dictionary_says_so(monkeypatch):
    monkeypatch.setattr(dictionary, "MOST", 3)
    with pytest.raises(UsageError, match="at most"):
        Dictionary().codes(np.zeros((4, 16), np.uint8))
