"""Which of the contents that were seen are known now, and which of them are one file.

A file has another identifier on every network; contents are one file when they are equal to one
entry of a list, or to an entry and to what was derived from it for a torrent of that file alone.
What an entry means is asked of the catalogue at this moment, so that a re-match after a change of
the lists costs no pass over the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import Catalogue, EntryRecord
from tidebreak.matching.bands import exact_level
from tidebreak.model import UNKNOWN_SIZE, Level
from tidebreak.sightings.kept_logs.parts import Contents
from tidebreak.sightings.ranking.union_kernels import united
from tidebreak.signals import EXACT_TYPES

_CHUNK = 4096
"""Entries looked up at a time."""

_NAMES = [kind.name for kind in EXACT_TYPES]

_OF_TORRENTS = np.zeros(256, np.bool_)
_OF_TORRENTS[: len(EXACT_TYPES)] = [kind.torrent for kind in EXACT_TYPES]
"""Whether signals of a type, by its place, name a torrent instead of a file."""

NO_CLASS = "no class given"

Classes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Known:
    """The known files among the contents that were seen.

    ``files`` (contents + 1,) uint32 gives each content's file, 1 to ``count``, or 0; ``strong``
    (contents + 1,) says whether its identifier decides alone. ``class_names`` are the lists'
    own; ``class_of`` (n, 2) uint32 are pairs of a file and a place in them, ``entries_of`` (n, 2)
    uint32 pairs of a file and an entry number, both ordered by file.
    """

    files: NDArray[np.uint32]
    strong: NDArray[np.bool_]
    count: int
    class_names: tuple[str, ...]
    class_of: Classes
    entries_of: NDArray[np.uint32]

    def classes_of(self, files: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Return all classes of ``files`` (n,), a file's own as often as it comes."""
        begins, ends = (np.searchsorted(self.class_of[:, 0], files + add) for add in (0, 1))
        counts = ends - begins
        rows = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - begins, counts)
        return self.class_of[rows, 1]

    def entries(self, file: int) -> list[int]:
        """Return the numbers of the list entries that one file is equal to."""
        begin, end = np.searchsorted(self.entries_of[:, 0], [file, file + 1])
        return self.entries_of[begin:end, 1].tolist()


def known_among(contents: Contents, snapshot: Snapshot, catalogue: Catalogue) -> Known:
    """Return which of ``contents`` are known: the list re-match."""
    rows, numbers = snapshot.find_exact(contents.seals)
    records = dict(_counting(catalogue, np.unique(numbers)))
    alive = _among(numbers, records)
    rows, numbers = rows[alive], numbers[alive]
    decides = _decides(contents, rows, numbers, records) & ~_among(numbers, catalogue.uncertain())
    torrents = _OF_TORRENTS[contents.types[rows]]
    items = _items(catalogue, numbers, torrents)
    labels = _labels(rows, items, decides & (~torrents | (items != numbers)), len(contents))
    found, strong = np.zeros((2, len(contents) + 1), np.bool_)
    found[rows + 1] = True
    strong[rows[decides] + 1] = True
    distinct, numbered = np.unique(labels[found[1:]], return_inverse=True)
    files = np.zeros(len(contents) + 1, np.uint32)
    files[found] = numbered + 1
    class_names, class_of = _classes(files[rows + 1], numbers, records)
    entries_of = _pairs(files[rows + 1], numbers)
    return Known(files, strong, len(distinct), class_names, class_of, entries_of)


def _labels(
    rows: NDArray[np.int64], items: NDArray[np.uint32], joins: NDArray[np.bool_], contents: int
) -> NDArray[np.int64]:
    """Return a label for each content; those of one file have the same.

    Only hits that ``joins`` make several contents one. Weak identifiers, which may be planted, and
    torrents, which may have many files, go with the first of ``items``, entries, that they have.
    """
    entries, entry = np.unique(items, return_inverse=True)
    of_content, of_entry = united(rows[joins], entry[joins], contents, len(entries))
    first_rows, first = np.unique(rows, return_index=True)
    alone = np.isin(first_rows, rows[joins], invert=True)
    of_content[first_rows[alone]] = of_entry[entry[first[alone]]]
    return of_content


def _items(
    catalogue: Catalogue, numbers: NDArray[np.uint32], torrents: NDArray[np.bool_]
) -> NDArray[np.uint32]:
    """Return ``numbers``; of a torrent of one file, recognised as one entry, the entry's."""
    asked, parents = np.unique(numbers[torrents]), dict[int, int]()
    for start in range(0, len(asked), _CHUNK):
        for number, some in catalogue.origins(asked[start : start + _CHUNK].tolist()).items():
            if len(some) == 1 and some[0].files == 1:
                parents[number] = some[0].parent
    alone, items = _among(numbers, parents), numbers.copy()
    items[alone] = [parents[number] for number in numbers[alone].tolist()]
    return items


def _among(numbers: NDArray[np.uint32], chosen: Collection[int]) -> NDArray[np.bool_]:
    return np.isin(numbers, np.fromiter(chosen, np.uint32, len(chosen)))


def _counting(
    catalogue: Catalogue, numbers: NDArray[np.uint32]
) -> Iterator[tuple[int, EntryRecord]]:
    """Entries that count as known now: on an enabled list of what to find, not withdrawn."""
    for start in range(0, len(numbers), _CHUNK):
        some = catalogue.entries(numbers[start : start + _CHUNK].tolist())
        for number, record in some.items():
            if record.list.enabled and record.list.kind.hits and not record.withdrawn:
                yield number, record


def _decides(
    contents: Contents,
    rows: NDArray[np.int64],
    numbers: NDArray[np.uint32],
    records: dict[int, EntryRecord],
) -> NDArray[np.bool_]:
    """Return which hits decide alone by what is equal; not every entry lets them."""
    types, sizes = contents.types[rows].tolist(), contents.sizes[rows].tolist()
    return np.fromiter(
        (
            _exact(kind, size, records[number].size)
            for kind, size, number in zip(types, sizes, numbers.tolist(), strict=True)
        ),
        np.bool_,
        len(rows),
    )


def _exact(kind: int, size: int, listed: int | None) -> bool:
    if kind >= len(_NAMES):
        return False
    given = UNKNOWN_SIZE if size < 0 else size
    return exact_level([_NAMES[kind]], given, listed)[0] is Level.EXACT


def _classes(
    files: NDArray[np.uint32], numbers: NDArray[np.uint32], records: dict[int, EntryRecord]
) -> tuple[tuple[str, ...], Classes]:
    """Return the classes by name, and pairs of a file and its class."""
    places: dict[str, int] = defaultdict(lambda: len(places))
    of_number = {number: places[class_name(record)] for number, record in records.items()}
    found = np.fromiter((of_number[n] for n in numbers.tolist()), np.uint32, len(numbers))
    return tuple(places), _pairs(files, found)


def _pairs(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the different pairs, (n, 2), in order."""
    both = np.unique(left.astype(np.uint64) << np.uint64(32) | right)
    return np.stack([both >> np.uint64(32), both], axis=1).astype(np.uint32)


def class_name(record: EntryRecord) -> str:
    """Return an entry's class in its list's own words: owner, scheme and code, verbatim."""
    owner = record.list.owner or record.list.name
    if not record.classification:
        return f"{owner}: {NO_CLASS}"
    scheme = record.scheme or record.list.scheme
    return (
        f"{owner}: {scheme} {record.classification}"
        if scheme
        else (f"{owner}: {record.classification}")
    )
