"""A backup of an installation, and the way back: ``docs/storage.md``."""

from __future__ import annotations
