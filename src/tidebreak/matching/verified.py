"""The verified tier: known pictures whose local features were kept, found by their scene.

Features are as telling as a thumbnail, so they lie sealed in the vault, and the index over them is
built in the memory of the process that looks things up; it is never written
(``docs/verified.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from tidebreak.errors import UsageError
from tidebreak.hashing.local import STORED, LocalFeatures, readable
from tidebreak.index.features import FeatureIndex
from tidebreak.lists.blocks import kept_values
from tidebreak.lists.catalogue import EntryRecord
from tidebreak.matching.scenes import LIMITS, RADIUS, SceneMatch, find_scenes, level_of
from tidebreak.matching.stating import stated
from tidebreak.media.features import VERSION
from tidebreak.model import Level, Match
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault

SIGNAL = "orb"

Live = Callable[[Iterable[int]], Iterable[tuple[int, EntryRecord]]]
"""Gives those of the entries asked for that count now."""

MOST_FEATURES = 30_000_000
"""Features held in memory, about 140 bytes each: those of a hundred thousand pictures."""


class KnownScenes:
    """The known pictures whose local features were kept.

    ``unreadable`` counts those whose features are of another version: they can never be found.
    """

    def __init__(self, index: FeatureIndex, unreadable: int = 0) -> None:
        self._index = index
        self.unreadable = unreadable

    @classmethod
    def load(cls, database: Database, vault: Vault) -> KnownScenes:
        """Read the features from the vault; raises `UsageError` when memory would not hold them."""
        values = [np.empty((0, STORED), np.uint8)]
        entries = [np.empty(0, np.uint32)]
        count = unreadable = 0
        for owners, pictures in kept_values(database, vault, SIGNAL):
            good = readable(pictures)
            unreadable += int((~good).sum())
            features = pictures[good, 1:].reshape(-1, STORED)
            count += len(features)
            if count > MOST_FEATURES:
                raise UsageError(
                    f"The lists hold more than {MOST_FEATURES} local features; remove a list that"
                    " has them."
                )
            values.append(features)
            entries.append(np.repeat(owners[good], pictures.shape[1] // STORED))
        index = FeatureIndex.build(np.concatenate(values), np.concatenate(entries))
        return cls(index, unreadable)

    def __len__(self) -> int:
        """How many features can be found."""
        return len(self._index)

    def find(self, features: bytes) -> list[SceneMatch]:
        """Return the known pictures that are seen in one with packed ``features``, best first."""
        if not len(self._index) or not features:
            return []
        return find_scenes(LocalFeatures.unpack(features), self._index)


def scene_matches(found: Sequence[SceneMatch], live: Live) -> Iterator[Match]:
    """Yield what ``found`` means for the entries that ``live`` says count now."""
    records = dict(live({match.entry for match in found}))
    for match in found:
        level = level_of(match)
        if level is not None and match.entry in records:
            yield _stated(records[match.entry], match, level)


def _stated(record: EntryRecord, match: SceneMatch, level: Level) -> Match:
    left, top, right, bottom = match.box
    return replace(
        stated(record, level, SIGNAL, _reason(match)),
        distance=round(1 - match.agreement, 3),
        region=f"scene {left},{top} {right - left}x{bottom - top}",
        transform=_transform(match),
        algorithm=VERSION,
        known_part="whole" if match.seen == match.cells else f"{match.coverage:.0%} of it",
    )


def _reason(match: SceneMatch) -> str:
    return (
        f"{match.spots} separate spots within {RADIUS} of 256 bits lie alike, {match.textured} off"
        f" flat ground (possible from {LIMITS.possible_spots}), and {match.agreement:.0%} of what"
        " should be visible of the known picture is there: the same scene, which need not be the"
        " same picture"
    )


def _transform(match: SceneMatch) -> str:
    parts = ["mirrored"] if match.mirrored else []
    if abs(match.angle) >= 1:
        parts.append(f"turned by {match.angle:.0f} degrees")
    return ", ".join(parts) or "none"
