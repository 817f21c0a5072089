"""Reading binary records without trusting a count in them: nothing is taken that is not there."""

from __future__ import annotations

import struct

from tidebreak.errors import BadLink

_U16, _U32, _U64 = struct.Struct("<H"), struct.Struct("<I"), struct.Struct("<Q")


class Reader:
    """Bytes from which little-endian values are taken, one after the other.

    Every method raises `BadLink` where there are too few bytes left.
    """

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data, self._at, self._end = data, at, len(data)

    @property
    def left(self) -> int:
        """Bytes that were not taken yet."""
        return self._end - self._at

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        start = self._pass(count)
        return self._data[start : self._at]

    def skip(self, count: int) -> None:
        """Pass over ``count`` bytes."""
        self._pass(count)

    def u8(self) -> int:
        """Return one byte."""
        return self._data[self._pass(1)]

    def u16(self) -> int:
        """Return an unsigned number of 2 bytes."""
        return _U16.unpack_from(self._data, self._pass(2))[0]

    def u32(self) -> int:
        """Return an unsigned number of 4 bytes."""
        return _U32.unpack_from(self._data, self._pass(4))[0]

    def u64(self) -> int:
        """Return an unsigned number of 8 bytes."""
        return _U64.unpack_from(self._data, self._pass(8))[0]

    def _pass(self, count: int) -> int:
        """Go on by ``count`` bytes and return where they begin."""
        start = self._at
        if start + count > self._end:
            raise BadLink(f"cut off: {count:,} bytes should follow, {self.left:,} do")
        self._at = start + count
        return start
