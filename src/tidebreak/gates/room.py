"""How much may be on its way in through one gate at a time: a flood must not fill the disk."""

from __future__ import annotations

import threading
from pathlib import Path

from tidebreak.spool import NoRoom, Spool


class Room:
    """At most ``most`` bytes in the spools that it hands out; from several threads, too."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most
        self._turn = threading.Lock()
        self._used = 0

    def spool(self, most: int) -> Spool:
        """Return where up to ``most`` bytes go; what is taken is free again once it is closed."""
        return _Counted(self._folder, most, self)

    def take(self, count: int) -> None:
        """Count bytes in; raises `NoRoom`."""
        with self._turn:
            if self._used + count > self._most:
                raise NoRoom("There is too much on its way in; try again later.")
            self._used += count

    def give(self, count: int) -> None:
        """Count bytes out."""
        with self._turn:
            self._used -= count


class _Counted(Spool):
    def __init__(self, folder: Path, most: int, room: Room) -> None:
        super().__init__(folder, most)
        self._room, self._counted = room, 0

    def write(self, part: bytes) -> None:
        self._room.take(len(part))
        self._counted += len(part)
        super().write(part)

    def close(self) -> None:
        self._room.give(self._counted)
        self._counted = 0
        super().close()
