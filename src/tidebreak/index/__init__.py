"""Everything matchable, sealed or near, in immutable memory-mapped files with a delta on top."""

from __future__ import annotations

from tidebreak.index.near import NearIndex

__all__ = ["NearIndex"]
