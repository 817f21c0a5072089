"""The version 2 half of a torrent (BEP 52): a Merkle root for every file, whatever its name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from tidebreak.links.bencode import Value
from tidebreak.links.equalities import with_equals
from tidebreak.links.reference import NamedFile
from tidebreak.links.torrent_parts import EMPTY, Half, Info, size_of, text_of
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES

LEAF = 16_384
"""Bytes under each leaf of the tree."""

_ROOT = SIGNAL_TYPES["btv2"]
_UNDESCRIBED = "it has no proper root or length"


def read(info: Info, layers: Mapping[bytes, Value]) -> Half:
    """Return what the version 2 keys of ``info`` say of its files.

    ``layers`` are the ``piece layers``, which stand beside ``info``: where a file has one, the
    root is derived from it again.
    """
    faults: list[str] = []
    if info.get(b"meta version") != 2:
        faults.append("it has files of version 2 and does not say so")
    tree = info.get(b"file tree")
    files: list[NamedFile] = []
    wrong = 0
    length = _piece_length(info)
    for path, leaf in _leaves(tree) if isinstance(tree, dict) else ():
        file = _file(path, leaf)
        files.append(file)
        layer = layers.get(file.signals[0].value) if file.signals else None
        wrong += layer is not None and not _leads_to_root(layer, file, length)
    bad = sum(file.size is None or file.silent == _UNDESCRIBED for file in files)
    if bad or not files:
        faults.append(f"{bad:,} of its {len(files):,} files have no proper root or length")
    notes = (f"the piece layers of {wrong:,} files do not lead to their roots",) if wrong else ()
    return Half(tuple(files), faults=tuple(faults), notes=notes)


def _leaves(tree: Info) -> Iterator[tuple[str, Value]]:
    """Yield path and description of every file, in the order of the tree."""
    waiting: list[tuple[str, Value]] = [("", tree)]
    while waiting:
        path, node = waiting.pop()
        if not isinstance(node, dict):
            yield path, node
            continue
        if b"" in node:
            yield path, node[b""]
        waiting.extend(
            (f"{path}/{text_of(name)}" if path else text_of(name), child)
            for name, child in reversed(node.items())
            if name
        )


def _file(path: str, leaf: Value) -> NamedFile:
    described = leaf if isinstance(leaf, dict) else {}
    size, root = size_of(described.get(b"length")), described.get(b"pieces root")
    if size == 0 and root is None:
        return NamedFile(path, size, silent=EMPTY)
    if isinstance(root, bytes) and len(root) == _ROOT.length:
        return NamedFile(path, size, with_equals((Signal(_ROOT, root),), size))
    return NamedFile(path, size, silent=_UNDESCRIBED)


def _piece_length(info: Info) -> int:
    """Return the piece length, 0 where it is not a power of two of 16 KiB or more."""
    length = info.get(b"piece length")
    if not isinstance(length, int) or length < LEAF or length & (length - 1):
        return 0
    return length


def _leads_to_root(layer: Value, file: NamedFile, piece_length: int) -> bool:
    """Whether the hashes of the pieces of ``file`` have its root above them."""
    if not isinstance(layer, bytes) or not layer or file.size is None or not piece_length:
        return False
    if len(layer) != 32 * -(-file.size // piece_length):
        return False
    return root_of_layer(layer, piece_length) == file.signals[0].value


def root_of_layer(layer: bytes, piece_length: int) -> bytes:
    """Return the root, 32 bytes, over the hashes of pieces (32 bytes each, at least one).

    What is missing to a power of two is the root of a piece of missing leaves.
    """
    padding = bytes(32)
    for _ in range((piece_length // LEAF).bit_length() - 1):
        padding = _pair(padding, padding)
    level = [layer[at : at + 32] for at in range(0, len(layer), 32)]
    while len(level) > 1:
        if len(level) % 2:
            level.append(padding)
        level = [_pair(*pair) for pair in zip(level[::2], level[1::2], strict=True)]
        padding = _pair(padding, padding)
    return level[0]


def _pair(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(left + right).digest()
