from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import numpy as np
import pytest

from tidebreak.installation import Tidebreak
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.synthetic import names, shards
from tidebreak.sightings.synthetic.rows import VIEWS, days_of
from tidebreak.sightings.synthetic.world import Shape, Trait, World, make
from tidebreak.signals import EXACT_TYPES

ROWS = 60_000


@pytest.fixture(scope="module")
def world() -> World:
    return make(Shape.for_rows(ROWS, seed=3))


@pytest.fixture(scope="module")
def filled(world: World, tmp_path_factory) -> Iterator[tuple[Sightings, shards.Truth]]:
    folder = tmp_path_factory.mktemp("shards")
    with Tidebreak.create(folder / "home", folder / "key") as made:
        store = Sightings.open(made.home, made.vault, made.sealer)
        truth = shards.fill(store, world, ROWS)
        yield Sightings.open(made.home, made.vault, made.sealer), truth


def stored(store: Sightings, source: int) -> dict[str, np.ndarray]:
    batches = list(store.batches(sources=[source]))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def drawn(world: World, number: int) -> dict[str, np.ndarray]:
    chunks = list(days_of(world, VIEWS[number], ROWS))
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_what_is_stored_has_the_names_of_what_was_drawn(filled, world, number):
    store, _ = filled
    rows, made = stored(store, number + 1), drawn(world, number)
    for name in ("time", "network", "grade", "event", "port"):
        assert np.array_equal(rows[name], made[name])
    some = np.arange(0, rows["time"].size, 97)
    expected = names.addresses(made["address"][some]).tolist()
    assert store.addresses(rows["address"][some]) == [
        str(ipaddress.IPv4Address(n)) for n in expected
    ]
    networks = shards.networks_of_clients(world)[made["client"]]
    assert np.array_equal(
        store.client_names.networks[rows["client"].astype(np.int64) - 1], networks
    )
    assert np.array_equal(networks, made["network"])


def test_contents_are_sealed_with_their_type_and_size(filled, world, tmp_path):
    store, _ = filled
    contents, rows = store.contents(), stored(store, 1)
    made = drawn(world, 0)
    sealer = store.sealer
    for at in range(0, rows["time"].size, 5_000):
        code = int(made["content"][at])
        network = (code - 1) % 4 + 1
        place = int(rows["content"][at]) - 1
        kind = names.TYPES[network - 1]
        value = names.contents(world, network, np.array([code]))[0].tobytes()
        assert contents.seals[place].tobytes() == sealer.seal(kind, value)
        assert EXACT_TYPES[contents.types[place]] is kind
        assert contents.sizes[place] == names.sizes(world, np.array([code]))[0]


def test_the_truth_says_who_is_behind_clients_and_endpoints(filled, world):
    store, truth = filled
    rows, made = stored(store, 1), drawn(world, 0)
    assert np.array_equal(truth.owners[rows["client"]], made["computer"])
    planted = np.isin(made["computer"], sorted(truth.planted))
    found = [
        truth.is_planted_endpoint(*pair) for pair in zip(rows["address"], rows["port"], strict=True)
    ]
    assert np.array_equal(np.array(found)[planted], np.ones(planted.sum(), bool))
    assert np.mean(np.array(found)[~planted]) < 0.01
    strays = stored(store, 2)
    out = drawn(world, 1)["computer"] == 0xFFFFFFFF
    assert out.any()
    assert (truth.owners[strays["client"][out]] == -1).all()
    assert not any(map(truth.is_planted_client, strays["client"][out].tolist()))


def test_no_client_id_has_two_owners(world):
    networks = shards.networks_of_clients(world)
    assert (networks[1:] > 0).all()
    first = world.table[:, Trait.CLIENT]
    assert (np.diff(first) >= np.bitwise_count(world.table[:-1, Trait.NETWORKS])).all()
