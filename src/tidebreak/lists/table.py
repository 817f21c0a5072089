"""Rows under a header to batches: what CSV files and NSRL databases have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import BadList
from tidebreak.lists.batch import UNKNOWN_QUALITY, BadRow, Batch, Column, is_text
from tidebreak.lists.values import decode
from tidebreak.signals import SignalKind, SignalType, find_signal_type

_ROLES = {
    "id": ("id", "image-id", "media-id", "mediaid", "entry-id"),
    "classification": ("classification", "category"),
    "scheme": ("scheme",),
    "size": ("size", "filesize", "file-size", "mediasize", "media-size", "bytes"),
    "quality": ("quality", "pdq-quality"),
}
_ROLE_OF = {alias: role for role, aliases in _ROLES.items() for alias in aliases}

_LARGEST_SIZE = (1 << 63) - 1


class Table:
    """What each column of a header means.

    A column is a signal type's name, a role (``id``, ``classification``, ``scheme``, ``size``,
    ``quality``), or a field that is kept as it is.
    """

    def __init__(self, header: Sequence[str]) -> None:
        """Raises `BadList` when no column is a signal type."""
        self.width = len(header)
        self._signals: list[tuple[int, SignalType]] = []
        self._roles: dict[str, int] = {}
        self._fields: list[tuple[int, str]] = []
        for place, name in enumerate(header):
            self._place(place, name.strip())
        if not self._signals:
            raise BadList("no column is named after a signal type (md5, sha1, sha256, pdq, …)", 1)

    def _place(self, place: int, name: str) -> None:
        kind = find_signal_type(name)
        role = _ROLE_OF.get(name.lower().replace("_", "-").replace(" ", "-"))
        if kind is not None:
            self._signals.append((place, kind))
        elif role is not None and role not in self._roles:
            self._roles[role] = place
        else:
            taken = {known for _, known in self._fields}
            name = name or f"column {place + 1}"
            self._fields.append((place, f"{name} ({place + 1})" if name in taken else name))

    def batch(self, rows: Sequence[Sequence[str]], lines: NDArray[np.int64]) -> Batch:
        """Return ``rows`` of text, which stand on ``lines`` (int64 (n,)), as entries."""
        bad: dict[int, str] = {}
        cells = self._columns(rows, bad)
        columns = self._decode(cells, bad)
        sizes = self._numbers(cells, "size", _LARGEST_SIZE, bad)
        keys = self._texts(cells, "id", bad)
        codes = self._texts(cells, "classification", bad)
        schemes = self._texts(cells, "scheme", bad)
        good = np.ones(len(rows), np.bool_)
        good[list(bad)] = False
        rejected = (BadRow(int(lines[r]), bad[r], "\t".join(rows[r])) for r in sorted(bad))
        batch = Batch(
            lines, columns, keys, codes, schemes, sizes, self._kept(cells), tuple(rejected)
        )
        return batch.only(good)

    def _columns(
        self, rows: Sequence[Sequence[str]], bad: dict[int, str]
    ) -> Sequence[Sequence[str]]:
        if set(map(len, rows)) <= {self.width}:
            return list(zip(*rows, strict=True)) or [()] * self.width
        whole: list[Sequence[str]] = []
        for row, cells in enumerate(rows):
            if len(cells) != self.width:
                bad[row] = f"{len(cells)} columns where the header has {self.width}"
                cells = ("",) * self.width
            whole.append(cells)
        return list(zip(*whole, strict=True))

    def _decode(self, cells: Sequence[Sequence[str]], bad: dict[int, str]) -> tuple[Column, ...]:
        columns: list[Column] = []
        for place, kind in self._signals:
            found, wrong = decode(kind, cells[place])
            columns += [column for column in found if len(column.rows)]
            for row, reason in wrong.items():
                bad.setdefault(row, reason)
        if "quality" not in self._roles:
            return tuple(columns)
        given = self._numbers(cells, "quality", 100, bad)
        quality = np.array([UNKNOWN_QUALITY if q is None else q for q in given], np.uint8)
        return tuple(
            Column(c.type, c.rows, c.values, quality[c.rows])
            if c.type.kind is SignalKind.NEAR
            else c
            for c in columns
        )

    def _numbers(
        self, cells: Sequence[Sequence[str]], role: str, most: int, bad: dict[int, str]
    ) -> list[int | None]:
        if role not in self._roles:
            return []
        numbers: list[int | None] = []
        for row, text in enumerate(cells[self._roles[role]]):
            text = text.strip()
            good = text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most
            if text and not good:
                bad.setdefault(row, f"{role} is not a whole number from 0 to {most}")
            numbers.append(int(text) if good else None)
        return numbers

    def _texts(
        self, cells: Sequence[Sequence[str]], role: str, bad: dict[int, str]
    ) -> Sequence[str]:
        if role not in self._roles:
            return ()
        texts = [text.strip() for text in cells[self._roles[role]]]
        if not is_text("".join(texts)):
            for row, text in enumerate(texts):
                if not is_text(text):
                    bad.setdefault(row, f"{role} is not UTF-8 text")
        return texts

    def _kept(self, cells: Sequence[Sequence[str]]) -> Sequence[Mapping[str, object]]:
        if not self._fields:
            return ()
        names = [name for _, name in self._fields]
        values = zip(*(cells[place] for place, _ in self._fields), strict=True)
        return [
            {name: text for name, text in zip(names, row, strict=True) if text} for row in values
        ]
