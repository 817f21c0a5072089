"""The one state in which an observation ends, whoever had it examined and judged."""

from __future__ import annotations

from collections.abc import Sequence

from tidebreak.media.signatures import is_reference
from tidebreak.model import Observation, Signal, State, Verdict
from tidebreak.signals import SIGNAL_TYPES, SignalKind


def state_of(reason: str, verdict: Verdict) -> State:
    """Return the one state in which an observation with this reason and verdict ends."""
    if verdict.level.found:
        return State.MATCHED
    return State.NOT_FULLY_EXAMINED if reason else State.CLEAR


def why_untold(item: Observation, spaces: frozenset[str]) -> str:
    """Return why no list that holds ``spaces`` could know a name of content; "" if one could.

    Media has every identifier, a name of it only some: what nobody can tell must not be clear.
    """
    if not is_reference(item.content) or not item.types:
        return ""
    if any(SIGNAL_TYPES[name].space in spaces for name in item.types):
        return ""
    return f"named only by what no list here holds ({', '.join(item.types)})"


def why_incomparable(signals: Sequence[Signal], spaces: frozenset[str], quality: int | None) -> str:
    """Return why no list could know a content by ``signals`` alone; "" if one could.

    ``spaces`` are those in which lists hold identifiers, ``quality`` is from which on they compare
    near hashes, None when they hold none.
    """
    poor: list[int] = []
    for signal in signals:
        kind = signal.type.kind
        if kind is SignalKind.EXACT and signal.type.space in spaces:
            return ""
        if kind is SignalKind.NEAR and quality is not None:
            if signal.quality is None or signal.quality >= quality:
                return ""
            poor.append(signal.quality)
    if poor:
        return f"its hash is of quality {max(poor)}, and lists here compare from {quality} on"
    names = ", ".join(dict.fromkeys(signal.type.name for signal in signals))
    return f"named only by what no list here holds ({names})"
