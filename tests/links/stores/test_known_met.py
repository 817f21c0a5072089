from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.stores.programs import SIZES

from tidebreak.errors import BadLink
from tidebreak.links.stores import known_met
from tidebreak.links.stores.known_met import looks, read
from tidebreak.links.stores.store import Holding
from tidebreak.model import Signal


def types(signals: tuple[Signal, ...]) -> dict[str, Signal]:
    return {signal.type.name: signal for signal in signals}


def same(data: bytes, digests: dict[str, dict[str, Signal]]) -> None:
    """Check that a known.met names the synthetic files, by the hashes that their bytes have."""
    assert looks(data[: 1 << 16])
    store = read(data)
    assert store.reason == ""
    assert {held.content.path for held in store.items} == SIZES.keys()
    for held in store.items:
        named = held.content
        found = types(named.signals)
        assert named.size == SIZES[named.path]
        assert found["ed2k"] == digests[named.path]["ed2k"]
        assert found["aich"] == digests[named.path]["aich"]
        # Below one block, AICH is the SHA-1 of the file.
        assert found.get("sha1") == (digests[named.path]["sha1"] if named.size < 184_320 else None)
        assert held.holding is Holding.COMPLETE
        assert held.modified == 1_700_000_000
        assert (held.uploaded, held.requests, held.accepts, held.priority) == (0, 0, 0, "auto")


def test_what_an_amule_once_wrote(kept: Path, digests: dict[str, dict[str, Signal]]):
    same((kept / "known.met").read_bytes(), digests)


def test_what_an_amule_writes_now(amule: Path, digests: dict[str, dict[str, Signal]]):
    same((amule / "known.met").read_bytes(), digests)


def test_what_an_amule_once_wrote_of_a_file_larger_than_4_gib(kept: Path):
    data = (kept / "known-large.met").read_bytes()
    assert data[:1] == b"\x0f"
    assert looks(data)
    (held,) = read(data).items
    assert (held.content.path, held.content.size) == ("large file.bin", 4_400_000_000)
    # By rhash, of 4.4 GB of zeros with an x at byte 123,456.
    found = {s.type.name: s.text for s in held.content.signals}
    assert found["ed2k"] == "7835766d9cee04d3590aa9967eee040c"
    assert found["aich"] == "HECG7QU5LIFOU2Z4FL7A427QEDG2TK6L"


def record(name: bytes = b"name", size: int = 5, *tags: bytes) -> bytes:
    both = [b"\x02\x01\0\x01" + len(name).to_bytes(2, "little") + name,
            b"\x03\x01\0\x02" + size.to_bytes(4, "little"), *tags]  # fmt: skip
    count = len(both).to_bytes(4, "little")
    return b"\x01\0\0\0" + bytes(range(16)) + b"\0\0" + count + b"".join(both)


def store_of(*records: bytes, count: int | None = None) -> bytes:
    number = len(records) if count is None else count
    return b"\x0e" + number.to_bytes(4, "little") + b"".join(records)


def number(name: int, value: int) -> bytes:
    return bytes([0x83, name]) + value.to_bytes(4, "little")


def test_counters_of_more_than_32_bits_are_put_together():
    tags = (number(0x50, 7), number(0x54, 2), number(0x51, 3), number(0x52, 4), number(0x19, 9),
            number(0x3A, 1), number(0x28, 1_600_000_000), number(0x34, 1_500_000_000))  # fmt: skip
    (held,) = read(store_of(record(b"a", 5, *tags))).items
    assert (held.uploaded, held.requests, held.accepts) == ((2 << 32) + 7, 3, 4)
    assert held.content.size == (1 << 32) + 5
    assert (held.last_seen, held.last_shared, held.priority) == (1_600_000_000, 1_500_000_000, "9")


def test_every_store_of_nothing_is_read():
    assert looks(store_of())
    assert read(store_of()).items == ()
    assert not looks(store_of() + b"more")


@pytest.mark.parametrize("data", [b"", b"\x0e", b"\x0d\0\0\0\0", b"\x0e\x01\0\0\0 no record"])
def test_what_is_none_is_refused(data: bytes):
    assert not looks(data)
    with pytest.raises(BadLink):
        read(data)


def test_the_hash_of_a_record_that_is_cut_off_counts():
    whole = store_of(record(b"first"), record(b"second"))
    store = read(whole[:-20])
    assert [held.content.path for held in store.items] == ["first", ""]
    assert store.items[1].content.signals == store.items[0].content.signals
    assert "cut off" in store.reason


def test_bytes_behind_the_last_record_and_records_that_are_missing_are_told():
    assert "7 bytes behind" in read(store_of(record()) + bytes(7)).reason
    assert "damaged after 1 items" in read(store_of(record(), count=2)).reason


def test_an_unknown_tag_ends_the_reading_loudly():

    store = read(store_of(record(b"first"), record(b"second", 5, b"\xfe\x01"), record()))
    assert len(store.items) == 2
    assert "unknown type 0x7e" in store.reason


def test_more_files_than_are_read_are_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(known_met, "collect", lambda found: _collect(found, 2))
    store = read(store_of(*[record()] * 3))
    assert len(store.items) == 2
    assert "first 2 items" in store.reason


def _collect(found, most):
    from tidebreak.links.stores.store import collect

    return collect(found, most)


@given(st.data())
def test_a_store_that_is_cut_anywhere_yields_what_came_before(data: st.DataObject):
    whole = store_of(*[record(b"%d" % n) for n in range(4)])
    cut = data.draw(st.integers(5, len(whole) - 1))
    try:
        store = read(whole[:cut])
    except BadLink:
        assert cut < 5 + 22
        return
    assert store.reason
    complete = (cut - 5) // len(record(b"0"))
    assert [held.content.path for held in store.items][:complete] == [
        str(n) for n in range(complete)
    ]
