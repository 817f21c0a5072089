"""The job of watching live streams: receive, decode, hash, match; keep nothing but signals."""

from __future__ import annotations
