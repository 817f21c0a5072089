"""Confidence intervals of shares, without assumptions that small samples break.

The exact interval of C. J. Clopper and E. S. Pearson, The use of confidence or fiducial limits
illustrated in the case of the binomial, Biometrika 26 (1934): it never covers less than it says.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence

CONFIDENCE = 0.95


def share_interval(hits: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the exact two-sided interval of a share, of which ``hits`` of ``trials`` were seen."""
    if trials == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    return _lower(hits, trials, tail), 1 - _lower(trials - hits, trials, tail)


def upper_bound(hits: int, trials: int, confidence: float = CONFIDENCE) -> float:
    """Return the exact one-sided upper bound of a share; about 3 / ``trials`` for no hit."""
    return 1.0 if trials == 0 else 1 - _lower(trials - hits, trials, 1 - confidence)


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the interval of a mean of independent values, 95 %, by the normal approximation."""
    if len(values) < 2:
        return 0.0, 1.0
    spread = 1.96 * statistics.stdev(values) / math.sqrt(len(values))
    middle = statistics.fmean(values)
    return max(0.0, middle - spread), min(1.0, middle + spread)


def _lower(hits: int, trials: int, tail: float) -> float:
    """Return the share at which ``hits`` or more of ``trials`` are seen with chance ``tail``."""
    if hits == 0:
        return 0.0
    return _root(lambda share: beta_share(hits, trials - hits + 1, share) - tail)


def _root(rising: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def beta_share(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) (DLMF 8.17.22, Lentz's method)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(b, a, 1 - x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x)) / a
    return front * _continued_fraction(a, b, x)


def _continued_fraction(a: float, b: float, x: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or tiny)
    found = d
    for m in range(1, 2000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / ((1 + term * d) or tiny)
            c = (1 + term / c) or tiny
            found *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return found
