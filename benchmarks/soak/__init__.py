"""Two replicas under load while things go wrong around them: ``python -m benchmarks.soak``."""

from __future__ import annotations
