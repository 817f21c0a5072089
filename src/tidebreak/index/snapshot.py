"""`Snapshot`: everything matchable at one moment, as a folder that never changes.

::

    root/
        000041/             the one before: whoever has it open may go on
        000042/
            near.index      `NearIndex`
            entries.index   the entry numbers, and places, of the near index's rows
            exact.index     `ExactIndex`
            manifest.json   format version, counts, what is covered, a checksum of each file
        .partial-…          a publication that was cut short; the next one removes it

A snapshot is written under another name, synced, and renamed: it is there whole or not at all.
What was added since rides on top as a second layer in memory (`Snapshot.with_delta`).
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.index import snapshot_files
from tidebreak.index.arguments import check_hashes, check_numbers
from tidebreak.index.exact import ExactIndex
from tidebreak.index.near import NearIndex
from tidebreak.index.snapshot_files import NearEntries
from tidebreak.places import LAST_REGION, TICK_MS, VIDEO, WHOLE

NearMatches = tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint32]]
"""Query rows, entry numbers, distances, places (`tidebreak.places`): four arrays of one length."""
KnownFrames = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint8]]
"""Entry numbers and times in ms, uint32 (n,); hashes, uint8 (n, 32)."""
ExactMatches = tuple[NDArray[np.int64], NDArray[np.uint32]]
"""Query rows, entry numbers."""


_CHECKED_BYTES = 64 << 20
"""Up to this size a snapshot is compared with its checksums whenever it is opened."""


@dataclass(frozen=True, slots=True)
class _Layer:
    near: NearIndex
    entries: NearEntries
    exact: ExactIndex

    def search_near(self, hashes: NDArray[np.uint8], radius: int, threads: int) -> NearMatches:
        queries, rows, distances = self.near.search(hashes, radius, threads=threads)
        return queries, self.entries.numbers[rows], distances, self.entries.places[rows]

    def known_frames(self, entries: NDArray[np.uint32]) -> KnownFrames:
        wanted = np.zeros(max(self._highest, int(entries.max(initial=0))) + 1, np.bool_)
        wanted[entries] = True
        rows = np.flatnonzero(wanted[self.entries.numbers] & (self.entries.places >= VIDEO))
        ticks = self.entries.places[rows] - np.uint32(VIDEO)
        return self.entries.numbers[rows], ticks, self.near.hashes(rows)

    @property
    def _highest(self) -> int:
        return int(self.entries.numbers.max(initial=0))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is published at ``path``, and what was laid on top of it.

    ``covers`` is the highest entry number that the published part includes.
    """

    path: Path
    covers: int
    layers: tuple[_Layer, ...]
    origin: str = ""
    """What the publisher said that it was made from."""

    @classmethod
    def publish(
        cls,
        root: Path,
        *,
        near_hashes: NDArray[np.uint8],
        near_entries: NDArray[np.uint32],
        near_places: NDArray[np.uint32],
        seals: NDArray[np.uint8],
        seal_entries: NDArray[np.uint32],
        covers: int,
    ) -> Snapshot:
        """Write the next snapshot below ``root``, keep the one before, and open it.

        ``near_hashes`` is (N, 32) uint8, ``near_entries`` and ``near_places`` (N,) uint32,
        ``seals`` (M, 16) uint8, ``seal_entries`` (M,) uint32. Raises `Busy` while another process
        publishes here, `UsageError` for wrong arrays.
        """
        with publishing(root) as made:
            made.near(near_hashes, near_entries, near_places)
            made.exact(seals, seal_entries)
            made.finish(covers)
        return cls._open_folder(made.publication.folder)

    @classmethod
    def open(cls, root: Path) -> Snapshot | None:
        """Open the newest snapshot below ``root``; None when there is none of this format.

        Raises `Damaged` if it fails its checks: an older one is never taken silently.
        """
        folder = snapshot_files.newest(root)
        if folder is None or not snapshot_files.is_of_this_format(folder):
            return None
        return cls._open_folder(folder)

    @classmethod
    def _open_folder(cls, folder: Path) -> Snapshot:
        manifest = snapshot_files.read_manifest(folder)
        near = NearIndex.open(folder / snapshot_files.NEAR)
        exact = ExactIndex.open(folder / snapshot_files.EXACT)
        entries = snapshot_files.read_entries(folder)
        layer = _Layer(near, entries, exact)
        snapshot_files.check_counts(folder, manifest, len(near), len(entries.numbers), len(exact))
        snapshot = cls(folder, manifest.covers, (layer,), manifest.origin)
        if snapshot_files.size_of(folder) <= _CHECKED_BYTES:
            snapshot.verify()
        return snapshot

    def with_delta(
        self,
        near_hashes: NDArray[np.uint8],
        near_entries: NDArray[np.uint32],
        near_places: NDArray[np.uint32],
        seals: NDArray[np.uint8],
        seal_entries: NDArray[np.uint32],
    ) -> Snapshot:
        """Return a view that finds these as well; arrays as in `publish`. This one stays as is."""
        near = NearIndex.build(near_hashes)
        entries = NearEntries(
            check_numbers(near_entries, len(near), "Entries").copy(),
            check_numbers(near_places, len(near), "Places").copy(),
        )
        layer = _Layer(near, entries, ExactIndex.build(seals, seal_entries))
        return replace(self, layers=(*self.layers, layer))

    def search_near(
        self, hashes: NDArray[np.uint8], radius: int, *, threads: int = 1
    ) -> NearMatches:
        """Return (query rows int64, entry numbers uint32, distances int64, places uint32).

        ``hashes`` is (Q, 32) uint8; distances are at most ``radius``. Ordered by query, distance,
        entry number, place; an entry with several hashes may come several times.
        """
        found = [layer.search_near(hashes, radius, threads) for layer in self.layers]
        queries, entries, distances, places = (
            np.concatenate(part) for part in zip(*found, strict=True)
        )
        order = np.lexsort((places, entries, distances, queries))
        return queries[order], entries[order], distances[order], places[order]

    def known_frames(self, entries: NDArray[np.uint32]) -> KnownFrames:
        """Return all stored frames of the videos among ``entries`` (N,), ordered by entry, time."""
        found = [layer.known_frames(entries) for layer in self.layers]
        numbers, ticks, hashes = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.lexsort((ticks, numbers))
        return numbers[order], (ticks * np.uint32(TICK_MS))[order], hashes[order]

    def find_exact(self, seals: NDArray[np.uint8]) -> ExactMatches:
        """Return (query rows int64, entry numbers uint32) of the entries with a given seal.

        ``seals`` is (Q, 16) uint8. Ordered by query, then entry number.
        """
        found = [layer.exact.find(seals) for layer in self.layers]
        if len(found) == 1:
            return found[0]
        queries, entries = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.lexsort((entries, queries))
        return queries[order], entries[order]

    def verify(self) -> None:
        """Compare every published file with its checksums in full; raise `Damaged`."""
        snapshot_files.verify_entries(self.path)
        for layer in self.layers:
            layer.near.verify()
            layer.exact.verify()

    @property
    def has_regions(self) -> bool:
        """Whether there are crops or regions of enrolled media."""
        places = (layer.entries.places for layer in self.layers)
        return any(bool(((part > WHOLE) & (part <= LAST_REGION)).any()) for part in places)

    @property
    def near_count(self) -> int:
        """How many near hashes can be found."""
        return sum(len(layer.near) for layer in self.layers)

    @property
    def exact_count(self) -> int:
        """How many (seal, entry) pairs can be found."""
        return sum(len(layer.exact) for layer in self.layers)


