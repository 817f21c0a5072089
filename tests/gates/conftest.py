"""What tests of gates share: somebody to ask, and torrents made by libtorrent."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import libtorrent as lt
import pytest

from tidebreak.asking import Answer
from tidebreak.errors import CannotAsk
from tidebreak.gates.events import Event
from tidebreak.model import Signal


@dataclass
class Oracle:
    """Knows what it is told, for ``certain`` or not; breaks, or is silent, when it is told to."""

    known: set[tuple[str, bytes]] = field(default_factory=set)
    broken: Exception | None = None
    certain: bool = True
    asked: list[list[list[Signal]]] = field(default_factory=list)

    def learn(self, *signals: Signal) -> None:
        self.known |= {(signal.type.space, signal.value) for signal in signals}

    def down(self, why: str = "nobody is there") -> None:
        self.broken = CannotAsk(why)

    def up(self) -> None:
        self.broken = None

    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        self.asked.append([list(item) for item in items])
        if self.broken is not None:
            raise self.broken
        return [
            Answer(any((s.type.space, s.value) in self.known for s in item), "7", self.certain)
            for item in items
        ]


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def told() -> list[Event]:
    """The events of a gate that is given ``on_event=told.append``."""
    return []


FORMS = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}


def make_torrent(
    folder: Path, name: str, sizes: Sequence[int], form: str = "v1", seed: int = 1
) -> bytes:
    """Make files of benign random bytes at ``folder/name`` and return a torrent of them."""
    root = folder / name
    bytes_of = random.Random(seed).randbytes
    if len(sizes) == 1:
        root.write_bytes(bytes_of(sizes[0]))
    else:
        root.mkdir()
        for number, size in enumerate(sizes):
            (root / f"file {number}.bin").write_bytes(bytes_of(size))
    files = lt.list_files(str(root))
    made = lt.create_torrent(files, 16384, FORMS[form])
    lt.set_piece_hashes(made, str(folder))
    return lt.bencode(made.generate())


@pytest.fixture
def anyio_backend() -> str:
    """What tests marked ``anyio`` run on."""
    return "asyncio"
