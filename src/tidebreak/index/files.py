"""Files of arrays: written whole or not at all, mapped rather than read, checked.

Layout, all numbers little-endian::

    0   8 bytes   b"TIDEIDX1"
    8   4 bytes   length of the header
    12  32 bytes  BLAKE3 of the header
    44  ...       the header: JSON with "kind", "version", "meta" and, for each array, "name",
                  "dtype", "shape", "offset" and "blake3"
    then the arrays, each beginning at a multiple of 4096

The header is checked whenever a file is opened; arrays are checked on demand, since reading all
of them would take longer than everything else that a short-lived process does.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from tidebreak.errors import Damaged, UsageError
from tidebreak.files import SHARED, replacing

MAGIC = b"TIDEIDX1"
VERSION = 1
_PREFIX = struct.Struct("<8sI32s")
_ALIGN = 4096


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """An open file: its arrays are views of the mapping, which lives as long as they do."""

    path: Path
    meta: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    digests: dict[str, str]

    def check(self, names: Iterable[str] | None = None) -> None:
        """Compare arrays (default: all) with their checksums; raise `Damaged`."""
        for name in self.arrays if names is None else names:
            if digest(self.arrays[name]) != self.digests[name]:
                raise damaged(self.path, f"the checksum of '{name}' is wrong")


def damaged(path: Path, what: str) -> Damaged:
    """Return the error that says so, and what to do."""
    return Damaged(f"{path}: {what}; rebuild the index or restore the file from a copy.")


def digest(array: NDArray[Any]) -> str:
    """Return the BLAKE3 of an array's bytes, in hexadecimal."""
    return blake3(_bytes_of(array)).hexdigest()


def _bytes_of(array: NDArray[Any]) -> memoryview:
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(np.uint8).data if flat.size else memoryview(b"")


def _header(kind: str, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    described: list[dict[str, Any]] = []
    # Offsets count from the end of the header: its length depends on what it says.
    offset = 0
    for name, array in arrays.items():
        described.append({
            "name": name, "dtype": array.dtype.newbyteorder("<").str, "shape": array.shape,
            "offset": offset, "blake3": digest(array),
        })  # fmt: skip
        offset += -(-array.nbytes // _ALIGN) * _ALIGN
    return json.dumps(
        {"kind": kind, "version": VERSION, "meta": dict(meta), "arrays": described}
    ).encode()


def _first_array(header_length: int) -> int:
    return -(-(_PREFIX.size + header_length) // _ALIGN) * _ALIGN


def write_arrays(
    path: Path, kind: str, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Write a file and replace what was at ``path`` by it once it is safely on the disk."""
    header = _header(kind, meta, arrays)
    with replacing(path, SHARED) as file:
        file.write(_PREFIX.pack(MAGIC, len(header), blake3(header).digest()) + header)
        for array in arrays.values():
            file.write(bytes(-file.tell() % _ALIGN))
            file.write(_bytes_of(array))


def open_arrays(path: Path, kind: str) -> ArrayFile:
    """Map the file of ``kind`` at ``path``; raise `Damaged`, or `UsageError` if there is none."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise UsageError(f"There is no index at {path}; build and save one first.") from None
    with file:
        size = os.fstat(file.fileno()).st_size
        if size < _PREFIX.size:
            raise damaged(path, "it ends too early")
        # Private and copied on write: numba sees one type of array whether built or mapped,
        # and nothing that writes by mistake reaches the file.
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    header, length = _read_header(path, mapped)
    if header["kind"] != kind or header["version"] != VERSION:
        raise damaged(path, f"it is not a '{kind}' index of version {VERSION}")
    first = _first_array(length)
    arrays = {item["name"]: _view(path, mapped, first, item) for item in header["arrays"]}
    digests = {item["name"]: item["blake3"] for item in header["arrays"]}
    return ArrayFile(path, header["meta"], arrays, digests)


def header_digest(path: Path) -> str:
    """Return the checksum of the header at ``path``, in hexadecimal: it covers all others."""
    with path.open("rb") as file:
        prefix = file.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size:
        raise damaged(path, "it ends too early")
    return _PREFIX.unpack(prefix)[2].hex()


def _read_header(path: Path, mapped: mmap.mmap) -> tuple[dict[str, Any], int]:
    magic, length, expected = _PREFIX.unpack_from(mapped)
    if magic != MAGIC:
        raise damaged(path, "it is not an index")
    text = mapped[_PREFIX.size : _PREFIX.size + length]
    if blake3(text).digest() != expected:
        raise damaged(path, "the checksum of its header is wrong")
    return json.loads(text), length


def _view(path: Path, mapped: mmap.mmap, first: int, item: dict[str, Any]) -> NDArray[Any]:
    kind, shape = np.dtype(item["dtype"]), tuple(item["shape"])
    count = int(np.prod(shape, dtype=np.int64))
    begin = first + int(item["offset"])
    if not count:
        return np.empty(shape, kind)
    if begin + count * kind.itemsize > len(mapped):
        raise damaged(path, "it ends too early")
    return np.frombuffer(mapped, kind, count, begin).reshape(shape)
