"""The version 2 half: roots and layers against libtorrent's, and broken trees."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.links.torrents import HYBRID, SIZES, V2, content, libtorrent, make, pack

from tidebreak.hashing.arrays import readonly
from tidebreak.hashing.bittorrent import LEAF, root_of_leaves
from tidebreak.hashing.sha import sha256_rows
from tidebreak.links.torrent_parts import EMPTY
from tidebreak.links.torrent_v2 import read, root_of_layer


@pytest.fixture
def torrent(tmp_path: Path) -> dict[bytes, object]:
    return libtorrent.bdecode(make(pack(tmp_path), HYBRID))


def test_roots_are_those_of_the_files(torrent):
    half = read(torrent[b"info"], torrent[b"piece layers"])
    assert {file.path: file.size for file in half.files} == SIZES
    assert (half.faults, half.notes) == ((), ())
    for file in half.files:
        if not file.size:
            assert (file.signals, file.silent) == ((), EMPTY)
            continue
        leaves = sha256_rows(readonly(content(file.path, file.size)), LEAF)[0]
        assert file.signals[0].value == root_of_leaves(leaves)


@pytest.mark.parametrize("pieces", [1, 2, 3, 4, 5, 7, 8])
@pytest.mark.parametrize("piece_length", [LEAF, 2 * LEAF, 4 * LEAF])
def test_every_layer_of_libtorrent_leads_to_its_root(tmp_path: Path, pieces, piece_length):
    target = pack(tmp_path, {"x": piece_length * pieces + 1})
    value = libtorrent.bdecode(make(target, V2, piece_length))
    ((root, layer),) = value[b"piece layers"].items()
    assert root_of_layer(layer, piece_length) == root
    assert read(value[b"info"], value[b"piece layers"]).notes == ()


@pytest.mark.parametrize("change", [lambda layer: layer[::-1], lambda layer: layer[32:],
                                    lambda layer: b"", lambda layer: 5])  # fmt: skip
def test_layers_that_do_not_lead_to_their_root_are_noted(torrent, change):
    layers = torrent[b"piece layers"]
    changed = dict(layers) | {min(layers): change(layers[min(layers)])}
    half = read(torrent[b"info"], changed)
    assert half.notes == ("the piece layers of 1 files do not lead to their roots",)
    assert half.files == read(torrent[b"info"], layers).files


def tree(**files: object) -> dict[bytes, object]:
    named = {name.encode(): {b"": leaf} for name, leaf in files.items()}
    return {b"meta version": 2, b"piece length": LEAF, b"file tree": named}


ROOT = bytes(range(32))


@pytest.mark.parametrize(
    "leaf",
    [{}, b"", 5, {b"length": 5}, {b"length": 5, b"pieces root": ROOT[1:]},
     {b"pieces root": ROOT}, {b"length": -1, b"pieces root": ROOT}],
)  # fmt: skip
def test_a_file_without_proper_root_or_length_is_a_reason(leaf):
    half = read(tree(good={b"length": 9, b"pieces root": ROOT}, odd=leaf), {})
    assert half.faults == ("1 of its 2 files have no proper root or length",)
    assert half.files[0].signals[0].value == ROOT
    odd = half.files[1]
    assert odd.silent or odd.signals[0].value == ROOT


@pytest.mark.parametrize(
    "info", [{b"meta version": 2}, tree(), {b"meta version": 2, b"file tree": 1}]
)
def test_a_torrent_without_files_is_a_reason(info):
    assert read(info, {}).faults


def test_another_version_is_said_and_read_all_the_same():
    info = tree(x={b"length": 9, b"pieces root": ROOT}) | {b"meta version": 3}
    half = read(info, {})
    assert half.files[0].signals[0].value == ROOT
    assert half.faults == ("it has files of version 2 and does not say so",)


def test_a_file_that_is_a_folder_too_hides_neither():
    leaf = {b"length": 9, b"pieces root": ROOT}
    info = tree() | {b"file tree": {b"a": {b"": leaf, b"b": {b"": leaf}}}}
    assert [file.path for file in read(info, {}).files] == ["a", "a/b"]
