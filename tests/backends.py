"""On which back ends a module's tests run: ``BACKENDS = BOTH``."""

from __future__ import annotations

BOTH = ("sqlite", "postgres")