@dataclass(slots=True)
class Publishing:
    """A snapshot on its way: `near`, then `exact`, then `finish`.

    Each takes its arrays when it is called, so that one index at a time is in memory.
    """

    publication: snapshot_files.Publication
    _near: int = 0
    _exact: int = 0

    def near(
        self,
        hashes: NDArray[np.uint8],
        entries: NDArray[np.uint32],
        places: NDArray[np.uint32],
        *,
        consume: bool = False,
    ) -> None:
        """Write the near hashes; arrays as in `Snapshot.publish`, ``consume`` as in `NearIndex`."""
        self._near = len(check_hashes(hashes))
        entries = check_numbers(entries, self._near, "Entries")
        places = check_numbers(places, self._near, "Places")
        folder = self.publication.folder
        NearIndex.build(hashes, consume=consume).save(folder / snapshot_files.NEAR)
        snapshot_files.write_entries(folder, NearEntries(entries, places))

    def exact(self, seals: NDArray[np.uint8], entries: NDArray[np.uint32]) -> None:
        """Write the seals; arrays as in `Snapshot.publish`."""
        index = ExactIndex.build(seals, entries)
        index.save(self.publication.folder / snapshot_files.EXACT)
        self._exact = len(index)

    def finish(self, covers: int, origin: str = "") -> None:
        """Write what the snapshot says of itself."""
        snapshot_files.write_manifest(
            self.publication.folder, covers, self._near, self._exact, origin
        )


@contextmanager
def publishing(root: Path) -> Generator[Publishing]:
    """Give a snapshot to fill; afterwards it is the newest below ``root``.

    If filling it fails nothing is published. Raises `Busy` while another process publishes here.
    """
    with snapshot_files.publication(root) as publication:
        yield Publishing(publication)
