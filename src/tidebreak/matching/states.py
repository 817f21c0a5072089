"""The one state in which an observation ends, whoever had it examined and judged."""

from __future__ import annotations

from tidebreak.media.signatures import is_reference
from tidebreak.model import Observation, State, Verdict
from tidebreak.signals import SIGNAL_TYPES


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
