"""Benign bytes, torrents that libtorrent makes of them, and an installation that knows some."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import libtorrent as lt
import pytest

from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind

SIZES = {"a.bin": 300_000, "b.bin": 9_000, "c.bin": 700_000}
PIECE = 32768


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("held") / "files"
    folder.mkdir()
    drawn = random.Random(4)
    for name, size in SIZES.items():
        (folder / name).write_bytes(drawn.randbytes(size))
    return folder


@pytest.fixture(scope="session")
def torrent(files: Path) -> Callable[..., bytes]:
    """Make a torrent of the files (or of one) of version ``v1``, ``v2`` or ``hybrid``."""
    flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}

    def make(version: str, only: str = "") -> bytes:
        if only:
            entries = [lt.create_file_entry(only, SIZES[only])]
        else:
            entries = [lt.create_file_entry(f"files/{each}", size) for each, size in SIZES.items()]
        made = lt.create_torrent(entries, PIECE, flags[version])
        root = files if only else files.parent
        lt.set_piece_hashes(made, str(root))
        return lt.bencode(made.generate())

    return make


@pytest.fixture
def know(installation: Tidebreak, files: Path, tmp_path: Path) -> Callable[..., None]:
    """Put some of the files on a list of the installation, by some digests."""

    def put(*names: str, by: tuple[str, ...] = ("sha1", "sha256"), name: str = "list") -> None:
        rows = [",".join(("id", *by))]
        for each in names:
            data = (files / each).read_bytes()
            rows.append(",".join((each, *(hashlib.new(kind, data).hexdigest() for kind in by))))
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join(rows) + "\n")
        installation.import_list(path, name=name, kind=ListKind.CONTRABAND)

    return put
