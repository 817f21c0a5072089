"""The service: screening for platforms over HTTP, in front of everything that they already run."""

from __future__ import annotations
