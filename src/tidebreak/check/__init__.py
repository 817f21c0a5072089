"""The job of ``tidebreak check``: links, torrents and client stores, by what they name."""

from __future__ import annotations
