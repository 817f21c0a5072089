"""One module per list format, each with ``detect`` and ``read``."""

from __future__ import annotations
