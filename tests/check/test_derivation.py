from __future__ import annotations

import pytest

from tidebreak.check.derivation import derivable, finding
from tidebreak.check.judging import Part
from tidebreak.links.reference import Kind, Reference
from tidebreak.model import Signal

BTIH, BTMH, KEY = (
    Signal.parse(*each) for each in (("btih", "1" * 40), ("btmh", "2" * 64), ("btkey", "3" * 64))
)
SHA1, ROOT = Signal.parse("sha1", "4" * 40), Signal.parse("btv2", "5" * 64)


@pytest.mark.parametrize(
    ("whole", "recognised", "derived"),
    [
        ((BTIH, KEY), (SHA1,), (BTIH, KEY)),
        ((BTIH, BTMH, KEY), (ROOT,), (BTIH, BTMH)),
        ((BTIH, BTMH, KEY), (SHA1,), (BTIH, BTMH, KEY)),
        ((BTIH, BTMH), (ROOT,), (BTIH, BTMH)),
    ],
)
def test_the_content_key_only_where_its_own_half_was_recognised(whole, recognised, derived):
    reference = Reference(Kind.TORRENT, whole)
    assert derivable(reference, [Part(recognised)]) == derived


def test_nothing_is_derived_from_what_can_be_read_in_two_ways():
    for reference in (
        Reference(Kind.TORRENT, (BTIH,), reason="a key occurs twice"),
        Reference(Kind.MAGNET, (BTIH,)),
    ):
        assert finding(reference, [Part((SHA1,))], judge=None) is None  # type: ignore[arg-type]
