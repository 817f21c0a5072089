from __future__ import annotations

import numpy as np

from tidebreak.seal.oprf import field, field_kernels
from tidebreak.seal.oprf.field_kernels import LANES


def numbers(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = [int.from_bytes(rng.bytes(32)) % field.PRIME for _ in range(LANES)]
    return np.array([field.limbs_of(v) for v in values], np.uint64).T.copy()


def test_kernels_do_what_the_plain_twin_does():
    f, g, out = numbers(1), numbers(2), np.zeros((field.LIMBS, LANES), np.uint64)
    f += numbers(3)  # loose
    field_kernels.multiply(out.ctypes.data, f.ctypes.data, g.ctypes.data)
    assert (out == np.array(field.multiply(list(f), list(g)))).all()
    field_kernels.square(out.ctypes.data, f.ctypes.data)
    assert (out == np.array(field.square(list(f)))).all()
    tight = np.array(field.tighten(list(f)))
    field_kernels.freeze(out.ctypes.data, tight.ctypes.data)
    assert (out == np.array(field.freeze(list(tight)))).all()


def test_a_result_may_stand_where_a_factor_was():
    f, g = numbers(4), numbers(5)
    expected = np.array(field.multiply(list(f), list(g)))
    field_kernels.multiply(f.ctypes.data, f.ctypes.data, g.ctypes.data)
    assert (f == expected).all()


def test_the_kernels_can_be_warmed():
    field_kernels.warm()
    assert field_kernels.multiply.signatures
