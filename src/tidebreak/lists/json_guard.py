"""A reader that refuses JSON nested too deeply, before a parser spends memory on it.

The streaming parser keeps the path to every open level: a hundred thousand brackets, 100 KB of
file, cost it tens of gigabytes.
"""

from __future__ import annotations

from typing import IO

import numpy as np

from tidebreak.errors import BadList

DEEPEST = 64
"""Levels that are read; hash lists have fewer than ten."""

_STEP = np.zeros(256, np.int8)
_STEP[list(b"[{")] = 1
_STEP[list(b"]}")] = -1


class JsonGuard:
    """Passes ``file`` on and follows its nesting; `read` raises `BadList` when it is too deep."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._depth = 0
        self._inside = False
        """Whether the text so far ends inside a string."""
        self._escape = b""
        """A backslash at the end of the text so far that escapes what follows."""

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes."""
        data = self._file.read(size)
        self._follow(data)
        return data

    def _follow(self, data: bytes) -> None:
        text = (self._escape + data).replace(b"\\\\", b"")
        self._escape = b"\\" if text.endswith(b"\\") else b""
        parts = text.replace(b'\\"', b"").split(b'"')
        outside = b"".join(parts[1::2] if self._inside else parts[::2])
        self._inside ^= len(parts) % 2 == 0
        if not outside:
            return
        depths = self._depth + np.cumsum(_STEP[np.frombuffer(outside, np.uint8)], dtype=np.int64)
        self._depth = int(depths[-1])
        if int(depths.max()) > DEEPEST:
            raise BadList(f"The JSON is nested more than {DEEPEST} deep; this is no hash list.")
