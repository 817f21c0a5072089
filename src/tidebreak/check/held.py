"""Files that the caller lawfully holds, to which the pieces of version 1 torrents are put.

Nothing but sizes is kept of them: a file is opened where a question asks for one of its size.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tidebreak.errors import UsageError
from tidebreak.links.alignment import Alike, compare
from tidebreak.links.reference import Alignment
from tidebreak.model import Examination, Signal, SignalKind

Identify = Callable[[Sequence[bytes]], Iterator[tuple[bytes, Examination]]]
"""Yields (path, what a worker found) for files."""


class HeldFiles:
    """The files below some folders, by size."""

    def __init__(self, folders: Sequence[Path], identify: Identify | None = None) -> None:
        """Raises `UsageError` for a folder that is not there."""
        self._by_size: dict[int, list[Path]] = defaultdict(list)
        self._identify = identify
        self._known: dict[Path, tuple[Signal, ...]] = {}
        self.unread = 0
        """Files, and folders, that could not be opened when they were asked about."""
        for folder in folders:
            if not folder.is_dir():
                raise UsageError(f"There is no folder {folder}; name the one that holds the files.")
            self._collect(folder)

    def __len__(self) -> int:
        """The number of files."""
        return sum(map(len, self._by_size.values()))

    def _collect(self, folder: Path) -> None:
        for place, folders, files in os.walk(folder, onerror=self._not_opened):
            folders.sort()
            for name in sorted(files):
                path = Path(place, name)
                if path.is_file() and not path.is_symlink():
                    self._by_size[path.stat().st_size].append(path)

    def _not_opened(self, _: OSError) -> None:
        self.unread += 1

    def answer(self, question: Alignment) -> Alike:
        """Return whether any of the files has the bytes that ``question`` asks for."""
        answers = {alike for _, alike in self._answers(question)}
        return next((each for each in (Alike.YES, Alike.TRIVIAL) if each in answers), Alike.NO)

    def signals(self, question: Alignment) -> list[tuple[Signal, ...]]:
        """Return the exact signals of every file that answers yes and can be identified.

        Several may: they agree in the piece, and nothing is said of the rest.
        """
        found = [self._signals_of(path) for path, alike in self._answers(question)
                 if alike is Alike.YES]  # fmt: skip
        return [signals for signals in dict.fromkeys(found) if signals]

    def _answers(self, question: Alignment) -> Iterator[tuple[Path, Alike]]:
        for path in self._by_size.get(question.size, ()):
            try:
                with path.open("rb") as file:
                    yield path, compare(file, question)
            except OSError:
                self.unread += 1

    def _signals_of(self, path: Path) -> tuple[Signal, ...]:
        if self._identify is None:
            return ()
        if path not in self._known:
            found = next((item for _, item in self._identify([os.fsencode(path)])), None)
            signals = () if found is None or found.trivial else found.signals
            self._known[path] = tuple(s for s in signals if s.type.kind is SignalKind.EXACT)
        return self._known[path]
