"""Lines that are no entries: counted, described, and written to a file where that was asked."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from tidebreak.errors import BadList, UsageError
from tidebreak.lists.batch import BadRow

_SHOWN = 5


class Rejects:
    """Collects bad rows in bounded memory.

    With ``path`` they are written there (CSV, mode 0600: it holds hashes), under a temporary
    name until `keep`. Without, they are counted, and `refuse` turns them into an error.
    """

    def __init__(self, path: Path | None, unit: str = "line") -> None:
        """Raises `UsageError` when ``path`` exists already."""
        self.path = path
        self.count = 0
        self._unit = unit
        self._first: list[BadRow] = []
        self._file: IO[str] | None = None
        if path is not None and path.exists():
            raise UsageError(f"{path} exists; move it away or name another file for the rejects.")

    def add(self, rows: Iterable[BadRow]) -> None:
        """Take note of ``rows``."""
        for row in rows:
            self.count += 1
            if len(self._first) < _SHOWN:
                self._first.append(row)
            if self.path is not None:
                self._write(self.path, row)

    @property
    def refusing(self) -> bool:
        """Whether the import is refused already."""
        return self.count > 0 and self.path is None

    def refuse(self, path: Path) -> None:
        """Raise `BadList` when there are bad rows that were not to be skipped."""
        if not self.refusing:
            return
        first = "; ".join(f"{self._unit} {row.line}: {row.reason}" for row in self._first)
        more = self.count - len(self._first)
        raise BadList(
            f"{path} has {self.count:,} bad {self._unit}{'s' if self.count > 1 else ''} and was not"
            f" imported ({first}{f'; and {more:,} more' if more else ''}); correct the file, or"
            " skip them with --skip-bad.",
            self._first[0].line,
        )

    def keep(self) -> Path | None:
        """Give the file its name and return it; None when there is none."""
        if self._file is None or self.path is None:
            return None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        _partial(self.path).rename(self.path)
        return self.path

    def discard(self) -> None:
        """Remove the unfinished file: the import did not happen."""
        if self._file is not None and self.path is not None:
            self._file.close()
            _partial(self.path).unlink(missing_ok=True)

    def _write(self, path: Path, row: BadRow) -> None:
        if self._file is None:
            self._file = _open(_partial(path))
            csv.writer(self._file).writerow((self._unit, "reason", "text"))
        csv.writer(self._file).writerow((row.line, row.reason, row.text))


def _partial(path: Path) -> Path:
    return path.with_name(path.name + ".partial")


def _open(path: Path) -> IO[str]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        handle = os.open(path, flags, 0o600)
    except OSError as error:
        raise UsageError(
            f"The rejects cannot be written to {path} ({error.strerror}); name another file."
        ) from None
    return os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="")
