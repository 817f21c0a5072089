"""What every numba kernel shares: how it is compiled, cached and warmed.

Kernels release the GIL, are compiled on first use and cached beside the source (or in numba's
user cache where that is read-only). A fresh machine compiles for about a minute; ``tidebreak
doctor --warm`` does it ahead of time, and the isolated workers warm up before they lock down.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

import numba

_PACKAGES = ("tidebreak.hashing", "tidebreak.index")
"""Where the kernels are that workers need; those of `tidebreak.matching` load when used."""

_MODULES: list[str] = []
"""Modules with a function ``warm()`` that calls each of their kernels once on tiny input."""


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` for the machine at hand, without the GIL, cached on disk."""
    return _compiled(function)


def reordering_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` as `kernel` does, free to reorder and fuse floating-point sums.

    For sums whose last bits do not matter: the result depends on the machine's vector width.
    """
    options = {"contract", "reassoc", "nsz"}
    return _compiled(function, fastmath=options)


def _compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    try:
        return numba.njit(nogil=True, cache=True, boundscheck=None, **options)(function)
    except RuntimeError:
        # Nothing may be written: neither the source's folder nor a home. Every start compiles then.
        return numba.njit(nogil=True, boundscheck=None, **options)(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` into every kernel that calls it.

    It has no cache of its own: what comes out of the cache is machine code that is only called.
    The caches of its callers do not notice when it changes in another file: delete them then.
    """
    return numba.njit(nogil=True, forceinline=True)(function)


def warmable(module: str) -> None:
    """Register ``module`` (its ``__name__``): its ``warm()`` compiles all of its kernels."""
    if module not in _MODULES:
        _MODULES.append(module)


def warm(*modules: str) -> None:
    """Compile or load every kernel of ``modules`` (default: all that there are)."""
    for name in modules or registered():
        importlib.import_module(name).warm()


def registered() -> tuple[str, ...]:
    """Return the names of all modules with kernels: of those that workers need, and are loaded."""
    for package in _PACKAGES:
        for found in pkgutil.iter_modules(importlib.import_module(package).__path__):
            importlib.import_module(f"{package}.{found.name}")
    return tuple(_MODULES)
