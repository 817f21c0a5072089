from __future__ import annotations

import numpy as np
import pytest

from tidebreak.sightings.synthetic import names
from tidebreak.sightings.synthetic.world import Shape, World, make


@pytest.fixture(scope="module")
def world() -> World:
    return make(Shape.for_rows(100_000))


@pytest.mark.parametrize(("network", "length"), [(1, 20), (2, 16), (3, 20), (4, 24)])
def test_identifiers_have_the_length_of_their_type_and_are_all_different(world, network, length):
    codes = np.arange(1, 5_000)
    found = names.contents(world, network, codes)
    assert found.shape == (4_999, length)
    assert np.unique(found, axis=0).shape == found.shape
    assert np.array_equal(names.contents(world, network, codes[70:90]), found[70:90])
    assert 120 < found.mean() < 135


def test_peer_ids_say_that_they_are_synthetic(world):
    assert names.clients(world, 1, np.arange(1, 4))[:, :8].tobytes() == b"-TT0001-" * 3


def test_addresses_are_of_the_block_that_reaches_nobody():
    found = names.addresses(np.array([1, 70_000, (1 << 28) - 1]))
    assert (found >> 28 == 15).all()


def test_every_file_is_listed_under_one_identifier_at_least_and_most_under_all(world):
    listed = names.listed(world, np.arange(2_000))
    assert listed.any(axis=1).all()
    assert 0.88 < listed.mean() < 0.95
    assert set(names.classes(world, np.arange(500)).tolist()) == {1, 2, 3, 4}


def test_another_seed_gives_other_names(world):
    other = make(Shape.for_rows(100_000, seed=9))
    codes = np.arange(1, 100)
    assert not np.array_equal(names.contents(world, 2, codes), names.contents(other, 2, codes))
