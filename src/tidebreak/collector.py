"""Python's collector of cycles, held back where it costs more than it finds.

Rows of lists and results of checks hold no cycles; walking them for some costs a quarter to a half
of the time. In a service each full walk stops every answer for a quarter of a second.
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


def leave_alone() -> None:
    """Never again walk what there is now: call it once a service has started.

    Its modules, kernels and tables stay to the end; what comes and goes afterwards is walked.
    """
    gc.collect()
    gc.freeze()
