"""What a torrent that holds something known adds to the lists: its own identifiers.

Only the metadata of a torrent says what is in it; a link that puts two identifiers side by side is
its author's word alone. Where a torrent can be read in two ways, nothing is derived: one of them
may belong to somebody else's torrent.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidebreak.check.judging import ALIGNED, Judge, Part
from tidebreak.links.reference import Kind, Reference
from tidebreak.lists.derived import Finding, Parent
from tidebreak.model import Signal

_OF_PIECES = frozenset({"sha1", "btkey"})
"""What is made of the version 1 pieces alone; an infohash is of both halves."""


def finding(reference: Reference, parts: Sequence[Part], judge: Judge) -> Finding | None:
    """Return what is to be derived from ``reference``, whose ``parts`` were recognised."""
    if reference.kind is not Kind.TORRENT or reference.reason:
        return None
    parents = _strongest(parts, judge)
    if not parents:
        return None
    by_pieces = _strongest([_of_pieces(part) for part in parts], judge)
    signals = derivable(reference, by_pieces=parents.keys() <= by_pieces.keys())
    ordered = tuple(parents[number] for number in sorted(parents))
    return Finding(signals, ordered, len(reference.files))


def derivable(reference: Reference, *, by_pieces: bool) -> tuple[Signal, ...]:
    """Return those identifiers of a torrent that hold what was recognised in it.

    The content key is made of the version 1 pieces alone. In a hybrid torrent where not all was
    recognised ``by_pieces``, nothing proves that both halves are of the same bytes: the key may
    be that of something harmless.
    """
    hybrid = any(signal.type.name == "btmh" for signal in reference.signals)
    keep_key = by_pieces or not hybrid
    return tuple(s for s in reference.signals if keep_key or s.type.name != "btkey")


def _strongest(parts: Sequence[Part], judge: Judge) -> dict[int, Parent]:
    """Return the entries that were recognised, by number, each as strongly as in any part."""
    found: dict[int, Parent] = {}
    for parent in (parent for part in parts for parent in judge.recognised(part)):
        known = found.get(parent.record.number)
        if known is None or parent.grade.rank < known.grade.rank:
            found[parent.record.number] = parent
    return found


def _of_pieces(part: Part) -> Part:
    """Return what the version 1 pieces alone say in ``part``."""
    if part.doubt == ALIGNED:
        return part
    return part._replace(signals=tuple(s for s in part.signals if s.type.name in _OF_PIECES))


__all__ = ["Finding", "Parent", "derivable", "finding"]
