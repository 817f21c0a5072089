from __future__ import annotations

import hashlib

import libtorrent as lt
import pytest

from tidebreak.check.derivation import derivable, finding
from tidebreak.check.judging import Part
from tidebreak.links.reference import Kind, Reference
from tidebreak.model import Signal, State

BTIH, BTMH, KEY = (
    Signal.parse(*each) for each in (("btih", "1" * 40), ("btmh", "2" * 64), ("btkey", "3" * 64))
)
SHA1, ROOT = Signal.parse("sha1", "4" * 40), Signal.parse("btv2", "5" * 64)


@pytest.mark.parametrize(
    ("whole", "by_pieces", "derived"),
    [
        ((BTIH, KEY), False, (BTIH, KEY)),
        ((BTIH, BTMH, KEY), False, (BTIH, BTMH)),
        ((BTIH, BTMH, KEY), True, (BTIH, BTMH, KEY)),
        ((BTIH, BTMH), False, (BTIH, BTMH)),
    ],
)
def test_the_content_key_only_where_its_own_half_was_recognised(whole, by_pieces, derived):
    assert derivable(Reference(Kind.TORRENT, whole), by_pieces=by_pieces) == derived


def test_the_pieces_of_something_harmless_cannot_be_slipped_in(know, files, installation, tmp_path):
    """A forged hybrid: both halves have one file of the same name and size, not of the same bytes.

    Its version 1 half is the harmless file in one piece, so that the file has a SHA-1, too.
    """
    know("b.bin")
    known = (files / "b.bin").read_bytes()
    harmless = bytes(reversed(known))
    piece = 1 << 14
    info: dict[bytes, object] = {
        b"length": len(known),
        b"name": b"x",
        b"piece length": piece,
        b"pieces": hashlib.sha1(harmless).digest(),
    }
    (tmp_path / "harmless.torrent").write_bytes(lt.bencode({b"info": info}))
    # The root of a file of one leaf is its SHA-256 (BEP 52).
    leaf = {b"length": len(known), b"pieces root": hashlib.sha256(known).digest()}
    forged = {**info, b"meta version": 2, b"file tree": {b"x": {b"": leaf}}}
    (tmp_path / "forged.torrent").write_bytes(lt.bencode({b"info": forged}))
    (found,) = installation.check([str(tmp_path / "forged.torrent")])
    assert found.state is State.MATCHED
    (after,) = installation.check([str(tmp_path / "harmless.torrent")])
    assert not after.verdict.level.found


def test_nothing_is_derived_from_what_can_be_read_in_two_ways():
    for reference in (
        Reference(Kind.TORRENT, (BTIH,), reason="a key occurs twice"),
        Reference(Kind.MAGNET, (BTIH,)),
    ):
        assert finding(reference, [Part((SHA1,))], judge=None) is None  # type: ignore[arg-type]
