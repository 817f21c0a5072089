"""Links, torrents and client stores to signals: pure, strict, and nothing is ever fetched."""

from __future__ import annotations
