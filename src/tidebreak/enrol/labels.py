"""The classifications that come with enrolled media: one for all, or one per folder or file."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tidebreak.enrol.items import Label
from tidebreak.errors import UsageError

_COLUMNS = ("path", "classification")


@dataclass(frozen=True, slots=True)
class Labels:
    """Which label holds where: that of the closest folder above, else the one for all."""

    usual: Label = field(default_factory=Label)
    places: Mapping[bytes, Label] = field(default_factory=dict[bytes, Label])

    @classmethod
    def read(cls, table: Path, usual: Label) -> Labels:
        """Read a CSV file with the columns ``path``, ``classification`` and, if any, ``scheme``.

        Paths of files or folders are relative to the table's folder. Raises `UsageError`.
        """
        try:
            with table.open(encoding="utf-8-sig", newline="") as file:
                rows = list(csv.DictReader(file, strict=True))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise UsageError(f"{table} cannot be read as CSV ({error}); correct it.") from None
        places: dict[bytes, Label] = {}
        for line, row in enumerate(rows, 2):
            if None in row or not all(row.get(name) for name in _COLUMNS):
                raise UsageError(f"{table}, row {line}: it needs {' and '.join(_COLUMNS)}.")
            place = os.path.normpath(table.absolute().parent / row["path"])
            if not os.path.lexists(place):
                raise UsageError(f"{table}, row {line}: there is no {row['path']}; correct it.")
            scheme = row.get("scheme") or usual.scheme
            places[os.fsencode(place)] = Label(row["classification"], scheme)
        return cls(usual, places)

    def of(self, path: bytes) -> Label:
        """Return the label of the file at ``path``, which is absolute."""
        while self.places and path not in self.places:
            above = os.path.dirname(path)  # noqa: PTH120 - bytes
            if above == path:
                return self.usual
            path = above
        return self.places.get(path, self.usual)
