"""Views of a picture: what it may have been before somebody edited it (``docs/views.md``)."""

from __future__ import annotations

from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.plan import views_of

__all__ = ["ReducedLuma", "views_of"]
