"""Everything matchable, sealed or near, in immutable memory-mapped files with a delta on top.

``near`` and ``exact`` are the two indexes, ``snapshot`` joins them in a folder, ``files`` is how
any of them lies on the disk. What begins with ``near_`` belongs to the first: ``plan`` proves which
look-ups suffice, ``near_tables`` are what is looked up in, ``near_build`` makes them,
``near_probe`` and ``near_scan`` search, ``near_choice`` says which. ``…_plain`` answers the same in
numpy, for processes too short to load a compiler (``cold``), and is the oracle of the tests.
"""

from __future__ import annotations

from tidebreak.index.exact import ExactIndex
from tidebreak.index.near import NearIndex
from tidebreak.index.snapshot import Snapshot

KERNEL_MODULES = tuple(
    f"tidebreak.index.{name}"
    for name in ("spread_kernels", "near_build", "near_probe", "near_scan", "exact_kernels")
)
"""What to hand to `tidebreak.kernels.warm`; these are only imported once they pay."""

__all__ = ["KERNEL_MODULES", "ExactIndex", "NearIndex", "Snapshot"]
