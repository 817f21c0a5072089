"""In which state an input ends, and why: what cannot be told from a name is never called clear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tidebreak.links.reference import Kind, Reference
from tidebreak.links.torrent_parts import EMPTY
from tidebreak.links.urn import AMBIGUOUS
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


def unsaid(reference: Reference, names: frozenset[str]) -> str:
    """Return what being clear by lists that hold ``names`` leaves open, "" if nothing."""
    if reference.notes == AMBIGUOUS:
        signals = [*reference.signals, *_named_in(reference)]
        types = {s.type.name: None for s in signals if s.type.torrent or s.type.name not in names}
        return f"it may also be {_listed(types)}, which cannot be told" if types else ""
    types: dict[str, None] = {}
    for file in reference.files:
        others = [signal for signal in file.signals if signal.type.name not in names]
        if not others:
            continue
        # What has an equal value is equal by construction: no author's word is needed.
        told = {s.value[-_DIGEST:] for s in file.signals if s.type.name in names}
        types.update((s.type.name, None) for s in others if s.value[-_DIGEST:] not in told)
    if not types:
        return ""
    return (
        f"also named by {_listed(types)}, of which no list here holds any: only its author says"
        " that both are one file"
    )


_DIGEST = 32
"""Bytes of the longest digest; the values of CIDs have more in front of it."""


def _named_in(reference: Reference) -> Iterator[Signal]:
    for file in reference.files:
        yield from file.signals
        yield from file.hints


def _listed(types: Iterable[str]) -> str:
    return ", ".join(types)


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
