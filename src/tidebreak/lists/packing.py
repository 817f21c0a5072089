"""Entries as the vault keeps them: original values and all fields, a block of entries at a time.

Layout: length (uint32, little endian) of the zlib-compressed JSON header, the header, then for
each of its ``signals`` the rows (uint16), the values and the quality (uint8) where given, then
the lines (uint32). Values are not compressible; the header with its texts is.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tidebreak.lists.batch import UNKNOWN_QUALITY, Batch, Column
from tidebreak.model import Signal
from tidebreak.signals import signal_type

BLOCK = 1024
"""Entries per block, at most."""

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Kept:
    """What the vault keeps of one entry."""

    line: int
    signals: tuple[Signal, ...]
    fields: Mapping[str, object]
    key: str = ""
    """The owner's id where that looks like a hash and so stands nowhere in the clear."""


def pack(
    batch: Batch, fields: Sequence[str], hidden: Mapping[int, str], start: int, stop: int
) -> bytes:
    """Return rows ``start`` to ``stop`` of ``batch``.

    ``fields`` are its fields as JSON; ``hidden`` the keys, by row, that stand nowhere else.
    """
    parts: list[bytes] = []
    signals: list[tuple[str, int, int, bool]] = []
    for column in batch.columns:
        first, last = np.searchsorted(column.rows, (start, stop))
        if first == last:
            continue
        signals.append(
            (
                column.type.name,
                column.values.shape[1],
                int(last - first),
                column.quality is not None,
            )
        )
        parts.append((column.rows[first:last] - start).astype("<u2").tobytes())
        parts.append(column.values[first:last].tobytes())
        if column.quality is not None:
            parts.append(column.quality[first:last].tobytes())
    parts.append(np.minimum(batch.lines[start:stop], 0xFFFFFFFF).astype("<u4").tobytes())
    keys = {row - start: hidden[row] for row in range(start, stop) if row in hidden}
    texts = ",".join(text or "{}" for text in fields[start:stop])
    described = f'"signals":{json.dumps(signals)},"keys":{json.dumps(keys)}'
    header = f'{{{described},"fields":[{texts}]}}'
    packed = zlib.compress(header.encode(), 1)
    return b"".join([_LENGTH.pack(len(packed)), packed, *parts])


def unpack(content: bytes, row: int) -> Kept:
    """Return what `pack` kept of row ``row``, counted from its ``start``."""
    header, columns, place = _taken_apart(content)
    signals: list[Signal] = []
    for column in columns:
        for found in np.flatnonzero(column.rows == row).tolist():
            quality = UNKNOWN_QUALITY if column.quality is None else int(column.quality[found])
            given = None if quality == UNKNOWN_QUALITY else quality
            signals.append(Signal(column.type, column.values[found].tobytes(), given))
    (line,) = struct.unpack_from("<I", content, place + 4 * row)
    fields = header["fields"]
    key = header["keys"].get(str(row), "")
    return Kept(line, tuple(signals), fields[row] if fields else {}, key)


def unpack_columns(content: bytes) -> list[Column]:
    """Return the signals that `pack` kept, their rows counted from its ``start``."""
    return _taken_apart(content)[1]


def _taken_apart(content: bytes) -> tuple[dict[str, Any], list[Column], int]:
    """Return the header, the columns, and where the lines begin."""
    (length,) = _LENGTH.unpack_from(content)
    place = _LENGTH.size + length
    header: dict[str, Any] = json.loads(zlib.decompress(content[_LENGTH.size : place]))
    columns: list[Column] = []
    for name, width, count, has_quality in header["signals"]:
        rows = np.frombuffer(content, "<u2", count, place).astype(np.uint32)
        values = np.frombuffer(content, np.uint8, width * count, place + 2 * count)
        place += (2 + width) * count
        quality = np.frombuffer(content, np.uint8, count, place) if has_quality else None
        place += count if has_quality else 0
        columns.append(Column(signal_type(name), rows, values.reshape(count, width), quality))
    return header, columns, place
