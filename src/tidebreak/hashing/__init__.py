"""Bytes or arrays in, signals out: pure functions and kernels, no I/O."""

from __future__ import annotations
