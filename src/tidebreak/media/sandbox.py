"""The sandbox of the workers: lock a process down, and prove that it is."""

from __future__ import annotations

from tidebreak.media.sandbox_ladder import Posture, Rung, lock_down
from tidebreak.media.sandbox_probes import self_test

__all__ = ["Posture", "Rung", "lock_down", "self_test"]
