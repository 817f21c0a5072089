"""A near index as a file, and the test that it takes when it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.index import near_choice
from tidebreak.index.files import ArrayFile, damaged, open_arrays, write_arrays
from tidebreak.index.near_part import Part
from tidebreak.index.near_tables import Tables
from tidebreak.index.packing import unpack
from tidebreak.index.plan import BANDS

KIND = "near"


@dataclass(frozen=True, slots=True)
class NearFile:
    """An opened file: its one part and the rows that were withdrawn."""

    source: ArrayFile
    part: Part
    withdrawn: NDArray[Any]


def write(path: Path, part: Part, withdrawn: NDArray[np.int64]) -> None:
    """Write ``part``, which must hold all rows, and the numbers of withdrawn rows."""
    arrays: dict[str, NDArray[Any]] = {
        "words": part.words,
        "withdrawn": withdrawn.astype(np.uint32),
    }
    if part.tables is not None:
        arrays |= {
            "offsets": part.tables.offsets,
            "nexts": part.tables.nexts,
            "rows": part.tables.rows,
        }
    write_arrays(path, KIND, {"rows": len(part)}, arrays)


def read(path: Path, *, resident: bool) -> NearFile:
    """Map the file at ``path``, or with ``resident`` read it; raise `Damaged`."""
    source = open_arrays(path, KIND)
    arrays = source.arrays
    source.check({"offsets", "withdrawn"} & arrays.keys())
    withdrawn = arrays["withdrawn"]
    if resident:
        arrays = {name: array.copy() for name, array in arrays.items()}
    tables = None
    if "offsets" in arrays:
        tables = Tables(arrays["offsets"], arrays["nexts"], arrays["rows"])
    return NearFile(source, Part(0, arrays["words"], tables), withdrawn)


def self_test(file: NearFile) -> None:
    """Search for 16 entries drawn from the file, one through each band; raise `Damaged`.

    By the bound in `tidebreak.index.plan` a hash that differs from an entry in 15 bits of band b
    alone is found, at radius 15, from the band after b only. So these queries pass through every
    table; and since all thresholds are 0, few pages of a large file need to be read.
    """
    part = file.part
    if not len(part):
        return
    drawn = np.linspace(0, len(part) - 1, BANDS, dtype=np.int64)
    queries = part.words[drawn]
    queries.view(np.uint16)[np.arange(BANDS), np.arange(BANDS)] ^= np.uint16(0x7FFF)
    method = near_choice.Method.EACH if part.tables is not None else near_choice.Method.SCAN
    packed = near_choice.run(method, part, queries, 15)
    found = set(zip(*(list(map(int, column)) for column in unpack(packed)),
                    strict=True))  # fmt: skip
    wanted = {(i, int(row), 15) for i, row in enumerate(drawn)}
    if not wanted <= found:
        raise damaged(file.source.path, "entries drawn from it do not find themselves")
