"""The oblivious function itself (RFC 9497): blind, evaluate with a proof, check, finalise.

One party holds a key, the other an input. The second learns the function's value at the input,
the first learns nothing; and the second can check that the key is the one that it knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from hmac import compare_digest

import numpy as np
import rbcl
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.seal.group import Elements, combine, elements_of, invert, multiply, random_scalars
from tidebreak.seal.suite import ELEMENT, PROOF, SCALAR, Mode, Suite, framed, public_key

_IDENTITY = bytes(ELEMENT)
_BASE = rbcl.crypto_scalarmult_ristretto255_base((1).to_bytes(SCALAR, "little"))


@dataclass(frozen=True, slots=True)
class Blinded:
    """Inputs on their way: ``elements`` (n, 32) go to the holder of the key, the rest stays."""

    inputs: tuple[bytes, ...] = field(repr=False)
    blinds: NDArray[np.uint8] = field(repr=False)
    elements: Elements


class Key:
    """The holder of the key. Raises `UsageError` for what is no element of the group."""

    def __init__(self, secret: bytes, mode: Mode = Mode.VERIFIABLE) -> None:
        """``secret`` is a scalar of 32 bytes, not zero."""
        self.public = public_key(secret)
        self._secret = np.frombuffer(secret, np.uint8)
        self._suite = Suite(mode)

    def evaluate(self, blinded: Elements) -> Elements:
        """Return the key times every element (``BlindEvaluate``, sections 3.3.1 and 3.3.2)."""
        return multiply(self._secret, blinded)

    def prove(self, blinded: Elements, evaluated: Elements, random: bytes | None = None) -> bytes:
        """Return 64 bytes that show that one key made all of ``evaluated`` (section 2.2.1).

        ``random`` is for test vectors; anything that is used twice gives the key away.
        """
        weights = _weights(self._suite, self.public, blinded, evaluated)
        combined = elements_of(combine(weights, blinded))
        same = multiply(self._secret, combined)[0].tobytes()
        nonce = random or random_scalars(1).tobytes()
        challenge = _challenge(
            self._suite,
            self.public,
            combined.tobytes(),
            same,
            rbcl.crypto_scalarmult_ristretto255_base(nonce),
            multiply(np.frombuffer(nonce, np.uint8), combined)[0].tobytes(),
        )
        product = rbcl.crypto_core_ristretto255_scalar_mul(challenge, self._secret.tobytes())
        return challenge + rbcl.crypto_core_ristretto255_scalar_sub(nonce, product)

    def output(self, inputs: Sequence[bytes]) -> list[bytes]:
        """Return the function's values, 64 bytes each, for inputs that the holder knows itself."""
        elements = elements_of(b"".join(map(self._suite.hash_to_group, inputs)))
        products = multiply(self._secret, elements)
        return [_finalised(i, e.tobytes()) for i, e in zip(inputs, products, strict=True)]

    def __repr__(self) -> str:
        return "Key(secret=hidden)"


def blind(
    inputs: Sequence[bytes],
    mode: Mode = Mode.VERIFIABLE,
    blinds: NDArray[np.uint8] | None = None,
) -> Blinded:
    """Return ``inputs`` (one or more) as elements that say nothing of them.

    ``blinds`` (n, 32) are for test vectors.
    """
    suite = Suite(mode)
    elements = elements_of(b"".join(map(suite.hash_to_group, inputs)))
    blinds = random_scalars(len(inputs)) if blinds is None else blinds
    return Blinded(tuple(inputs), blinds, multiply(blinds, elements))


def finalise(blinded: Blinded, evaluated: Elements) -> list[bytes]:
    """Return the function's value, 64 bytes, at each input, without any check of the key."""
    if evaluated.shape != blinded.elements.shape:
        raise UsageError("There must be one evaluated element for each that was sent.")
    bare = multiply(invert(blinded.blinds), evaluated)
    return [_finalised(i, e.tobytes()) for i, e in zip(blinded.inputs, bare, strict=True)]


def proven(
    public: bytes,
    blinded: Elements,
    evaluated: Elements,
    proof: bytes,
    *,
    mode: Mode = Mode.VERIFIABLE,
) -> bool:
    """Whether ``proof`` shows that ``evaluated`` was made by the key of ``public``.

    Section 2.2.2. Raises `UsageError` for elements or scalars that are none.
    """
    if evaluated.shape != blinded.shape or len(proof) != PROOF:
        return False
    suite = Suite(mode)
    challenge, response = proof[:SCALAR], proof[SCALAR:]
    weights = _weights(suite, public, blinded, evaluated)
    combined, same = combine(weights, blinded), combine(weights, evaluated)
    expected = _challenge(
        suite,
        public,
        combined,
        same,
        combine([response, challenge], elements_of(_BASE + public)),
        combine([response, challenge], elements_of(combined + same)),
    )
    return compare_digest(expected, challenge)


def _weights(suite: Suite, public: bytes, blinded: Elements, evaluated: Elements) -> list[bytes]:
    """Return the random weights under which all pairs are proven at once."""
    seed = hashlib.sha512(framed(public, b"Seed-" + suite.context)).digest()
    before, after = framed(seed), b"Composite"
    return [
        suite.hash_to_scalar(
            before + row.to_bytes(2) + framed(one.tobytes(), other.tobytes()) + after
        )
        for row, (one, other) in enumerate(zip(blinded, evaluated, strict=True))
    ]


def _challenge(suite: Suite, *elements: bytes) -> bytes:
    return suite.hash_to_scalar(framed(*elements) + b"Challenge")


def _finalised(data: bytes, element: bytes) -> bytes:
    if element == _IDENTITY:
        raise UsageError("The evaluated element is the identity; ask another server.")
    return hashlib.sha512(framed(data, element) + b"Finalize").digest()
