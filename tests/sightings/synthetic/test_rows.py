from __future__ import annotations

from math import pi, sin

import numpy as np
import pytest

from tidebreak.sightings.synthetic import rows as module
from tidebreak.sightings.synthetic.rows import BYSTANDER, VIEWS, days_of
from tidebreak.sightings.synthetic.world import DAY, Kind, Shape, Trait, World, make

MOST = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


@pytest.fixture(scope="module")
def world() -> World:
    return make(Shape.for_rows(200_000, seed=2))


def everything(world: World, rows: int, number: int) -> dict[str, np.ndarray]:
    chunks = list(days_of(world, VIEWS[number], rows))
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


def mix(value: int) -> int:
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MOST
    value = (value ^ value >> 27) * 0x94D049BB133111EB & MOST
    return value ^ value >> 31


def below(bits: int, limit: int) -> int:
    return (bits & 0xFFFFFFFF) * limit >> 32


def where(traits: list[int], computer: int, host: int, day: int) -> tuple[int, int]:
    bits = mix(2 * computer + host + 1)
    if not traits[Trait.LEASE]:
        return traits[Trait.ADDRESS] + host, 1024 + below(bits, 64_512)
    lease = traits[Trait.LEASE]
    bits = mix(bits + (day + computer % lease) // lease & MOST)
    address = traits[Trait.ADDRESS] + below(bits, traits[Trait.SPAN])
    return address, 1024 + below(bits >> 32, 64_512)


def plainly(world: World, number: int, day: int, slots: list[int], at: int, count: int) -> tuple:
    """One row without numpy and numba, written from the docstrings."""
    view = VIEWS[number]
    key = world.shape.seed * GOLDEN + (view.number << 40) + (day << 20)
    row = key + 4 * at * GOLDEN & MOST
    who, what, chance = (mix(row + n * GOLDEN & MOST) for n in range(3))
    computer = slots[below(who, len(slots))]
    traits = world.table[computer].tolist()
    file = int(world.library[traits[Trait.START] + below(what, traits[Trait.HELD])])
    there = [bit for bit in range(4) if (traits[Trait.NETWORKS] & view.networks) >> bit & 1]
    network = there[(who >> 40 & 255) % len(there)]
    even = (at + (chance >> 48) / 65_536) / count
    time = world.shape.start + day * DAY + view.skew
    time += int(DAY * (even + 0.12 * sin(2 * pi * even) / (2 * pi)))
    content = 1 + 4 * file + network
    if chance & 0xFFFF < int(65_536 * view.bystanders):
        strays = (world.clients - world.strays + 1) // 4
        client = world.strays + 4 * below(chance >> 16, strays) + network
        address = 1 + below(what, world.addresses)
        port = 1024 + below(chance >> 16, 64_512)
        return time, network + 1, 3, content, client, address, port, BYSTANDER
    share = what >> 40 & 0xFFFF
    third, verified = int(65_536 * view.third), int(65_536 * view.verified)
    honest = traits[Trait.KIND] not in (Kind.DECOY, Kind.MONITOR)
    grade = 3 if share < third else 1 if share < third + verified and honest else 2
    if grade == 1 and network == 1:
        content += 1
    host = (who >> 48 & 255) % traits[Trait.HOSTS]
    mine = [bit for bit in range(4) if traits[Trait.NETWORKS] >> bit & 1]
    epoch = (day - traits[Trait.FIRST]) // traits[Trait.RESET]
    client = traits[Trait.CLIENT]
    client += (epoch * traits[Trait.HOSTS] + host) * len(mine) + mine.index(network)
    return time, network + 1, grade, content, client, *where(traits, computer, host, day), computer


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("day", [0, 41, 89])
def test_the_kernel_does_what_plain_arithmetic_does(world: World, number: int, day: int):
    present = module._Visible.of(world, VIEWS[number]).on(day)
    chunk = module._chunk(world, VIEWS[number], present, 50, 400, 1_000)
    slots = present.number[present.slots]
    names = ("time", "network", "grade", "content", "client", "address", "port", "computer")
    found = list(zip(*(chunk[name].tolist() for name in names), strict=True))
    expected = [plainly(world, number, day, slots.tolist(), at, 1_000) for at in range(50, 400)]
    assert found == expected


def test_views_have_their_shares_in_order_and_only_their_networks(world: World):
    counts = [everything(world, 100_000, number) for number in range(3)]
    assert [len(seen["time"]) for seen in counts] == [50_000, 35_000, 15_000]
    for view, seen in zip(VIEWS, counts, strict=True):
        assert (np.diff(seen["time"].astype(np.int64)) >= 0).all()
        assert all(view.networks >> int(n) - 1 & 1 for n in np.unique(seen["network"]))
        assert seen["client"].max() <= world.clients
        assert seen["address"].min() >= 1
        assert seen["address"].max() <= world.addresses


def test_nothing_is_received_from_decoys_and_monitors_only_ask(world: World):
    seen = everything(world, 200_000, 0)
    kind = world.table[seen["computer"], Trait.KIND]
    decoys, monitors = kind == Kind.DECOY, kind == Kind.MONITOR
    assert decoys.any()
    assert (seen["grade"][decoys] == 2).all()
    assert (seen["event"][monitors] == 2).all()
    assert (seen["event"][~monitors] != 2).all()
    assert (seen["grade"][kind == Kind.PLANTED] == 1).any()


def test_bystanders_are_in_the_trackers_log_by_third_parties_word_alone(world: World):
    seen = everything(world, 100_000, 1)
    strays = seen["computer"] == BYSTANDER
    assert 0.06 < strays.mean() < 0.10
    assert (seen["client"][strays] >= world.strays).all()
    assert (seen["client"][~strays] < world.strays).all()
    assert (seen["grade"] == 3).all()


def test_addresses_are_shared_and_change(world: World):
    seen = everything(world, 200_000, 0)
    pairs = np.unique(np.stack([seen["computer"], seen["address"]]), axis=1)
    assert np.bincount(np.bincount(pairs[0])[1:]).size > 5, "some have many addresses"
    assert np.bincount(pairs[1]).max() > 10, "some addresses have many computers"
