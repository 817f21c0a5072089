"""What a newer version of a list changes, found while it streams by.

Entries are compared as multisets: a list may hold several entries with one key, and even equal
ones. Numbers of unchanged entries stay; a changed entry is the old one retired and a new one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.lists.batch import Digests


class Difference:
    """Compares entries that arrive in batches with those that are on the list."""

    def __init__(
        self,
        keys: Digests,
        contents: Digests,
        numbers: NDArray[np.uint32],
        *,
        adds: bool = False,
    ) -> None:
        """``keys``, ``contents`` (n,) and ``numbers`` (n,) are of the entries on the list.

        ``adds`` says that entries which do not arrive stay on the list all the same.
        """
        self._adds = adds
        order = np.argsort(contents)
        self._contents = contents[order]
        self._keys = keys[order]
        self._numbers = numbers[order]
        self._claimed = np.zeros(len(order), np.bool_)
        self._used = np.zeros(len(order) + 1, np.uint32)
        """Per first place of a run of equal contents: how many of the run are claimed."""
        self._seen: list[Digests] = []
        self._new: list[Digests] = []

    def __len__(self) -> int:
        """The number of entries that are on the list."""
        return len(self._numbers)

    def claim(self, keys: Digests, contents: Digests) -> NDArray[np.bool_]:
        """Return which entries of a batch are new or changed (bool (n,)); the rest is unchanged."""
        found = self._find(contents)
        self._seen.append(keys)
        if len(self._contents):
            self._new.append(keys[~found])
        return ~found

    def _find(self, contents: Digests) -> NDArray[np.bool_]:
        """Claim one unclaimed entry on the list for each of ``contents`` that is there."""
        if not len(self._contents):
            return np.zeros(len(contents), np.bool_)
        order = np.argsort(contents)
        wanted = contents[order]
        left = np.searchsorted(self._contents, wanted, "left")
        right = np.searchsorted(self._contents, wanted, "right")
        place = left + self._used[left] + _occurrence(wanted)
        free = place < right
        self._claimed[place[free]] = True
        np.add.at(self._used, left[free], 1)
        found = np.empty(len(contents), np.bool_)
        found[order] = free
        return found

    @property
    def unchanged(self) -> int:
        """How many entries were the same so far."""
        return int(self._claimed.sum())

    def duplicates(self) -> int:
        """Return how many of the entries seen share their key with an earlier one."""
        seen = _joined(self._seen)
        seen.sort()
        return int((seen[1:] == seen[:-1]).sum())

    def gone(self) -> tuple[Digests, NDArray[np.uint32]]:
        """Return keys and numbers of the entries that leave the list, replaced or left out."""
        gone = ~self._claimed
        if self._adds:
            gone &= np.isin(self._keys, self.new_keys())
        return self._keys[gone], self._numbers[gone]

    def new_keys(self) -> Digests:
        """Return the keys of all new or changed entries, in the order of arrival."""
        return _joined(self._new if len(self._contents) else self._seen)

    def updated(self) -> int:
        """Return how many of those gone have a successor with the same key."""
        gone = np.sort(self.gone()[0])
        if not len(gone):
            return 0
        new = np.sort(self.new_keys())
        # The k-th entry gone with a key is updated when there are more than k new ones with it.
        left, right = np.searchsorted(new, gone, "left"), np.searchsorted(new, gone, "right")
        return int((_occurrence(gone) < right - left).sum())


def _occurrence(ordered: Digests) -> NDArray[np.int64]:
    """Return for each of the sorted values how many equal ones precede it."""
    places = np.arange(len(ordered))
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return places - np.maximum.accumulate(np.where(first, places, 0))


def _joined(parts: list[Digests]) -> Digests:
    return np.concatenate(parts) if parts else np.empty(0, "S16")
