"""Hashes of a plug-in's type as a list that can be imported.

One hash on each line, and after a tab the owner's own id for it.
"""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from tidebreak.errors import BadList
from tidebreak.plugins.process import PluginProcess
from tidebreak.plugins.texts import SIGNAL, encode

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Converted:
    """How many hashes were written, and how many lines held none."""

    written: int
    bad: int


def convert(
    lines: Iterable[str], process: PluginProcess, type: int, to: TextIO, *, skip_bad: bool = False
) -> Converted:
    """Write ``lines`` as CSV that a list can be imported from; every hash is checked by its type.

    Raises `BadList` for the first line that is no hash, unless such are to be left out.
    """
    out = csv.writer(to, lineterminator="\n")
    out.writerow(("id", SIGNAL))
    name, written, bad = process.types[type].name, 0, 0
    for numbers, hashes, ids in _batches(lines):
        for number, text, key in zip(numbers, process.valid(type, hashes), ids, strict=True):
            if text is None:
                if not skip_bad:
                    raise BadList(f"line {number}: no hash of type {name}", number)
                bad += 1
                continue
            out.writerow((key, base64.b64encode(encode(name, text)).decode()))
            written += 1
    return Converted(written, bad)


def _batches(lines: Iterable[str]) -> Iterator[tuple[Sequence[int], list[str], list[str]]]:
    numbered = ((at, line.rstrip("\r\n")) for at, line in enumerate(lines, 1))
    filled = ((at, line.partition("\t")) for at, line in numbered if line.strip())
    while part := list(islice(filled, _BATCH)):
        yield (
            [at for at, _ in part],
            [text.strip() for _, (text, _, _) in part],
            [key.strip() for _, (_, _, key) in part],
        )
