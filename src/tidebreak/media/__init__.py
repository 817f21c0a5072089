"""Open untrusted media safely: sniffing, canonical pixels, archives, isolated workers."""

from __future__ import annotations
