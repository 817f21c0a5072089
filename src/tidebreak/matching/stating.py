"""What every match says of the entry that it names."""

from __future__ import annotations

from tidebreak.lists.catalogue import EntryRecord
from tidebreak.model import Level, Match


def stated(record: EntryRecord, level: Level, signal: str, reason: str) -> Match:
    """Return a match with what is known of its entry; the rest is the caller's to fill in."""
    return Match(
        list=record.list.name,
        owner=record.list.owner,
        kind=record.list.kind,
        entry=record.key,
        classification=record.classification,
        scheme=record.scheme,
        level=level,
        signal=signal,
        distance=0,
        reason=reason,
        disputed=record.disputed,
        number=record.number,
    )
