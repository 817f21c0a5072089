from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest

from tidebreak.errors import UsageError
from tidebreak.hashing.seals import Sealer
from tidebreak.sightings.ranking.actor_keys import hypothesis_of, keys_of
from tidebreak.sightings.ranking.pairs import endpoint_key
from tidebreak.sightings.records import Hypothesis

CLIENTS = np.arange(1, 41, dtype=np.uint64)


@pytest.fixture
def store(rng):
    return SimpleNamespace(
        sealer=Sealer(bytes(32)),
        client_names=SimpleNamespace(digests=rng.integers(0, 256, (40, 16), np.uint8)),
        address_names=SimpleNamespace(digests=rng.integers(0, 256, (9, 16), np.uint8)),
    )


@pytest.fixture
def rng():
    return np.random.default_rng(8)


def test_keys_are_short_different_and_say_under_which_hypothesis(store):
    endpoints = endpoint_key(np.array([1, 1, 1, 2]), np.array([5, 6, 5, 5]), np.array([7, 7, 8, 7]))
    for hypothesis, actors in ((Hypothesis.CLIENT, CLIENTS), (Hypothesis.ENDPOINT, endpoints)):
        keys = keys_of(store, hypothesis, actors)
        assert len(set(keys)) == len(actors)
        assert all(re.fullmatch(r"[ce]:[a-z2-7]{12}", key) for key in keys)
        assert {hypothesis_of(key) for key in keys} == {hypothesis}


def test_a_key_depends_on_the_id_not_on_its_code(store):
    before = keys_of(store, Hypothesis.CLIENT, CLIENTS)
    store.client_names.digests = store.client_names.digests[::-1]
    assert keys_of(store, Hypothesis.CLIENT, CLIENTS) == before[::-1]


def test_a_key_depends_on_the_installation(store):
    before = keys_of(store, Hypothesis.CLIENT, CLIENTS)
    store.sealer = Sealer(bytes(31) + b"1")
    assert not set(keys_of(store, Hypothesis.CLIENT, CLIENTS)) & set(before)


def test_nobody_has_no_key(store):
    assert keys_of(store, Hypothesis.CLIENT, CLIENTS[:0]) == ()


@pytest.mark.parametrize("text", ["", "c:", "x:abcdefghijkl", "c:abc", "abcdefghijklmn"])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(UsageError, match="looks like"):
        hypothesis_of(text)
