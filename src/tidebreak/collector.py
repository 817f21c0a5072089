"""Python's collector of cycles, held back where millions of small objects come and go.

Rows of lists and results of checks hold no cycles; walking them for some costs a quarter to a half
of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def paused() -> Generator[None]:
    """Let no collection begin meanwhile; what is no longer referred to is freed all the same."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
