"""Many elements of the group at once, as rows of bytes; strict about what is an element."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import rbcl
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.seal.suite import ELEMENT, ORDER, SCALAR

Elements = NDArray[np.uint8]
"""Encoded elements, uint8 (n, 32)."""


def elements_of(data: bytes) -> Elements:
    """Return the elements that stand one after the other in ``data``, not looked at yet."""
    if len(data) % ELEMENT:
        raise UsageError("Elements have 32 bytes each; send whole ones.")
    return np.frombuffer(data, np.uint8).reshape(-1, ELEMENT)


def random_scalars(count: int) -> NDArray[np.uint8]:
    """Return secret scalars, uniform and not zero, uint8 (count, 32)."""
    drawn = b"".join(rbcl.crypto_core_ristretto255_scalar_random() for _ in range(count))
    return np.frombuffer(drawn, np.uint8).reshape(count, SCALAR)


def multiply(scalars: NDArray[np.uint8], elements: Elements) -> Elements:
    """Return scalar times element, row by row, in constant time; (n, 32).

    ``scalars``: (n, 32), or (32,) for the same one each time. Raises `UsageError` where an
    element is not canonical, is none, or is the identity.
    """
    each = np.broadcast_to(scalars, elements.shape)
    products: list[bytes] = []
    for row, (scalar, element) in enumerate(zip(each, elements, strict=True)):
        try:
            products.append(
                rbcl.crypto_scalarmult_ristretto255(scalar.tobytes(), element.tobytes())
            )
        except RuntimeError:
            raise UsageError(f"Element {row} is none of the group; send only such.") from None
    return elements_of(b"".join(products))


def invert(scalars: NDArray[np.uint8]) -> NDArray[np.uint8]:
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


def combine(scalars: Sequence[bytes], elements: Elements) -> bytes:
    """Return the sum of scalar times element; everything here is public."""
    total = bytes(ELEMENT)
    for scalar, element in zip(scalars, elements, strict=True):
        product = multiply(np.frombuffer(scalar, np.uint8), element[None])[0].tobytes()
        total = rbcl.crypto_core_ristretto255_add(total, product)
    return total


__all__ = ["ELEMENT", "ORDER", "Elements", "combine", "elements_of", "invert", "multiply",
           "random_scalars"]  # fmt: skip
