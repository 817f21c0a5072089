from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.links.stores import met
from tidebreak.links.stores.reader import Reader

# Every type of tag as eMule writes it, with a name of one byte, and what is kept of it.
TAGS = (
    (b"\x01" + bytes(16), bytes(16)),
    (b"\x02\x03\0abc", b"abc"),
    (b"\x03" + struct.pack("<I", 70_000), 70_000),
    (b"\x04" + struct.pack("<f", 1.5), None),
    (b"\x05\x01", None),
    (b"\x06\x10\0" + bytes(3), None),
    (b"\x07\x04\0\0\0blob", None),
    (b"\x08" + struct.pack("<H", 700), 700),
    (b"\x09\x07", 7),
    (b"\x0a\x02xx", None),
    (b"\x0b" + struct.pack("<Q", 2**40), 2**40),
    (b"\x11a", b"a"),
    (b"\x20" + b"sixteen letters!", b"sixteen letters!"),
)


def tagged(*tags: bytes) -> bytes:
    return len(tags).to_bytes(4, "little") + b"".join(tags)


def with_name(tag: bytes, name: bytes) -> bytes:
    return tag[:1] + len(name).to_bytes(2, "little") + name + tag[1:]


def short(tag: bytes, name: int) -> bytes:
    return bytes([tag[0] | 0x80, name]) + tag[1:]


@given(st.lists(st.tuples(st.sampled_from(TAGS), st.binary(max_size=5)), max_size=8))
def test_every_kind_of_tag_is_read_to_its_end(chosen: list[tuple[tuple[bytes, object], bytes]]):
    tags, defect = met.read_tags(
        Reader(tagged(*[with_name(tag, name) for (tag, _), name in chosen]))
    )
    assert defect == ""
    assert tags.keys() == {name for _, name in chosen}
    once = {name for _, name in chosen if [n for _, n in chosen].count(name) == 1}
    assert all(tags[name] == value for (_, value), name in chosen if name in once)


@pytest.mark.parametrize(("tag", "value"), TAGS)
def test_names_of_one_byte_come_in_a_shorter_form(tag: bytes, value: object):
    assert met.read_tags(Reader(tagged(short(tag, 0x33)))) == ({b"\x33": value}, "")


def test_the_first_name_that_says_something_counts():
    empty, one, two = (b"\x02" + struct.pack("<H", len(t)) + t for t in (b"", b"one", b"two"))
    tags, _ = met.read_tags(Reader(tagged(short(empty, 1), short(one, 1), short(two, 1))))
    assert met.text(tags, met.NAME) == "one"


def test_names_are_utf_8_or_else_what_old_windows_wrote():
    assert met.text({b"\x01": b"\xef\xbb\xbfbr\xc3\xbccke"}, b"\x01") == "brücke"
    assert met.text({b"\x01": b"br\xfccke"}, b"\x01") == "brücke"
    assert met.text({b"\x01": 5}, b"\x01") == met.text({}, b"\x01") == ""


def test_what_was_read_before_a_defect_is_kept():
    data = tagged(short(b"\x03\x05\0\0\0", 2), b"\x7f\x01\0a")
    assert met.read_tags(Reader(data))[0] == {b"\x02": 5}
    assert "unknown type 0x7f" in met.read_tags(Reader(data))[1]
    assert "cut off" in met.read_tags(Reader(data[:-7]))[1]


def test_a_hash_set_is_passed_over():
    source = Reader(bytes(range(16)) + b"\x02\0" + bytes(32) + b"rest")
    assert met.read_hash_set(source) == bytes(range(16))
    assert source.left == 4


def test_an_aich_that_is_none_is_no_signal():
    for value in (b"not base32", b"", 5):
        named = met.named_file(bytes(16), {met.AICH: value, met.SIZE: 5})
        assert [s.type.name for s in named.signals] == ["ed2k"]


def test_a_size_that_no_file_can_have_is_none():
    tags = {met.SIZE: 2**64 - 1, met.SIZE_HIGH: 2**32 - 1}
    assert met.named_file(bytes(16), tags).size is None
