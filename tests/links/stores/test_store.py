from __future__ import annotations

from collections.abc import Iterator

import pytest

from tidebreak.errors import BadLink
from tidebreak.links.reference import Kind, NamedFile, Reference
from tidebreak.links.stores.store import (
    Held,
    Holding,
    collect,
    time_or_none,
    with_torrent,
)
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES

ONE, TWO = (Signal(SIGNAL_TYPES["btih"], bytes([n]) * 20) for n in (1, 2))
FILE = NamedFile("f", 5)


@pytest.mark.parametrize(
    ("share", "holding"),
    [(None, Holding.LISTED), (0, Holding.WANTED), (0.999, Holding.PARTIAL), (1, Holding.COMPLETE)],
)
def test_a_word_says_how_much_was_there(share: float | None, holding: Holding):
    assert Held(FILE, share).holding is holding


def broken(count: int) -> Iterator[Held]:
    yield from [Held(FILE)] * count
    raise BadLink("it ends here")


def test_what_came_before_a_defect_is_kept():
    items, reason = collect(broken(3))
    assert (len(items), reason) == (3, "damaged after 3 items: it ends here")
    with pytest.raises(BadLink):
        collect(broken(0))


def test_there_is_an_end_to_what_is_read():
    assert collect([Held(FILE)] * 3, most=3)[1] == ""
    items, reason = collect([Held(FILE)] * 4, most=3)
    assert (len(items), reason) == (3, "not read beyond its first 3 items")


def test_a_torrent_and_its_resume_file_go_together():
    held = Held(Reference(Kind.TORRENT, (ONE,), reason="files elsewhere"), 0.5)
    torrent = Reference(Kind.TORRENT, (ONE, TWO), (FILE,), "name")
    both = with_torrent(held, torrent)
    assert (both.content, both.share) == (torrent, 0.5)
    # What does not say which torrent it is of goes with any.
    assert with_torrent(Held(Reference(Kind.TORRENT)), torrent).content == torrent


def test_what_is_of_another_torrent_is_refused():
    torrent = Reference(Kind.TORRENT, (TWO,))
    with pytest.raises(BadLink):
        with_torrent(Held(Reference(Kind.TORRENT, (ONE,))), torrent)
    with pytest.raises(BadLink):
        with_torrent(Held(FILE), torrent)


def test_no_time_is_none():
    assert [time_or_none(value) for value in (-1, 0, 1)] == [None, None, 1]
