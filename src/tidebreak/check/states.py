"""In which state an input ends, and why: what cannot be told from a name is never called clear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidebreak.check.records import CheckedFile
from tidebreak.links.reference import Reference
from tidebreak.model import Signal, State, Verdict
from tidebreak.signals import SignalKind

ONLY_INFOHASH = (
    "an infohash alone says nothing of the files in the torrent; check its metadata when it is seen"
)
NOTHING_NAMED = "it names nothing by its content"


def untold(signals: Sequence[Signal], spaces: frozenset[str]) -> str:
    """Return why ``signals`` cannot be recognised by lists that hold ``spaces``, "" if they can."""
    if not signals:
        return NOTHING_NAMED
    if all(signal.type.torrent for signal in signals):
        return ONLY_INFOHASH
    exact = [signal.type for signal in signals if signal.type.kind is SignalKind.EXACT]
    if any(kind.space in spaces for kind in exact):
        return ""
    names = ", ".join(dict.fromkeys(signal.type.name for signal in signals))
    return f"no list here holds identifiers of the type {names}"


def conclude(
    reference: Reference,
    files: Sequence[CheckedFile],
    verdict: Verdict,
    spaces: frozenset[str],
) -> tuple[State, str]:
    """Return the one state of an input, and the reason where it was not fully examined.

    What was found stands whatever else could not be told; the reason is said all the same.
    """
    reason = "; ".join(_reasons(reference, files, spaces))
    if verdict.level.found:
        return State.MATCHED, reason
    return (State.NOT_FULLY_EXAMINED if reason else State.CLEAR), reason


def _reasons(
    reference: Reference, files: Sequence[CheckedFile], spaces: frozenset[str]
) -> Iterable[str]:
    if reference.reason:
        yield reference.reason
    silent = [file for file in files if file.reason]
    if silent and len(silent) == len(files):
        yield silent[0].reason if len(files) == 1 else f"none of {len(files)} files can be told"
    elif silent:
        yield f"{len(silent):,} of {len(files):,} files cannot be told"
    if not files and (why := untold(reference.signals, spaces)):
        yield why
