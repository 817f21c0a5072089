from __future__ import annotations

from dataclasses import replace

import pytest

from tidebreak.matching.sequence_rules import Evidence, SequenceRules, level_of
from tidebreak.model import Level

COPY = Evidence(0.9, 0.4, ((1.0, 9.0, 0.0, 8.0),), 6, 10, 90, 0, 100)


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, Level.NEAR),
        ({"frames": 2}, Level.NEAR),  # most of a still video, closely
        ({"frames": 2, "known_fraction": 0.4}, Level.POSSIBLE),
        ({"frames": 2, "distance": 25}, Level.POSSIBLE),
        ({"frames": 2, "distance": 45}, Level.LEAD),
        ({"known_fraction": 0.2}, Level.POSSIBLE),
        ({"known_fraction": 0.2, "file_fraction": 0.6}, Level.NEAR),
        ({"known_fraction": 0.01, "ranges": ((0.0, 12.0, 0.0, 12.0),)}, Level.NEAR),
        ({"known_fraction": 0.4, "ranges": ((0.0, 0.5, 0.0, 0.5),)}, Level.POSSIBLE),
        ({"distance": 28}, Level.NEAR),
        ({"distance": 28, "elsewhere": 34}, Level.POSSIBLE),
        ({"distance": 55}, Level.NEAR),
        ({"distance": 55, "elsewhere": 66}, Level.LEAD),
        ({"distance": 40, "elsewhere": 60}, Level.LEAD),
        ({"distance": 55, "ranges": ((0.0, 1.5, 0.0, 1.5),)}, Level.LEAD),
    ],
)
def test_what_evidence_means(change, level):
    assert level_of(replace(COPY, **change), SequenceRules()) is level


def test_seconds_are_those_of_the_file():
    two = replace(COPY, ranges=((1.0, 9.0, 0.0, 4.0), (12.0, 13.0, 8.0, 9.0)))
    assert two.seconds == 9
