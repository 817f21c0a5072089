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
        self._data, self.at = data, at

    @property
    def left(self) -> int:
        """Bytes that were not taken yet."""
        return len(self._data) - self.at

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        start = self.at
        self._must_have(count)
        self.at += count
        return self._data[start : self.at]

    def skip(self, count: int) -> None:
        """Pass over ``count`` bytes."""
        self._must_have(count)
        self.at += count

    def u8(self) -> int:
        """Return one byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Return an unsigned number of 2 bytes."""
        return self._number(_U16)

    def u32(self) -> int:
        """Return an unsigned number of 4 bytes."""
        return self._number(_U32)

    def u64(self) -> int:
        """Return an unsigned number of 8 bytes."""
        return self._number(_U64)

    def _number(self, form: struct.Struct) -> int:
        start = self.at
        self._must_have(form.size)
        self.at += form.size
        return form.unpack_from(self._data, start)[0]

    def _must_have(self, count: int) -> None:
        if count > self.left:
            raise BadLink(f"cut off: {count:,} bytes should follow, {self.left:,} do")
