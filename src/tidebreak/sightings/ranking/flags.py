"""What speaks against taking an actor for one, in words."""

from __future__ import annotations

from dataclasses import dataclass

from tidebreak.sightings.ranking.days import Doubts
from tidebreak.sightings.ranking.reading import DAY
from tidebreak.sightings.records import Hypothesis, Range

MANY_CONTENTS, SHARE_OF_ALL = 100, 0.1
"""Nobody who collects holds such a share of all that is known; who publishes decoys does."""

SOME_CONTENTS, MOST_OF_ALL = 20, 0.5
"""The same where little is known; from so many on it is worth saying that all came at once."""

REPEATS = 20
"""Sightings per content and day from which on volume says nothing more."""

MIDNIGHT = 1800
"""Seconds from midnight within which a clock that is a little wrong makes another day."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What flags are made of.

    ``known`` contents there are in all; ``crowd`` client ids were at one of its endpoints on one
    day at most, and it was at ``places`` endpoints on one day at most; ``burst`` contents were
    first seen within its first hour; ``rows`` sightings say what ``said`` (actor, content, day,
    grade) do; ``span`` is its first and last second.
    """

    hypothesis: Hypothesis
    contents: Range
    known: int
    crowd: int
    places: int
    decoy: bool
    burst: int
    rows: int
    said: int
    span: tuple[int, int]


def flags_of(signs: Signs, doubts: Doubts) -> tuple[str, ...]:
    """Return what is to be said, the weightiest first."""
    low, high = int(signs.contents.low), int(signs.contents.high)
    share = high / max(1, signs.known)
    checks = (
        (signs.decoy,
         "decoy pattern: nothing was ever received from it, against all likelihood; or it cannot"
         " be reached"),
        (_claims_much(high, share),
         f"claims {100 * share:.0f} % of all known contents"),
        (low == 0 and not signs.decoy,
         "nothing of it is sure: weak identifiers only, or the identity is in doubt every day"),
        (signs.crowd > doubts.shared,
         f"shared address: up to {signs.crowd} client ids at one address and port on one day"),
        (signs.hypothesis is Hypothesis.CLIENT and signs.places > doubts.roaming,
         f"roaming: at up to {signs.places} addresses and ports on one day"),
        (low >= SOME_CONTENTS and signs.burst > 0.8 * low,
         f"{signs.burst} of its contents came within one hour"),
        (signs.rows > REPEATS * max(1, signs.said),
         f"repeats itself: {signs.rows} sightings say what {signs.said} would"),
        (signs.hypothesis is Hypothesis.ENDPOINT and _near_midnight(signs.span),
         "seen only close to midnight UTC: a clock that is a little wrong makes another day"),
    )  # fmt: skip
    return tuple(text for holds, text in checks if holds)


def _claims_much(contents: int, share: float) -> bool:
    thresholds = ((MANY_CONTENTS, SHARE_OF_ALL), (SOME_CONTENTS, MOST_OF_ALL))
    return any(contents >= least and share >= part for least, part in thresholds)


def _near_midnight(span: tuple[int, int]) -> bool:
    return span[1] % DAY < MIDNIGHT or span[0] % DAY >= DAY - MIDNIGHT
