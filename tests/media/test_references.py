from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.links import bencode
from tidebreak.links.reference import Kind, NamedFile, Reference
from tidebreak.links.stores import ClientStore, Held
from tidebreak.media import references as module
from tidebreak.media.protocol import pack, unpack
from tidebreak.media.references import NAMED, names_in
from tidebreak.media.signatures import is_reference
from tidebreak.model import UNKNOWN_SIZE, Examination, Signal
from tidebreak.settings import Limits

DATA = Path(__file__).parent.parent / "data" / "stores"

lt = pytest.importorskip("libtorrent")


@dataclass
class Named:
    """What is named, all of it."""

    found: list[Examination]
    reason: str
    note: str


def named(data: bytes) -> Named:
    names = names_in(data, Limits())
    return Named(list(names.found), names.reason, names.note)


def given_store(monkeypatch: pytest.MonkeyPatch, *items: Held) -> Named:
    """What a store that holds ``items`` comes to."""
    kind = module.recognise((DATA / "known.met").read_bytes())
    assert kind is not None
    fake = replace(kind, read=lambda _: ClientStore("p", items=items))
    monkeypatch.setattr(module, "recognise", lambda _: fake)
    return named(b"")


def signals(*names_and_bytes: tuple[str, int]) -> tuple[Signal, ...]:
    from tidebreak.signals import SIGNAL_TYPES

    return tuple(
        Signal(SIGNAL_TYPES[name], bytes([byte]) * SIGNAL_TYPES[name].length)
        for name, byte in names_and_bytes
    )


def test_every_file_that_a_store_names_is_an_item_that_says_what_it_is():
    names = named((DATA / "known.met").read_bytes())
    assert {one.member for one in names.found} == {"small note.txt", "two blocks.bin", "brücke.dat"}
    assert (names.reason, names.note) == ("", "known.met of eMule or aMule; it names 3 contents")
    for one in names.found:
        assert is_reference(one.content)
        assert one.note == f"{NAMED}; complete"
        assert one.reason == ""
        assert one.signal("ed2k") is not None
        assert survives(one)


def survives(one: Examination) -> bool:
    """Whether the protocol carries it, signals in the usual order."""
    back = unpack(pack(one))
    return replace(back, signals=()) == replace(one, signals=()) and (
        set(back.signals) == set(one.signals)
    )


def torrent(tmp_path: Path, flags: int) -> bytes:
    folder = tmp_path / "pack"
    folder.mkdir()
    for name, size in (("a.bin", 60_000), ("b.bin", 5_000)):
        (folder / name).write_bytes(hashlib.shake_128(name.encode()).digest(size))
    files = lt.list_files(str(folder))
    made = lt.create_torrent(files, 1 << 14, flags)
    lt.set_piece_hashes(made, str(tmp_path))
    return lt.bencode(made.generate())


def test_a_torrent_of_both_versions_has_two_infohashes_of_20_bytes(tmp_path: Path):
    data = torrent(tmp_path, 0)
    both = lt.torrent_info(lt.bdecode(data)).info_hashes()
    names = named(data)
    found = [one.signal("btih") for one in names.found]
    assert {s.value for s in found if s} == {both.v1.to_bytes(), both.v2.to_bytes()[:20]}
    assert [one.member for one in names.found if one.signal("btv2")] == ["pack/a.bin", "pack/b.bin"]
    for one in names.found:
        assert len({s.type.name for s in one.signals}) == len(one.signals)
        assert survives(one)


def test_a_pack_of_version_1_says_that_its_files_are_silent(tmp_path: Path):
    (whole,) = named(torrent(tmp_path, lt.create_torrent.v1_only)).found
    assert whole.member == "(torrent as a whole) pack"
    assert "gives no hash" in whole.reason
    assert "2 of 2 files silent" in whole.note
    assert whole.size == UNKNOWN_SIZE
    assert {s.type.name for s in whole.signals} == {"btih", "btkey"}


