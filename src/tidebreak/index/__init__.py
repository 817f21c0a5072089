"""Everything matchable, sealed or near, in immutable memory-mapped files with a delta on top."""

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
