from __future__ import annotations

import numpy as np
import pytest

from tidebreak.sightings.synthetic.world import Kind, Shape, Trait, World, make


@pytest.fixture(scope="module")
def study() -> World:
    """As many computers and files as Wolak, Liberatore and Levine (2014) counted in a year."""
    return make(
        Shape(244_920, innocents=0, known=120_418, other=1_000, days=365, decoys=0, monitors=0)
    )


def held(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct pairs of computer and file."""
    owners = np.repeat(np.arange(len(world.table)), world.table[:, Trait.HELD])
    pairs = np.unique(owners * world.shape.files + world.library)
    return pairs // world.shape.files, pairs % world.shape.files


def test_the_published_study_is_reproduced_in_shape(study: World):
    owners, files = held(study)
    count = np.bincount(owners, minlength=len(study.table))
    days = study.table[:, Trait.LAST] - study.table[:, Trait.FIRST] + 1
    assert ((count < 10) & (days < 10)).mean() > 0.8
    large = count >= 100
    assert 0.002 < large.mean() < 0.01
    left = np.unique(files[~large[owners]]).size
    assert 0.25 < 1 - left / np.unique(files).size < 0.33


def test_the_planted_are_first_by_what_depends_on_them_and_not_by_volume(study: World):
    owners, files = held(study)
    rarity = np.bincount(owners, 1 / np.bincount(files)[files])
    planted = np.isin(np.arange(len(study.table)), study.computers(Kind.PLANTED))
    assert planted.sum() == 50
    assert planted[np.argsort(-rarity)[:50]].mean() >= 0.98
    days = study.table[:, Trait.LAST] - study.table[:, Trait.FIRST] + 1
    assert planted[np.argsort(-study.weight * days)[:50]].mean() < 0.3


def test_every_computer_has_files_days_networks_and_codes_of_its_own():
    world = make(Shape.for_rows(300_000, seed=5))
    table = world.table
    assert (table[:, Trait.HELD] > 0).all()
    assert (table[:, Trait.FIRST] <= table[:, Trait.LAST]).all()
    assert table[:, Trait.LAST].max() < world.shape.days
    assert (table[:, Trait.NETWORKS] > 0).all()
    assert (np.diff(table[:, Trait.CLIENT]) > 0).all()
    last = table[:, Trait.ADDRESS] + np.where(
        table[:, Trait.LEASE] > 0, table[:, Trait.SPAN], table[:, Trait.HOSTS]
    )
    assert last.max() <= world.addresses + 1


def test_innocents_hold_nothing_known():
    world = make(Shape.for_rows(300_000))
    known = set(world.place[: world.shape.known].tolist())
    for computer in world.computers(Kind.INNOCENT)[:500]:
        start, count = world.table[computer, Trait.START], world.table[computer, Trait.HELD]
        assert not known & set(world.library[start : start + count].tolist())


def test_a_seed_makes_the_same_world_and_another_one_another():
    one, two, other = (make(Shape.for_rows(100_000, seed)) for seed in (3, 3, 4))
    assert np.array_equal(one.library, two.library)
    assert np.array_equal(one.table, two.table)
    assert not np.array_equal(one.table, other.table)
