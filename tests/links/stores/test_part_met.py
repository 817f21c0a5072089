from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.stores import programs

from tidebreak.errors import BadLink
from tidebreak.links.stores.part_met import looks, read
from tidebreak.links.stores.store import Holding

ED2K = bytes(range(16))


def text(name: bytes, value: bytes) -> bytes:
    return b"\x02" + _name(name) + len(value).to_bytes(2, "little") + value


def number(name: bytes, value: int) -> bytes:
    return b"\x0b" + _name(name) + value.to_bytes(8, "little")


def _name(name: bytes) -> bytes:
    return len(name).to_bytes(2, "little") + name


def tags(*gaps: tuple[int, int], size: int = 100) -> bytes:
    found = [text(b"\x01", b"name"), number(b"\x02", size), text(b"\x12", b"007.part")]
    for place, (start, end) in enumerate(gaps):
        found += [number(b"\x09%d" % place, start), number(b"\x0a%d" % place, end)]
    return len(found).to_bytes(4, "little") + b"".join(found)


def part(*gaps: tuple[int, int], size: int = 100) -> bytes:
    return b"\xe2\x01\0\0\0" + ED2K + b"\0\0" + tags(*gaps, size=size)


def same(data: bytes) -> None:
    """Check that a .part.met is of the link that the program was given."""
    assert looks(data)
    (held,) = read(data).items
    _, _, name, size, ed2k, _ = programs.WANTED.split("|")
    assert (held.content.path, held.content.size) == (name, int(size))
    assert [s.text for s in held.content.signals] == [ed2k]
    assert (held.share, held.holding) == (0, Holding.WANTED)


def test_what_an_amule_once_wrote(kept: Path):
    same((kept / "001.part.met").read_bytes())


def test_what_an_amule_writes_now(amule: Path):
    same((amule / "temp" / "001.part.met").read_bytes())


@pytest.mark.parametrize(
    ("gaps", "share", "holding"),
    [
        ((), 1.0, Holding.COMPLETE),
        (((0, 100),), 0.0, Holding.WANTED),
        (((10, 20), (50, 60)), 0.8, Holding.PARTIAL),
        (((10, 60), (50, 70)), 0.4, Holding.PARTIAL),
        (((90, 4000),), 0.9, Holding.PARTIAL),
    ],
)
def test_gaps_say_how_much_there_is(
    gaps: tuple[tuple[int, int], ...], share: float, holding: Holding
):
    (held,) = read(part(*gaps)).items
    assert held.share == pytest.approx(share)
    assert (held.holding, held.path) == (holding, "007.part")


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=5))
def test_gaps_count_every_byte_once(gaps: list[tuple[int, int]]):
    missing = {at for start, end in gaps for at in range(start, min(end, 50))}
    (held,) = read(part(*gaps, size=50)).items
    assert held.share == pytest.approx(1 - len(missing) / 50)


def test_the_heads_of_old_edonkeys_are_read():
    split = b"\xe1\0\0\0\0" + ED2K + b"\0\0" + tags()
    older = b"\xe1\x99" + (1_000_000_000).to_bytes(4, "little") + ED2K + tags()
    for data, modified in ((split, None), (older, 1_000_000_000)):
        (held,) = read(data).items
        assert held.content.signals[0].value == ED2K
        assert (held.content.path, held.modified) == ("name", modified)


@pytest.mark.parametrize("data", [b"", b"\xe0", b"\xdf" + bytes(100), b"\xe0" + bytes(15)])
def test_what_is_none_is_refused(data: bytes):
    assert not looks(data)
    with pytest.raises(BadLink):
        read(data)


def test_one_that_is_cut_off_still_names_its_file():
    store = read(part((1, 2))[:60])
    assert store.items[0].content.signals[0].value == ED2K
    assert store.reason.startswith("damaged")


def test_zeros_behind_the_right_byte_are_none():
    assert not looks(b"\xe0" + bytes(200))
