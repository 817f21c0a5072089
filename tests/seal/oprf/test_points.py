from __future__ import annotations

import ast
import inspect
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from types import ModuleType

import numpy as np
import pytest
import rbcl
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.seal.oprf import ristretto_twin as twin

from tidebreak.errors import UsageError
from tidebreak.seal.oprf import coding_kernels, field_kernels, point_kernels, root_kernels
from tidebreak.seal.oprf.points import decode
from tidebreak.seal.oprf.suite import ORDER

BASE = rbcl.crypto_scalarmult_ristretto255_base((1).to_bytes(32, "little"))
SCALARS = st.one_of(st.integers(1, ORDER - 1), st.integers(1, 300), st.integers(1, 300).map(
    lambda n: ORDER - n))  # fmt: skip


def rows(items: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(items), np.uint8).reshape(-1, 32)


def drawn(count: int) -> tuple[np.ndarray, np.ndarray]:
    scalars = [rbcl.crypto_core_ristretto255_scalar_random() for _ in range(count)]
    return rows(scalars), rows([rbcl.crypto_core_ristretto255_random() for _ in range(count)])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(SCALARS, SCALARS), min_size=1, max_size=10))
def test_products_are_those_of_libsodium_and_of_whole_numbers(pairs: list[tuple[int, int]]):
    scalars = rows([scalar.to_bytes(32, "little") for scalar, _ in pairs])
    elements = rows([rbcl.crypto_scalarmult_ristretto255_base(e.to_bytes(32, "little"))
                     for _, e in pairs])  # fmt: skip
    products = decode(elements).times(scalars)
    for (scalar, _), element, product in zip(pairs, elements, products, strict=True):
        number = scalar.to_bytes(32, "little")
        assert product.tobytes() == rbcl.crypto_scalarmult_ristretto255(number, element.tobytes())
    assert products[0].tobytes() == twin.times_encoded(scalars[0].tobytes(), elements[0].tobytes())


@pytest.mark.parametrize("count", [1, 8, 9, 300])
def test_one_scalar_for_all_and_weighted_sums(count: int):
    scalars, elements = drawn(count)
    points = decode(elements)
    products = [rbcl.crypto_scalarmult_ristretto255(s.tobytes(), e.tobytes())
                for s, e in zip(scalars, elements, strict=True)]  # fmt: skip
    parts = [part.tobytes() for part in points.weighted(scalars)]
    add = rbcl.crypto_core_ristretto255_add
    assert reduce(add, parts) == reduce(add, products)
    same = points.times(scalars[0])
    assert same[-1].tobytes() == rbcl.crypto_scalarmult_ristretto255(
        scalars[0].tobytes(), elements[-1].tobytes()
    )


# RFC 9496, appendix A.2: not canonical, negative, no square, negative product, the identity.
BAD = [
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_element_is_refused(text: str):
    elements = rows([BASE] * 9 + [bytes.fromhex(text)] + [BASE])
    with pytest.raises(UsageError, match="Element 9 "):
        decode(elements)


@settings(deadline=None)
@given(st.lists(st.binary(min_size=32, max_size=32), min_size=8, max_size=16))
def test_any_bytes_are_taken_exactly_when_the_twin_takes_them(items: list[bytes]):
    items = [bytes([item[0] & 0xFE]) + item[1:31] + bytes([item[31] & 0x7F]) for item in items]
    for item in items:
        taken = twin.decode(item) not in (None, twin.IDENTITY)
        if taken:
            one = (1).to_bytes(32, "little")
            assert decode(rows([item])).times(rows([one]))[0].tobytes() == item
        else:
            with pytest.raises(UsageError):
                decode(rows([item]))


def test_nothing_is_decoded_to_nothing():
    assert decode(np.empty((0, 32), np.uint8)).times(np.ones(32, np.uint8)).shape == (0, 32)


def test_several_threads_do_not_disturb_each_other():
    # Kernels let other threads run: whatever they work in must belong to one call alone.
    scalars, elements = drawn(200)
    points = decode(elements)
    expected = points.times(scalars), points.weighted(scalars)

    def work(_: int) -> bool:
        own = decode(elements)
        same = own.times(scalars), own.weighted(scalars)
        return all((a == b).all() for a, b in zip(same, expected, strict=True))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(24)))


@pytest.mark.parametrize("module", [coding_kernels, point_kernels, root_kernels, field_kernels])
def test_no_kernel_allocates_what_it_knows_by_its_address_alone(module: ModuleType):
    # numba frees an array after its last use by name, while its address is still worked with.
    functions = [node for node in ast.walk(ast.parse(inspect.getsource(module)))
                 if isinstance(node, ast.FunctionDef)
                 and any(ast.unparse(d) == "kernel" for d in node.decorator_list)]  # fmt: skip
    assert functions
    assert not [f.name for f in functions if "np.empty" in ast.unparse(f)
                or "np.zeros" in ast.unparse(f)]  # fmt: skip
