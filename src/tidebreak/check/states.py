"""In which state an input ends, and why: what cannot be told from a name is never called clear."""

from __future__ import annotations

from collections.abc import Sequence

from tidebreak.links.reference import Kind, Reference
from tidebreak.links.torrent_parts import EMPTY
from tidebreak.model import Signal, State

ONLY_INFOHASH = (
    "an infohash alone says nothing of the files in the torrent; check its metadata when it is seen"
)
_OF_WORDS = frozenset((Kind.MAGNET, Kind.METALINK))
"""What may name a torrent and a file side by side: only its author says that they are one."""

NOTHING_NAMED = "it names nothing by its content"


def untold(signals: Sequence[Signal], names: frozenset[str]) -> str:
    """Return why ``signals`` cannot be recognised by lists that hold ``names``, "" if they can.

    ``names`` are those of the types of which lists hold identifiers.
    """
    for signal in signals:
        if signal.type.name in names and not signal.type.torrent:
            return ""
    if not signals:
        return NOTHING_NAMED
    if all(signal.type.torrent for signal in signals):
        return ONLY_INFOHASH
    types = ", ".join(dict.fromkeys(signal.type.name for signal in signals))
    return f"no list here holds identifiers of the type {types}"


def conclude(
    reference: Reference, files: Sequence[str], found: bool, names: frozenset[str]
) -> tuple[State, str]:
    """Return the one state of an input, and the reason where it was not fully examined.

    ``files`` says of each file why it cannot be told, "" if it can. What was ``found`` stands
    whatever else could not be told; the reason is said all the same.
    """
    reason = _of_files(files) if files else untold(reference.signals, names)
    if files and reference.kind in _OF_WORDS and any(s.type.torrent for s in reference.signals):
        reason = f"{ONLY_INFOHASH}; {reason}" if reason else ONLY_INFOHASH
    if reference.reason:
        reason = f"{reference.reason}; {reason}" if reason else reference.reason
    if found:
        return State.MATCHED, reason
    return (State.NOT_FULLY_EXAMINED if reason else State.CLEAR), reason


def _of_files(files: Sequence[str]) -> str:
    if len(files) == 1:
        return files[0]
    # A torrent may hold empty files beside others: there is nothing in them that could be known.
    files = [reason for reason in files if reason != EMPTY] or files
    silent = [reason for reason in files if reason]
    if not silent:
        return ""
    if len(silent) < len(files):
        return f"{len(silent):,} of {len(files):,} files cannot be told"
    return silent[0] if len(files) == 1 else f"none of {len(files):,} files can be told"
