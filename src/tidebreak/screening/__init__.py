"""Screening: what a service does with each thing that it is asked about, and remembers of it."""

from __future__ import annotations
