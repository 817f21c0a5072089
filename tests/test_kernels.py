from __future__ import annotations

import numpy as np
import pytest
from numba.core import caching

from tidebreak import kernels


@kernels.kernel
def _sum(values):
    total = 0
    for value in values:
        total += value
    return total


def test_a_kernel_is_compiled_and_computes():
    assert _sum(np.arange(10)) == 45
    assert _sum.signatures


def test_where_nothing_can_be_cached_a_kernel_still_computes(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(caching.FunctionCache, "__init__", refuse)

    def double(value: int) -> int:
        return 2 * value

    assert kernels.kernel(double)(21) == 42
    assert kernels.reordering_kernel(double)(21) == 42


def test_warming_calls_every_registered_module(monkeypatch: pytest.MonkeyPatch):
    called: list[str] = []

    class Fake:
        def __init__(self, name: str) -> None:
            self.name = name

        def warm(self) -> None:
            called.append(self.name)

    monkeypatch.setattr(kernels.importlib, "import_module", Fake)
    kernels.warm("a", "b")
    assert called == ["a", "b"]


def test_a_module_is_registered_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kernels, "_MODULES", [])
    kernels.warmable("x")
    kernels.warmable("x")
    assert kernels._MODULES == ["x"]


def test_warming_without_names_finds_every_kernel_module():
    kernels.warm()
    assert {"tidebreak.hashing.md", "tidebreak.hashing.pdq_kernels"} <= set(kernels._MODULES)
