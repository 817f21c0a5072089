from __future__ import annotations

import dataclasses

import pytest

from tidebreak.sightings.records import Custody, Grade, Network, Source


def test_better_evidence_has_a_smaller_number():
    assert sorted(Grade) == [Grade.A, Grade.B, Grade.C]


def test_a_source_says_nothing_that_nobody_told_it():
    source = Source(1, "a.log", "", 0, "csv", Custody("holder", "warrant"))
    assert (source.network, source.grade_ceiling) == (Network.OTHER, Grade.C)
    with pytest.raises(dataclasses.FrozenInstanceError):
        source.kept = 1  # type: ignore[misc]
