from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.test_packed_views import views

from tidebreak.hashing.local import LOCAL, LocalFeatures
from tidebreak.media.protocol import (
    FRAME,
    PACKET,
    PART_BYTES,
    Malformed,
    Message,
    PartKind,
    Parts,
    Word,
    frame,
    frames,
    member_of,
    pack,
    parts,
    unpack,
)
from tidebreak.model import UNKNOWN_SIZE, Examination, Signal
from tidebreak.signals import EXACT_TYPES, SIGNAL_TYPES, SignalType
from tidebreak.vectors import Metric, header

printable = st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=60).filter(
    str.isprintable
)
qualities = st.integers(0, 100)
pdqs = st.builds(
    lambda value, quality: Signal(SIGNAL_TYPES["pdq"], value, quality),
    st.binary(min_size=32, max_size=32),
    qualities,
)


def _exact(kind: SignalType) -> st.SearchStrategy[Signal]:
    prefix, rest = {
        "cid-v0": (b"\x12\x20", 32),
        "cid-v1": (b"\x01\x70\x12\x20", 32),
        "cid-raw": (b"\x01\x55\x12\x20", 32),
    }.get(kind.name, (b"", kind.length))
    values = st.binary(min_size=rest, max_size=rest)
    return values.map(lambda value: Signal(kind, prefix + value))


@st.composite
def examinations(draw) -> Examination:
    kinds = [kind for kind in EXACT_TYPES if draw(st.booleans())]
    signals = [draw(_exact(kind)) for kind in kinds] + draw(st.lists(pdqs, max_size=1))
    return Examination(
        draw(st.text(st.characters(), max_size=60)),
        draw(st.integers(UNKNOWN_SIZE, 2**63 - 1)),
        draw(printable),
        tuple(signals),
        tuple(draw(st.lists(views, max_size=3))),
        draw(printable),
        draw(printable),
        draw(printable),
        draw(st.booleans()),
        duration_ms=draw(st.integers(0, 2**64 - 1)),
    )


@given(examinations())
def test_what_is_packed_is_unpacked(found: Examination):
    body = pack(found)
    assert unpack(body) == found
    assert member_of(body) == found.member.encode("utf-8", "surrogatepass")


def test_names_that_are_not_utf_8_survive():
    name = b"caf\xe9.jpg".decode("utf-8", "surrogateescape")
    assert unpack(pack(Examination(name, 1, "image/jpeg"))).member == name


def test_texts_without_end_are_cut():
    found = unpack(pack(Examination("n" * 100_000, 1, "c", reason="r" * 9999)))
    assert (len(found.member), found.member[-3:]) == (32768, "...")
    assert (len(found.reason), found.reason[-3:]) == (2000, "...")


@given(
    st.lists(st.tuples(st.sampled_from(Word), st.integers(0, 2**64 - 1), st.binary(max_size=50)))
)
def test_frames_come_apart_as_they_were_put_together(parts):
    packet = b"".join(frame(*part) for part in parts)
    assert list(frames(packet)) == [Message(*part) for part in parts]


@given(st.binary(max_size=300))
def test_any_packet_is_taken_apart_or_malformed(packet: bytes):
    try:
        for message in frames(packet):
            unpack(message.body)
    except Malformed:
        pass


@given(examinations(), st.data())
def test_a_changed_body_is_malformed_or_a_valid_examination(found: Examination, data):
    body = bytearray(pack(found))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] = data.draw(st.integers(0, 255))
    try:
        read = unpack(bytes(body))
    except Malformed:
        return
    assert all(type(signal.value) is bytes for signal in read.signals)
    assert read.reason.isprintable()
    assert unpack(pack(read)) == read


@given(examinations(), st.integers(1, 20))
def test_a_body_of_another_length_is_malformed(found: Examination, count: int):
    body = pack(found)
    with pytest.raises(Malformed):
        unpack(body + bytes(count))
    with pytest.raises(Malformed):
        unpack(body[:-count])


@pytest.mark.parametrize(
    "packet",
    [
        b"x",
        FRAME.pack(100, Word.LAST, 1) + b"short",
        FRAME.pack(0, 99, 1),
        FRAME.pack(0xFFFFFFFF, Word.LAST, 1),
    ],
)
def test_bad_frames_are_malformed(packet: bytes):
    with pytest.raises(Malformed):
        list(frames(packet))


def test_a_reason_cannot_carry_control_characters():
    with pytest.raises(Malformed, match="control"):
        unpack(pack(Examination("", 1, "", reason="\x1b[2Jnothing to see")))


def test_a_quality_beyond_the_scale_is_malformed():
    pdq = Signal(SIGNAL_TYPES["pdq"], bytes(32), 101)
    with pytest.raises(Malformed, match="PDQ"):
        unpack(pack(Examination("", 1, "", (pdq,))))


def test_a_cid_that_is_none_is_malformed():
    cid = Signal(SIGNAL_TYPES["cid-v1"], bytes(36))
    with pytest.raises(Malformed, match="CID"):
        unpack(pack(Examination("", 1, "", (cid,))))


@given(st.integers(0, 3 * PART_BYTES), st.integers(0, 3 * PART_BYTES // 50))
def test_what_is_too_long_for_a_packet_travels_in_parts(sequence: int, features: int):
    records = np.ones(features, LOCAL)
    local = LocalFeatures(640, 480, records).pack()
    found = Examination("", 1, "video/mp4", sequence=b"s" * sequence, features=local)
    arrived = Parts()
    for body in parts(found):
        assert len(frame(Word.PART, 1, body)) < PACKET
        arrived.add(body)
    assert arrived.complete(unpack(pack(found))) == found


def test_features_that_are_none_are_malformed():
    found = Examination("", 1, "image/png", features=b"f" * 58)
    arrived = Parts()
    for body in parts(found):
        arrived.add(body)
    with pytest.raises(Malformed, match="local features"):
        arrived.complete(unpack(pack(found)))


def test_vectors_travel_in_parts_and_become_signals():
    kind = SIGNAL_TYPES["descriptor"]
    vectors = [
        Signal(kind, header(name, "ab" * 32, Metric.L2, 8000) + bytes(32000)) for name in "abcde"
    ]
    found = Examination("", 1, "image/png", tuple(vectors))
    arrived = Parts()
    for body in parts(found):
        arrived.add(body)
    assert arrived.complete(unpack(pack(found))) == found


@pytest.mark.parametrize("body", [b"", b"\0x", b"\4x", b"\xff"])
def test_parts_of_nothing_known_are_malformed(body: bytes):
    with pytest.raises(Malformed, match="part"):
        Parts().add(body)


def test_parts_without_end_are_malformed(monkeypatch):
    monkeypatch.setattr("tidebreak.media.protocol.MOST_PART_BYTES", 10)
    arrived = Parts()
    arrived.add(b"\1" + bytes(10))
    with pytest.raises(Malformed, match="without end"):
        arrived.add(b"\1x")


def test_a_vector_that_is_none_is_malformed():
    arrived = Parts()
    arrived.add(bytes([PartKind.DESCRIPTORS]) + b"\x04tiny and nothing more")
    with pytest.raises(Malformed, match="vector"):
        arrived.complete(Examination("", 1, ""))
