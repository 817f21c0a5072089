from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tidebreak.calibration.transforms import CORE, HELD_OUT, SUITE, TRANSFORMS, apply, rng_for
from tidebreak.errors import UsageError


@pytest.fixture
def corpus(photographs):
    return [picture.resize((240, 160)) for picture in photographs.values()]


def test_the_suite_has_thirty_one_edits_and_others_are_held_out():
    assert len(SUITE) == 31
    assert len(CORE) == 16
    assert set(CORE) <= set(SUITE)
    assert not set(SUITE) & set(HELD_OUT)
    assert set(SUITE) | set(HELD_OUT) == set(TRANSFORMS)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_seed_repeats_an_edit_and_another_one_draws_anew(name, corpus):
    picture, *others = corpus
    before = np.asarray(picture).copy()
    first, again, *anew = (
        np.asarray(apply(name, picture, rng_for(seed, name), others)) for seed in (1, 1, 2, 3, 4)
    )
    assert np.array_equal(first, again)
    assert first.dtype == np.uint8
    assert first.shape[2] == 3
    if not name.startswith("jpeg"):
        assert any(not np.array_equal(first, other) for other in anew)
    assert np.array_equal(np.asarray(picture), before)


def test_edits_that_need_further_pictures_invent_them_where_there_are_none(corpus):
    made = apply("collage 4", corpus[0], rng_for(1, "x"))
    assert np.asarray(made).std() > 20


def test_generators_depend_on_the_names_alone():
    assert rng_for(1, "a", "b").random() == rng_for(1, "a", "b").random()
    assert rng_for(1, "a", "b").random() != rng_for(1, "ab", "").random()
    assert rng_for(1, "a").random() != rng_for(2, "a").random()


def test_an_unknown_name_is_one_sentence_with_the_known_ones(corpus):
    with pytest.raises(UsageError, match="Unknown transform 'crop 7'; take one of: jpeg 90, "):
        apply("crop 7", corpus[0], rng_for(1))


def test_every_edit_is_explained():
    page = (Path(__file__).parents[2] / "docs" / "robustness.md").read_text()
    assert [name for name in TRANSFORMS if f"`{name}`" not in page] == []
