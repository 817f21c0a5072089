"""Canaries: digests in each operator's set that belong to nothing, and to that operator alone.

A canary is keyed BLAKE2b (RFC 7693) of operator, series and number, under a secret of the issuer.
It looks like any other digest of the set; only the issuer can tell. When a copy turns up, the
canaries inside say whose it was. They say whose *copy* it was, not who took it.

What two sets share, or what differs between them, must never be the canaries:

- **Two operators' sets must have no digest in common.** Otherwise two of them compare their
  copies, and what differs is canaries. So each set is made under a key of its operator's own.
- **Canaries change exactly when the key of the set does.** With a new key and old canaries, the
  canaries are what two issues have in common; with an old key and new ones, what differs. The
  ``series`` names the key.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from tidebreak.seal.filter import REMAINDERS, Filter

COUNT = 256
"""Canaries per set: a twentieth of a set still holds a dozen of them."""

TELLING = -20.0
"""Log2 of the chance above which nothing is said of an operator."""

_QUOTIENTS = range(33)
"""Bits of quotients that a set may have."""


@dataclass(frozen=True, slots=True)
class Traced:
    """How many of an operator's ``of`` canaries are inside a set.

    ``chance`` is an upper bound of the probability that any of the operators that were looked
    for would show so many without the set having been made from its own, as a power of two.
    """

    operator: str
    series: str
    found: int
    of: int
    chance: float
    whole: bool = True


def canary_keys(
    secret: bytes, operator: str, series: str = "", count: int = COUNT
) -> NDArray[np.uint64]:
    """Return the canaries, uint64 (count,), of one operator.

    ``secret`` is of the issuer, 16 to 64 bytes.
    """
    name = b"".join(len(part).to_bytes(4) + part for part in (operator.encode(), series.encode()))
    digests = (
        blake2b(name + number.to_bytes(4), digest_size=8, key=secret, person=b"tb:canary").digest()
        for number in range(count)
    )
    return np.frombuffer(bytearray(b"".join(digests)), np.uint64)


def trace(
    leaked: Filter,
    secret: bytes,
    issues: Iterable[tuple[str, str]],
    count: int = COUNT,
    telling: float = TELLING,
) -> list[Traced]:
    """Return whose canaries are in ``leaked``, the most first.

    ``issues`` are operators and series; ``count`` is as many as each set was given. Those are
    left out whose few canaries are likelier than ``telling`` (log2) to be inside by chance.
    """
    sought = list(issues)
    counted = [
        (operator, series, int(leaked.has(canary_keys(secret, operator, series, count)).sum()))
        for operator, series in sought
    ]
    traced = [
        Traced(operator, series, found, count, _chance(leaked.chance, found, count, len(sought)))
        for operator, series, found in counted
        if found
    ]
    told = (one for one in traced if one.chance <= telling)
    return sorted(told, key=lambda one: -one.found)


def trace_remains(
    data: bytes,
    secret: bytes,
    issues: Iterable[tuple[str, str]],
    count: int = COUNT,
    telling: float = TELLING,
) -> list[Traced]:
    """Return whose canaries are in ``data``, what is left of sets, as `trace` does.

    Nothing of the layout is relied on, neither a head nor where something begins: numbers at every
    byte are taken for remainders, of either length, under quotients of any length. All that is
    tried counts in the chances. Quotients alone (the bitmap) tell nothing.
    """
    sought = list(issues)
    if not sought:
        return []
    keys = np.array([canary_keys(secret, *each, count) for each in sought])
    best: dict[tuple[str, str], Traced] = {}
    for bits, quotient, values in _readings(data):
        wanted = (keys >> np.uint64(64 - bits - quotient)).astype(values.dtype)
        places = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
        found = (values[places] == wanted).sum(axis=1)
        tried = len(sought) * len(REMAINDERS) * len(_QUOTIENTS)
        for at in np.flatnonzero(found).tolist():
            shown = int(found[at])
            chance = _chance(len(values) / 2.0**bits, shown, count, tried)
            one = Traced(*sought[at], shown, count, chance, whole=False)
            best[sought[at]] = min(best.get(sought[at], one), one, key=lambda each: each.chance)
    told = (one for one in best.values() if one.chance <= telling)
    return sorted(told, key=lambda one: -one.found)


def _readings(data: bytes) -> Iterator[tuple[int, int, NDArray[np.unsignedinteger]]]:
    """Yield bits of remainders, bits of quotients, and the distinct numbers in ``data``."""
    for bits in REMAINDERS:
        width = bits // 8
        if len(data) < 2 * width:
            return
        shifted = [
            np.frombuffer(data, f"<u{width}", (len(data) - begin) // width, begin)
            for begin in range(width)
        ]
        values = np.unique(np.concatenate(shifted))
        yield from ((bits, quotient, values) for quotient in _QUOTIENTS)


def _chance(each: float, found: int, of: int, operators: int) -> float:
    """Return log2 of a union bound: operators * C(of, found) * each^found, at most 0."""
    ways = math.lgamma(of + 1) - math.lgamma(found + 1) - math.lgamma(of - found + 1)
    return min(0.0, math.log2(operators) + ways / math.log(2) + found * math.log2(each))
