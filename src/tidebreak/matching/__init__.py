"""Signals in, verdicts with their reasons out."""

from __future__ import annotations