def test_hints_are_told_of_and_never_compared(tmp_path: Path):
    info = bencode.parse(torrent(tmp_path, lt.create_torrent.v1_only)).value[b"info"]
    assert isinstance(info, dict)
    for file in info[b"files"]:
        file[b"sha1"] = b"s" * 20
    (whole,) = named(lt.bencode({b"info": info})).found
    assert "2 with hashes that only its author claims, not compared" in whole.note
    assert whole.signal("sha1") is None


def test_what_a_store_says_of_a_content_is_in_its_note(monkeypatch: pytest.MonkeyPatch):
    held = Held(
        NamedFile("f", 5, signals(("ed2k", 1))), 0.5, "/home/person/f", uploaded=1_000_000,
        requests=20, accepts=3, last_shared=1_500_000_000,
    )  # fmt: skip
    (one,) = given_store(monkeypatch, held).found
    told = "50% of it there; 1,000,000 bytes sent to others; 20 requests; 3 accepted; last shared"
    assert one.note == f"{NAMED}; {told} 2017-07-14T02:40:00+00:00"
    # A path may hold the name of a person, who is in no report unasked.
    assert "person" not in repr(one)


@pytest.mark.parametrize("time", [2**63, 2**200, -(2**62)])
def test_times_that_no_calendar_has_are_told(monkeypatch: pytest.MonkeyPatch, time: int):
    (one,) = given_store(monkeypatch, Held(NamedFile("f", 5), last_seen=time)).found
    assert "at a time that cannot be" in one.note


def test_what_has_no_name_is_numbered(monkeypatch: pytest.MonkeyPatch):
    named_by = signals(("aich", 1))
    found = given_store(monkeypatch, *[Held(NamedFile(signals=named_by))] * 2).found
    assert [one.member for one in found] == [f"(without a name, number {n})" for n in (1, 2)]
    assert [one.size for one in found] == [UNKNOWN_SIZE] * 2


def test_empty_files_are_never_compared(monkeypatch: pytest.MonkeyPatch):
    (one,) = given_store(monkeypatch, Held(NamedFile("f", 0, signals(("ed2k", 1))))).found
    assert one.trivial


def test_files_of_several_hashes_of_one_type_are_compared_by_all(monkeypatch: pytest.MonkeyPatch):
    both = signals(("sha1", 1), ("md5", 1), ("sha1", 2))
    found = given_store(monkeypatch, Held(NamedFile("f", 5, both))).found
    assert [s for one in found for s in one.signals] == [both[0], both[1], both[2]]
    assert {one.member for one in found} == {"f"}


def test_a_reference_without_anything_to_compare_says_why(monkeypatch: pytest.MonkeyPatch):
    silent = Held(NamedFile("f", 5, silent="why"))
    nothing = Held(Reference(Kind.TORRENT, name="n", reason="because"))
    one, two = given_store(monkeypatch, silent, nothing).found
    assert (one.reason, two.reason) == ("why", "because")


def test_a_store_that_is_damaged_gives_what_came_before():
    whole = (DATA / "known.met").read_bytes()
    names = named(whole[:-30])
    assert len(names.found) == 3
    assert names.reason.startswith("damaged")
    assert named(b"d8:announce5:x").reason.startswith("torrent that cannot be read")


def test_what_only_began_like_a_store_is_no_defect():
    blocks = hashlib.shake_128(b"blocks").digest(20 * 4000)
    data = b"\x02" + bytes(20) + (4000).to_bytes(4, "little") + blocks
    assert module.recognise(data[: 1 << 16]) is not None
    assert named(data) == Named([], "", "")


def test_one_that_is_too_large_to_be_held_says_so():
    assert "was not read" in names_in(None, Limits()).reason


@settings(deadline=None)
@given(st.text(st.characters(), max_size=20))
def test_any_name_survives_the_journey_out_of_a_worker(name: str):
    with pytest.MonkeyPatch.context() as patch:
        (one,) = given_store(patch, Held(NamedFile(name or "x", 5, signals(("ed2k", 1))))).found
    assert survives(one)
    assert isinstance(one, Examination)
    one.member.encode()
