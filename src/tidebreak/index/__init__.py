"""Everything matchable, sealed or near, in immutable memory-mapped files with a delta on top."""

from __future__ import annotations

from tidebreak.index.exact import ExactIndex
from tidebreak.index.near import NearIndex
from tidebreak.index.snapshot import Snapshot

__all__ = ["ExactIndex", "NearIndex", "Snapshot"]
