"""What each source added to the dictionaries, as files; all of them together are a dictionary.

A part is a checked array file (`tidebreak.index.files`) of the digests that were new, in the
order of their codes: parts in the order of their sources give codes 1, 2, 3 … Digests are keyed,
so neither a content nor an address can be read off or tried out without the installation's key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes, Ints
from tidebreak.index.files import ArrayFile, open_arrays, write_arrays
from tidebreak.sightings.kept_logs.values import read_values
from tidebreak.sightings.texts import Texts, joined
from tidebreak.signals import EXACT_TYPES
from tidebreak.store.vault import Vault

_TYPES = {kind.name: place for place, kind in enumerate(EXACT_TYPES)}
_FORGOTTEN = 255


@dataclass(frozen=True, slots=True)
class Contents:
    """All contents that were seen; code c stands at place c - 1.

    ``seals`` (N, 16) uint8 are those of `tidebreak.hashing.seals`; ``types`` (N,) uint8 are
    places in `tidebreak.signals.EXACT_TYPES`, 255 for a type that is no longer known; ``sizes``
    (N,) int64 are in bytes, -1 unknown.
    """

    seals: Bytes
    types: NDArray[np.uint8]
    sizes: Ints

    def __len__(self) -> int:
        return len(self.seals)


def write_contents(path: Path, contents: Contents) -> None:
    """Write the part of a source."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    arrays = {"seals": contents.seals, "types": contents.types, "sizes": contents.sizes}
    write_arrays(path, "sightings-contents", {"types": list(_TYPES)}, arrays)


def read_contents(paths: Sequence[Path]) -> Contents:
    """Return the contents of all parts together; raises `Damaged`."""
    parts = [_opened(path, "sightings-contents") for path in paths]
    types = [np.zeros(0, np.uint8)]
    for part in parts:
        # Types are places in a table that grows between versions: names decide.
        known = [_TYPES.get(name, _FORGOTTEN) for name in part.meta["types"]]
        types.append(np.array(known, np.uint8)[part.arrays["types"]])
    return Contents(
        np.concatenate([np.zeros((0, 16), np.uint8), *(p.arrays["seals"] for p in parts)]),
        np.concatenate(types),
        np.concatenate([np.zeros(0, np.int64), *(p.arrays["sizes"] for p in parts)]),
    )


def write_names(
    path: Path, digests: Bytes, networks: NDArray[np.uint8], blocks: NDArray[np.uint64]
) -> None:
    """Write the part of a source for clients or addresses.

    ``networks`` (N,) uint8 are those of clients, ``blocks`` where the blocks of their values
    begin in the file beside it.
    """
    arrays = {"digests": digests, "networks": networks, "blocks": blocks}
    write_arrays(path, "sightings-names", {}, arrays)


class Names:
    """Clients or addresses of all sources: digests at hand, values behind the vault.

    ``paths`` are the parts in the order of their sources; ``kind`` is the folder's name.
    """

    def __init__(self, paths: Sequence[Path], vault: Vault, kind: str) -> None:
        self._paths, self._vault, self._kind = tuple(paths), vault, kind
        self._parts = [_opened(path, "sightings-names") for path in paths]
        counts = [len(part.arrays["digests"]) for part in self._parts]
        self._begins = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)

    def __len__(self) -> int:
        return int(self._begins[-1])

    @property
    def digests(self) -> Bytes:
        """All digests, (N, 16) uint8; code c stands at place c - 1."""
        none = np.zeros((0, 16), np.uint8)
        return np.concatenate([none, *(part.arrays["digests"] for part in self._parts)])

    @property
    def networks(self) -> NDArray[np.uint8]:
        """The network of each, (N,) uint8."""
        none = np.zeros(0, np.uint8)
        return np.concatenate([none, *(part.arrays["networks"] for part in self._parts)])

    def values(self, codes: NDArray[np.integer] | None = None) -> Texts:
        """Return what stands behind ``codes`` (from 1; default: all), decrypted.

        A code that is 0 or unknown gives an empty text. Raises `Damaged`.
        """
        wanted = np.arange(1, len(self) + 1) if codes is None else np.asarray(codes)
        rows = wanted.astype(np.int64) - 1
        found, places = [Texts.of([b""])], np.zeros(len(rows), np.int64)
        done = 1
        for number, path in enumerate(self._paths):
            first, end = self._begins[number], self._begins[number + 1]
            here = np.flatnonzero((rows >= first) & (rows < end))
            if not here.size:
                continue
            blocks = self._parts[number].arrays["blocks"]
            place = f"{self._kind}:{path.stem}"
            beside = path.with_suffix(".sealed")
            found.append(read_values(beside, self._vault, place, blocks, rows[here] - first))
            places[here] = np.arange(done, done + len(here))
            done += len(here)
        return joined(found).take(places)


def _opened(path: Path, kind: str) -> ArrayFile:
    part = open_arrays(path, kind)
    part.check()
    return part
