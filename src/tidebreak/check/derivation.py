"""What a torrent that holds something known adds to the lists: its own identifiers.

Only the metadata of a torrent says what is in it; a link that puts two identifiers side by side is
its author's word alone. Where a torrent can be read in two ways, nothing is derived: one of them
may belong to somebody else's torrent.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidebreak.check.judging import Judge, Part
from tidebreak.links.reference import Kind, Reference
from tidebreak.lists.derived import Finding, Parent
from tidebreak.model import Signal

_FROM_V1 = frozenset({"sha1", "btih", "btkey"})


def finding(reference: Reference, parts: Sequence[Part], judge: Judge) -> Finding | None:
    """Return what is to be derived from ``reference``, whose ``parts`` were recognised."""
    if reference.kind is not Kind.TORRENT or reference.reason:
        return None
    parents = {p.record.number: p for part in parts for p in judge.recognised(part)}
    if not parents:
        return None
    return Finding(derivable(reference, parts), tuple(parents[n] for n in sorted(parents)))


def derivable(reference: Reference, parts: Sequence[Part]) -> tuple[Signal, ...]:
    """Return those identifiers of a torrent that hold what was recognised in ``parts``.

    The content key is made of the version 1 pieces alone. In a hybrid torrent whose other half
    was recognised nothing proves that they belong to the same bytes, and they may be those of
    something harmless.
    """
    hybrid = any(signal.type.name == "btmh" for signal in reference.signals)
    by_v1 = all(_FROM_V1 & {signal.type.name for signal in part.signals} for part in parts)
    keep_key = by_v1 or not hybrid
    return tuple(s for s in reference.signals if keep_key or s.type.name != "btkey")


__all__ = ["Finding", "Parent", "derivable", "finding"]
