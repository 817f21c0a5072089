"""Elements of the group as rows of bytes: many times a scalar each, and weighted sums.

Few go through libsodium. From `MANY` on they go through lanes, eight side by side, which takes a
third of the time (`points`); both work in constant time and give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import numpy as np
import rbcl
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.seal.oprf.suite import ELEMENT, SCALAR

Elements = NDArray[np.uint8]
"""Encoded elements, uint8 (n, 32)."""

Scalars = NDArray[np.uint8]
"""Scalars below the order, uint8 (n, 32), or (32,) for the same one each time."""

MANY = 8
"""Elements from which lanes pay, once their kernels are loaded."""


class Decoded(Protocol):
    """Elements that were found to be some; no scalar may be zero."""

    def times(self, scalars: Scalars) -> Elements:
        """Return scalar times element, row by row, in constant time."""
        ...

    def weighted(self, scalars: Scalars) -> Elements:
        """Return elements whose sum is that of all scalars, (n, 32), times elements."""
        ...


def decoded(elements: Elements) -> Decoded:
    """Return ``elements`` (n, 32), to be multiplied.

    Raises `UsageError` where one is not canonical, is none, or is the identity.
    """
    if len(elements) < MANY:
        return _Few.of(elements)
    from tidebreak.seal.oprf.points import decode

    return decode(elements)


def total(decoded: Decoded, scalars: Scalars) -> bytes:
    """Return the sum of scalars, (n, 32), times elements; all of it is public."""
    parts = [part.tobytes() for part in decoded.weighted(scalars)]
    return reduce(rbcl.crypto_core_ristretto255_add, parts)


def elements_of(data: bytes) -> Elements:
    """Return the elements that stand one after the other in ``data``, not looked at yet."""
    if len(data) % ELEMENT:
        raise UsageError("Elements have 32 bytes each; send whole ones.")
    return np.frombuffer(data, np.uint8).reshape(-1, ELEMENT)


def random_scalars(count: int) -> Scalars:
    """Return secret scalars, uniform and not zero, uint8 (count, 32)."""
    drawn = b"".join([rbcl.crypto_core_ristretto255_scalar_random() for _ in range(count)])
    return np.frombuffer(drawn, np.uint8).reshape(count, SCALAR)


def inverted(scalars: Scalars) -> Scalars:
    """Return the inverses of secret scalars, (n, 32), for the price of one and 3 products each."""
    given = [scalar.tobytes() for scalar in scalars]
    so_far = [given[0]]
    for scalar in given[1:]:
        so_far.append(rbcl.crypto_core_ristretto255_scalar_mul(so_far[-1], scalar))
    inverse = rbcl.crypto_core_ristretto255_scalar_invert(so_far[-1])
    inverses = [b""] * len(given)
    for row in range(len(given) - 1, 0, -1):
        inverses[row] = rbcl.crypto_core_ristretto255_scalar_mul(inverse, so_far[row - 1])
        inverse = rbcl.crypto_core_ristretto255_scalar_mul(inverse, given[row])
    inverses[0] = inverse
    return np.frombuffer(b"".join(inverses), np.uint8).reshape(-1, SCALAR)


@dataclass(frozen=True, slots=True)
class _Few:
    """Elements one by one, through libsodium."""

    elements: Elements

    @classmethod
    def of(cls, elements: Elements) -> _Few:
        for row, element in enumerate(elements):
            if not element.any() or not rbcl.crypto_core_ristretto255_is_valid_point(
                element.tobytes()
            ):
                raise UsageError(f"Element {row} is none of the group; send only such.")
        return cls(elements)

    def times(self, scalars: Scalars) -> Elements:
        products = [
            rbcl.crypto_scalarmult_ristretto255(scalar.tobytes(), element.tobytes())
            for scalar, element in zip(
                np.broadcast_to(scalars, self.elements.shape), self.elements, strict=True
            )
        ]
        return elements_of(b"".join(products))

    def weighted(self, scalars: Scalars) -> Elements:
        return self.times(scalars)
