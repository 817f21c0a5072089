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

from tidebreak.errors import UsageError
from tidebreak.seal.oprf.group import (
    Decoded,
    Elements,
    Scalars,
    decoded,
    elements_of,
    inverted,
    random_scalars,
    total,
)
from tidebreak.seal.oprf.suite import ELEMENT, ORDER, PROOF, SCALAR, Mode, Suite, framed, public_key

_BASE = rbcl.crypto_scalarmult_ristretto255_base((1).to_bytes(SCALAR, "little"))


@dataclass(frozen=True, slots=True)
class Blinded:
    """Inputs on their way: ``elements`` (n, 32) go to the holder of the key, the rest stays."""

    inputs: tuple[bytes, ...] = field(repr=False)
    blinds: Scalars = field(repr=False)
    elements: Elements


class Key:
    """The holder of the key. Raises `UsageError` for what is no element of the group."""

    def __init__(self, secret: bytes, mode: Mode = Mode.VERIFIABLE) -> None:
        """``secret`` is a scalar of 32 bytes, not zero."""
        self.public = public_key(secret)
        self._secret = np.frombuffer(secret, np.uint8)
        self._suite = Suite(mode)

    def evaluate(self, blinded: Elements) -> Elements:
        """Return the key times every element (``BlindEvaluate``, section 3.3.1)."""
        return decoded(blinded).times(self._secret)

    def prove(self, blinded: Elements, random: bytes | None = None) -> tuple[Elements, bytes]:
        """Return what `evaluate` does and 64 bytes that show that the key made all of it.

        Sections 3.3.2 and 2.2.1. ``random`` is for test vectors; a nonce that is used twice gives
        the key away.
        """
        points = decoded(blinded)
        evaluated = points.times(self._secret)
        weights = _weights(self._suite, self.public, blinded, evaluated)
        combined = total(points, weights)
        nonce = random or random_scalars(1).tobytes()
        challenge = _challenge(
            self._suite,
            self.public,
            combined,
            rbcl.crypto_scalarmult_ristretto255(self._secret.tobytes(), combined),
            rbcl.crypto_scalarmult_ristretto255_base(nonce),
            rbcl.crypto_scalarmult_ristretto255(nonce, combined),
        )
        product = rbcl.crypto_core_ristretto255_scalar_mul(challenge, self._secret.tobytes())
        return evaluated, challenge + rbcl.crypto_core_ristretto255_scalar_sub(nonce, product)

    def output(self, inputs: Sequence[bytes]) -> list[bytes]:
        """Return the function's values, 64 bytes each, for inputs that the holder knows itself."""
        products = self.evaluate(_hashed(self._suite, inputs))
        return [_finalised(i, e.tobytes()) for i, e in zip(inputs, products, strict=True)]

    def __repr__(self) -> str:
        return "Key(secret=hidden)"


def blind(
    inputs: Sequence[bytes],
    mode: Mode = Mode.VERIFIABLE,
    blinds: Scalars | None = None,
) -> Blinded:
    """Return ``inputs`` (one or more) as elements that say nothing of them.

    ``blinds`` (n, 32) are for test vectors.
    """
    blinds = random_scalars(len(inputs)) if blinds is None else blinds
    elements = decoded(_hashed(Suite(mode), inputs)).times(blinds)
    return Blinded(tuple(inputs), blinds, elements)


def finalise(blinded: Blinded, evaluated: Elements) -> list[bytes]:
    """Return the function's value, 64 bytes, at each input, without any check of the key."""
    if evaluated.shape != blinded.elements.shape:
        raise UsageError("There must be one evaluated element for each that was sent.")
    return _unblinded(blinded, decoded(evaluated))


def finalise_proven(
    blinded: Blinded, evaluated: Elements, proof: bytes, public: bytes
) -> list[bytes] | None:
    """Return what `finalise` does, None unless ``proof`` shows that the key of ``public`` was used.

    Sections 3.3.2 and 2.2.2. Raises `UsageError` for elements that are none.
    """
    if evaluated.shape != blinded.elements.shape or len(proof) != PROOF:
        return None
    points = decoded(evaluated)
    if not _proven(public, blinded.elements, evaluated, points, proof):
        return None
    return _unblinded(blinded, points)


def _proven(
    public: bytes, blinded: Elements, evaluated: Elements, points: Decoded, proof: bytes
) -> bool:
    suite = Suite(Mode.VERIFIABLE)
    both = np.frombuffer(proof, np.uint8).reshape(2, SCALAR)[::-1]  # response, challenge
    if any(not 0 < int.from_bytes(scalar.tobytes(), "little") < ORDER for scalar in both):
        return False
    weights = _weights(suite, public, blinded, evaluated)
    combined, same = total(decoded(blinded), weights), total(points, weights)
    expected = _challenge(
        suite,
        public,
        combined,
        same,
        total(decoded(elements_of(_BASE + public)), both),
        total(decoded(elements_of(combined + same)), both),
    )
    return compare_digest(expected, proof[:SCALAR])


def _unblinded(blinded: Blinded, points: Decoded) -> list[bytes]:
    bare = points.times(inverted(blinded.blinds))
    return [_finalised(i, e.tobytes()) for i, e in zip(blinded.inputs, bare, strict=True)]


def _hashed(suite: Suite, inputs: Sequence[bytes]) -> Elements:
    return elements_of(b"".join(map(suite.hash_to_group, inputs)))


def _weights(suite: Suite, public: bytes, blinded: Elements, evaluated: Elements) -> Scalars:
    """Return the random weights, (n, 32), under which all pairs are proven at once."""
    seed = hashlib.sha512(framed(public, b"Seed-" + suite.context)).digest()
    before, length = framed(seed), ELEMENT.to_bytes(2)
    pairs = zip(blinded, evaluated, strict=True)
    scalars = [
        suite.hash_to_scalar(
            b"".join((before, row.to_bytes(2), length, one.tobytes(), length, other.tobytes(),
                      b"Composite"))
        )
        for row, (one, other) in enumerate(pairs)
    ]  # fmt: skip
    return np.frombuffer(b"".join(scalars), np.uint8).reshape(-1, SCALAR)


def _challenge(suite: Suite, *elements: bytes) -> bytes:
    return suite.hash_to_scalar(framed(*elements) + b"Challenge")


def _finalised(data: bytes, element: bytes) -> bytes:
    return hashlib.sha512(framed(data, element) + b"Finalize").digest()
