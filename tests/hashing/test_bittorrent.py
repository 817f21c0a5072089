"""BitTorrent v2 roots against libtorrent."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tidebreak.hashing.arrays import readonly
from tidebreak.hashing.bittorrent import LEAF, PieceTree, root_of_leaves
from tidebreak.hashing.sha import sha256_rows

libtorrent = pytest.importorskip("libtorrent")  # has no wheel everywhere


def reference(data: bytes, folder: Path) -> bytes:
    """The root of a file as libtorrent writes it into a v2 torrent."""
    (folder / "file").write_bytes(data)
    files = libtorrent.list_files(str(folder / "file"))
    creator = libtorrent.create_torrent(files, LEAF, libtorrent.create_torrent.v2_only)
    libtorrent.set_piece_hashes(creator, str(folder))
    return creator.generate()[b"info"][b"file tree"][b"file"][b""][b"pieces root"]


def root(data: bytes, leaves: int) -> bytes | None:
    tree = PieceTree(leaves)
    for start in range(0, len(data), leaves * LEAF):
        tree.add(sha256_rows(readonly(data[start : start + leaves * LEAF]), LEAF)[0])
    return tree.finish()


SIZES = [1, LEAF - 1, LEAF, LEAF + 1, 2 * LEAF, 3 * LEAF, 4 * LEAF + 7, 9 * LEAF, 33 * LEAF + 1]


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_libtorrent_s_for_any_size_of_slab(size: int, tmp_path: Path):
    data = hashlib.shake_128(b"bittorrent").digest(size)
    expected = reference(data, tmp_path)
    assert [root(data, leaves) for leaves in (1, 2, 4, 512)] == [expected] * 4
    assert root_of_leaves(sha256_rows(readonly(data), LEAF)[0]) == expected


def test_an_empty_file_has_no_root():
    assert root(b"", 512) is None
