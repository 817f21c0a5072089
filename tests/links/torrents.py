"""Torrents of benign bytes, made by libtorrent and by programs of Debian."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tidebreak.errors import BadLink
from tidebreak.hashing.bittorrent import LEAF

libtorrent = pytest.importorskip("libtorrent")  # has no wheel everywhere

V1, V2, HYBRID = libtorrent.create_torrent.v1_only, libtorrent.create_torrent.v2_only, 0

SIZES = {"a": 100, "b": 20_000, "c": LEAF, "empty": 0, "sub/d": 70_000, "sub/e": 33_000, "z": 5}


def content(name: str, size: int) -> bytes:
    return hashlib.shake_128(name.encode()).digest(size)


def pack(folder: Path, sizes: dict[str, int] = SIZES) -> Path:
    """Return a folder with one file of pseudo-random bytes for each name."""
    for name, size in sizes.items():
        path = folder / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(name, size))
    return folder / "pack"


def make(target: Path, flags: object, piece_length: int = LEAF) -> bytes:
    """Return the torrent that libtorrent makes of a file or folder."""
    files = libtorrent.list_files(str(target))
    creator = libtorrent.create_torrent(files, piece_length, flags)
    libtorrent.set_piece_hashes(creator, str(target.parent))
    return libtorrent.bencode(creator.generate())


def program(*command: str) -> str:
    """Run a program and return what it prints; skip where the machine lacks it."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def by_type(signals: object) -> dict[str, list[str]]:
    """Return the hexadecimal values of signals by the names of their types."""
    found: dict[str, list[str]] = {}
    for signal in signals:  # type: ignore[attr-defined]
        found.setdefault(signal.type.name, []).append(signal.value.hex())
    return found


@contextmanager
def read_or_refused() -> Iterator[None]:
    """Whatever is read inside may be refused, in one whole sentence, and nothing else."""
    try:
        yield
    except BadLink as error:
        if not str(error).endswith("."):
            raise
