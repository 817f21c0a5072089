"""From distances and agreeing digests to verdict levels (``docs/explanation.md``, bands)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidebreak.lists.derived import Derivation
from tidebreak.model import UNKNOWN_SIZE, Level, Thresholds
from tidebreak.signals import SIGNAL_TYPES

GUESSED = "beyond its edges the picture was guessed"
"""The doubt about a picture that was completed as if it had been cropped."""


def near_level(distance: int, thresholds: Thresholds) -> tuple[Level, str] | None:
    """Return what a Hamming distance means under ``thresholds``, and why; None for nothing."""
    for level, most in (
        (Level.NEAR, thresholds.near),
        (Level.POSSIBLE, thresholds.possible),
        (Level.LEAD, thresholds.lead),
    ):
        if distance <= most:
            return level, f"{distance} of 256 bits differ ({level.value} up to {most})"
    return None


def in_doubt(found: tuple[Level, str], doubt: str) -> tuple[Level, str]:
    """Return ``found``, never more than possible where ``doubt`` says why it decides nothing."""
    level, reason = found
    if doubt and level is Level.NEAR:
        return Level.POSSIBLE, f"{reason}; {doubt}, so a person decides"
    return found


def derived_level(found: tuple[Level, str], origins: Sequence[Derivation]) -> tuple[Level, str]:
    """Return ``found``, no stronger than what the entry was derived from, and say from what."""
    if not origins:
        return found
    level, reason = found
    best = min((origin.grade for origin in origins), key=lambda grade: grade.rank)
    entries = ", ".join(f"#{origin.parent}" for origin in origins[:3])
    more = f" and {len(origins) - 3} more" if len(origins) > 3 else ""
    told = f"{reason}; derived {origins[0].derived_at[:10]} from entry {entries}{more} in it"
    return max(level, best, key=lambda item: item.rank), f"{told} ({best.value})"


def exact_level(
    types: Iterable[str], size: int, listed_size: int | None, told_by: str = ""
) -> tuple[Level, str]:
    """Return the level of an entry whose signals of ``types`` are equal, and the reason.

    A strong digest decides alone; SHA-1 decides together with the size; weak digests decide
    when two agree that no single broken hash function explains. Anything else may be a planted
    collision: `Level.EXACT_WEAK`, and a second look decides.

    All ``types`` together come to the level; the reason is as the match by ``told_by``, one of
    them, tells it: its own name comes first, and what decides is named where it does not.
    """
    kinds = [SIGNAL_TYPES[name] for name in types]
    if listed_size is not None and size not in (listed_size, UNKNOWN_SIZE):
        return Level.EXACT_WEAK, (
            f"{told_by or 'the digest'} is equal but the list gives {listed_size} bytes, the file"
            f" has {size}"
        )
    strong = [kind.name for kind in kinds if kind.strong]
    if strong:
        return Level.EXACT, _told(told_by, strong, f"{told_by or strong[0]} is equal", strong[0])
    families = {kind.family for kind in kinds}
    if "sha1" in families and listed_size == size:
        of_sha1 = [kind.name for kind in kinds if kind.family == "sha1"]
        deciding = f"{of_sha1[0]} with the size"
        own = f"{told_by or of_sha1[0]} and size are equal"
        return Level.EXACT, _told(told_by, of_sha1, own, deciding)
    names = " and ".join(kind.name for kind in kinds)
    if len(families) > 1:
        return Level.EXACT, f"{names} agree"
    return Level.EXACT_WEAK, f"only {names} is equal, for which collisions can be made"


def _told(by: str, deciding: Sequence[str], own: str, other: str) -> str:
    """Return ``own`` where ``by`` is among what is ``deciding``, else that ``other`` decides."""
    return own if not by or by in deciding else f"{by} is equal, and so is {other}, which decides"
