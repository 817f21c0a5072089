"""Kernels compile within whichever example comes first: no example has a deadline here."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("compiling", deadline=None)
settings.load_profile("compiling")
