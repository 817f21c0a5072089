from __future__ import annotations

import imagehash
import numpy as np
import pytest

from tidebreak.calibration.negatives import SAME_SCENE, families


@pytest.fixture(scope="module")
def drawn(photographs):
    return families(4, 3, list(photographs.values())[:2])


def test_a_seed_repeats_every_family_and_members_differ(drawn, photographs):
    again = families(4, 3, list(photographs.values())[:2])
    other = families(5, 3, list(photographs.values())[:2])
    for name, members in drawn.items():
        assert len(members) == 3
        pixels = [np.asarray(member) for member in members]
        assert all(
            np.array_equal(a, np.asarray(b)) for a, b in zip(pixels, again[name], strict=True)
        )
        assert not np.array_equal(pixels[0], pixels[1])
        if name not in ("same frame", "recoloured"):
            assert not np.array_equal(pixels[0], np.asarray(other[name][0]))


@pytest.mark.parametrize("family", ["same feed", "same viewer", "same chat", "same article"])
def test_interfaces_differ_only_where_the_picture_is(drawn, family):
    one, other, _ = (np.asarray(member, int) for member in drawn[family])
    changed = (np.abs(one - other) > 40).any(axis=2)
    assert 0.02 < changed.mean() < 0.6
    assert not changed[: one.shape[0] // 30].any()


def test_members_look_alike_to_a_hash_of_low_frequencies(drawn):
    def apart(one, other) -> int:
        return imagehash.average_hash(one, 8) - imagehash.average_hash(other, 8)

    for name in ("documents", "slides", "same article", *SAME_SCENE[:2]):
        within = apart(*drawn[name][:2])
        across = apart(drawn[name][0], drawn["bar charts"][0])
        assert within < across, name
