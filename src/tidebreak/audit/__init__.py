"""Hash-chained events."""

from __future__ import annotations
