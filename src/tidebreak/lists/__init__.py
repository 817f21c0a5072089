"""Hash lists: formats in, the catalogue of what was imported, snapshots out."""

from __future__ import annotations
